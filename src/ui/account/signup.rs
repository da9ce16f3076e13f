//! `/signup`: also where a new server's first account is made.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use super::form::{Card, Field, FormState, Submit, entered};
use crate::{
    api::accounts::{self, SignUp},
    browser::at,
    state::page_data,
    ui::{lead::Lead, words::t},
};

/// Makes an account, if one can be made.
#[component]
pub fn Page() -> impl IntoView {
    let visitor = page_data(|| (), |()| accounts::visitor());
    view! {
        <Title text=t("account.signup")/>
        <Suspense>
            {move || Suspend::new(async move {
                match visitor.await {
                    Ok(visitor) if visitor.account.is_some() => view! { <Lead to="/chat"/> }.into_any(),
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
    let form = FormState::new("sign_up");
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.send(accounts::sign_up(entered("name"), entered("email"), entered("password")));
    };
    let (title, text, label) = match first {
        true => (t("account.signup.first"), Some(t("account.signup.first.text")), t("account.signup.first.submit")),
        false => (t("account.signup.title"), None, t("account.signup")),
    };
    view! {
        <Card title text>
            <form class="account-form" method="post" action=at(SignUp::url()) on:submit=submit>
                <Field name="name" label=t("account.name") autocomplete="name" form/>
                <Field name="email" label=t("account.email") kind="email" autocomplete="username" form/>
                <Field
                    name="password"
                    label=t("account.password")
                    kind="password"
                    autocomplete="new-password"
                    hint=t("account.password.hint")
                    form
                />
                <Submit label form/>
            </form>
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
            {t("account.signup.hint")} " " <a href=at("/login")>{t("account.login")}</a>
        </p>
    }
}
