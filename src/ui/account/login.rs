//! `/login`.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_query_map};

use super::form::{Card, Field, Submit, outcome};
use crate::{
    api::accounts::{self, SignIn},
    ui::words::t,
};

/// Signs in, and leads on to where one wanted to go.
#[component]
pub fn Login() -> impl IntoView {
    let visitor = Resource::new_blocking(|| (), |()| accounts::visitor());
    view! {
        <Title text=t("account.login")/>
        <Suspense>
            {move || Suspend::new(async move {
                match visitor.await {
                    Ok(visitor) if visitor.account.is_some() => view! { <Redirect path="/chat"/> }.into_any(),
                    Ok(visitor) if visitor.first => view! { <Redirect path="/signup"/> }.into_any(),
                    visitor => view! { <LoginForm signup=visitor.is_ok_and(|visitor| visitor.signup)/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn LoginForm(signup: bool) -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let (value, pending) = (action.value(), action.pending());
    let error = outcome("sign_in", move || value.get());
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default();
    view! {
        <Card title=t("account.login.title") text=None>
            <ActionForm action attr:class="account-form">
                <input type="hidden" name="next" value=next/>
                <Field name="email" label=t("account.email") kind="email" autocomplete="username" error/>
                <Field name="password" label=t("account.password") kind="password" autocomplete="current-password" error/>
                <Submit label=t("account.login") busy=pending error/>
            </ActionForm>
            {signup
                .then(|| {
                    view! {
                        <p class="quiet">
                            {t("account.login.hint")} " " <a href="/signup">{t("account.signup")}</a>
                        </p>
                    }
                })}
        </Card>
    }
    .into_any()
}
