//! The app: which page is where.

use crate::ui::dynamic::effect;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use super::{
    account::{Login, Signup},
    index::Index,
    layout::ChatLayout,
    lead::Lead,
    missing::NoSuchPage,
    settings::Settings,
    signs::Signs,
    thread::ThreadPage,
    words::t,
};
use crate::browser;

/// How pages are rendered: whole, in one piece. `PartiallyBlocked` promises the same for what blocks, but the server's
/// integration (leptos_axum 0.8.10) does not carry it out: what is not there at once comes out of order, in a template
/// that needs a script to be put in its place, and a page must be readable without any.
const WHOLE: SsrMode = SsrMode::Async;

/// Everything inside `<body>`.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let words = [
        ("--word-copy", t("action.copy")),
        ("--word-copied", t("action.copied")),
        ("--word-show-image", t("action.show_image")),
    ];
    effect(move || browser::alive(&words));
    let app = t("app.name");
    let signs = Signs::default();
    provide_context(signs.clone());
    let formatter = move |title: String| {
        let title = if title.is_empty() { app.to_owned() } else { format!("{title} · {app}") };
        browser::page_title(signs.before(&title))
    };
    view! {
        <Title formatter text=""/>
        <Router base=browser::at("")>
            <Routes fallback=|| view! { <NoSuchPage/> }>
                <Route path=path!("/") view=|| view! { <Lead to="/chat"/> }/>
                <ParentRoute path=path!("") view=ChatLayout ssr=WHOLE>
                    <Route path=path!("/chat") view=Index/>
                    <Route path=path!("/chat/index") view=Index/>
                    <Route path=path!("/chat/thread/:id") view=ThreadPage/>
                    <Route path=path!("/settings") view=Settings/>
                </ParentRoute>
                <Route path=path!("/login") view=Login ssr=WHOLE/>
                <Route path=path!("/signup") view=Signup ssr=WHOLE/>
            </Routes>
        </Router>
    }
}
