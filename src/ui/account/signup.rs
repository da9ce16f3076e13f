//! `/signup`: also where a new server's first account is made.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use super::form::{Card, Field, Submit, outcome};
use crate::{
    api::accounts::{self, SignUp},
    ui::words::t,
};

/// Makes an account, if one can be made.
#[component]
pub fn Signup() -> impl IntoView {
    let visitor = Resource::new_blocking(|| (), |()| accounts::visitor());
    view! {
        <Title text=t("account.signup")/>
        <Suspense>
            {move || Suspend::new(async move {
                match visitor.await {
                    Ok(visitor) if visitor.account.is_some() => view! { <Redirect path="/chat"/> }.into_any(),
                    Ok(visitor) if visitor.first || visitor.signup => {
                        view! { <SignupForm first=visitor.first/> }.into_any()
                    }
                    _ => view! { <Closed/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn SignupForm(first: bool) -> impl IntoView {
    let action = ServerAction::<SignUp>::new();
    let (value, pending) = (action.value(), action.pending());
    let error = outcome("sign_up", move || value.get());
    let (title, text, submit) = match first {
        true => (t("account.signup.first"), Some(t("account.signup.first.text")), t("account.signup.first.submit")),
        false => (t("account.signup.title"), None, t("account.signup")),
    };
    view! {
        <Card title text>
            <ActionForm action attr:class="account-form">
                <Field name="name" label=t("account.name") autocomplete="name" error/>
                <Field name="email" label=t("account.email") kind="email" autocomplete="username" error/>
                <Field
                    name="password"
                    label=t("account.password")
                    kind="password"
                    autocomplete="new-password"
                    hint=t("account.password.hint")
                    error
                />
                <Submit label=submit busy=pending error/>
            </ActionForm>
            {(!first).then(SignInInstead)}
        </Card>
    }
    .into_any()
}

#[component]
fn Closed() -> impl IntoView {
    view! {
        <Card title=t("account.signup.title") text=Some(t("account.signup.closed"))>
            <SignInInstead/>
        </Card>
    }
}

#[component]
fn SignInInstead() -> impl IntoView {
    view! {
        <p class="quiet">
            {t("account.signup.hint")} " " <a href="/login">{t("account.login")}</a>
        </p>
    }
}
