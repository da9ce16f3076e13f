//! `/login`.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::form::{Card, Field, FormState, Submit, entered};
use crate::{
    api::accounts::{self, SignIn},
    browser::at,
    state::page_data,
    ui::{lead::Lead, words::t},
};

/// The `id` of the field that says where to go then.
const NEXT: &str = "next";

/// Signs in, and leads on to where one wanted to go.
#[component]
pub fn Page() -> impl IntoView {
    let visitor = page_data(|| (), |()| accounts::visitor());
    view! {
        <Title text=t("account.login")/>
        <Suspense>
            {move || Suspend::new(async move {
                match visitor.await {
                    Ok(visitor) if visitor.account.is_some() => view! { <Lead to="/chat"/> }.into_any(),
                    Ok(visitor) if visitor.first => view! { <Lead to="/signup"/> }.into_any(),
                    visitor => view! { <LoginForm signup=visitor.is_ok_and(|visitor| visitor.signup)/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn LoginForm(signup: bool) -> impl IntoView {
    let form = FormState::new("sign_in");
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.send(accounts::sign_in(entered("email"), entered("password"), Some(entered(NEXT))));
    };
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default();
    view! {
        <Card title=t("account.login.title") text=None>
            <form class="account-form" method="post" action=at(SignIn::url()) on:submit=submit>
                <input type="hidden" id=NEXT name="next" value=next/>
                <Field name="email" label=t("account.email") kind="email" autocomplete="username" form/>
                <Field name="password" label=t("account.password") kind="password" autocomplete="current-password" form/>
                <Submit label=t("account.login") form/>
            </form>
            {signup
                .then(|| {
                    view! {
                        <p class="quiet">
                            {t("account.login.hint")} " " <a href=at("/signup")>{t("account.signup")}</a>
                        </p>
                    }
                })}
        </Card>
    }
    .into_any()
}
