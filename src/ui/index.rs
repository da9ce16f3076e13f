//! `/chat`: where a thread begins.

use crate::ui::dynamic::shown;
use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use super::{
    sidebar::DrawerButton,
    tab::Tab,
    thread::composer::{Composer, Sender},
    words::t,
};
use crate::{
    api::messages::StartThread,
    browser::at,
    model::{SidebarPage, ThreadSummary},
};

/// How many of the latest threads are shown.
const LATEST: usize = 4;

/// A greeting, the composer in the middle of the page, four starters, the latest threads.
#[component]
pub fn Index() -> impl IntoView {
    let Tab { desk, person, .. } = Tab::here();
    let person = StoredValue::new(person);
    view! {
        <Title text=t("chat.index.title")/>
        <header class="bar" data-bare>
            <DrawerButton/>
        </header>
        <div class="index">
            <div class="index-sheet">
                <h1>{t("chat.index.greeting")}</h1>
                <Suspense>
                    {move || Suspend::new(async move {
                        // Where it could not be loaded, or nobody is signed in, the layout says so.
                        desk.await.ok().filter(|desk| desk.sidebar.is_some()).map(|desk| {
                            person.with_value(|person| person.begin(&desk.visitor));
                            view! {
                                <Composer models=desk.models/>
                                <Starters/>
                                {desk.sidebar.map(|page| view! { <Latest page/> })}
                            }
                        })
                    })}
                </Suspense>
            </div>
        </div>
    }
}

/// Four ways to begin. Each is a form of its own, so that it also works before the page is alive.
#[component]
fn Starters() -> impl IntoView {
    let starters = [
        (t("starter.explain.title"), t("starter.explain.prompt")),
        (t("starter.code.title"), t("starter.code.prompt")),
        (t("starter.table.title"), t("starter.table.prompt")),
        (t("starter.plan.title"), t("starter.plan.prompt")),
    ];
    let sender = use_context::<Sender>();
    let starter = move |(title, prompt): (&'static str, &'static str)| {
        let submit = move |event: SubmitEvent| {
            if let Some(sender) = sender {
                event.prevent_default();
                sender.send_text(prompt);
            }
        };
        view! {
            <li>
                <form method="post" action=at(StartThread::url()) on:submit=submit>
                    <button type="submit" class="starter" name="text" value=prompt>
                        <strong>{title}</strong>
                        <span>{prompt}</span>
                    </button>
                </form>
            </li>
        }
    };
    view! { <ul class="starters" aria-label=t("chat.index.starters")>{starters.map(starter).into_iter().collect_view()}</ul> }
}

/// The latest threads, while the list is at its first page.
#[component]
fn Latest(page: SidebarPage) -> impl IntoView {
    let list = Tab::here().sidebar;
    let latest = move || match list.get() {
        Some(list) if list.page.get() == 0 => {
            list.rows.get().into_iter().take(LATEST).map(|row| row.summary.get()).collect()
        }
        Some(_) => Vec::new(),
        None if page.page == 0 => page.items.iter().take(LATEST).cloned().collect(),
        None => Vec::new(),
    };
    let latest = Memo::new(move |_| latest());
    shown(move || {
        let threads = latest.get();
        (!threads.is_empty()).then(|| {
            view! {
                <section class="latest">
                    <h2>{t("chat.index.latest")}</h2>
                    <ul>{threads.into_iter().map(thread).collect_view()}</ul>
                </section>
            }
        })
    })
}

fn thread(thread: ThreadSummary) -> impl IntoView {
    let title = thread.title.unwrap_or_else(|| t("chat.thread.untitled").into());
    view! {
        <li>
            <a href=at(&format!("/chat/thread/{}", thread.id))>
                <span class="latest-title">{title}</span>
                <span class="latest-snippet">{thread.snippet}</span>
            </a>
        </li>
    }
}
