//! Who is signed in, and out.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::accounts::SignOut,
    browser::at,
    model::{AuthMode, Visitor},
    ui::{
        dynamic::dynamic,
        tab::Tab,
        widgets::{Icon, Shape},
        words::t,
    },
};

/// The account at the foot of the list. Signing out is a form that the browser itself sends: the page that comes back
/// begins anew, and nothing of this one stays in memory.
#[component]
pub fn AccountFoot(visitor: Visitor) -> impl IntoView {
    let sign_out = visitor.auth == AuthMode::Password;
    let Tab { person, keys, .. } = Tab::here();
    let name = Memo::new(move |_| person.name());
    let email = visitor.account.map(|account| account.email);
    view! {
        <div class="account-foot">
            <span class="avatar" aria-hidden="true" hidden=dynamic(move || name.with(String::is_empty))>{dynamic(move || name.with(|name| initials(name)))}</span>
            <span class="account-name" title=email>{dynamic(move || name.get())}</span>
            // Without the program the page of settings has them.
            <a
                class="icon-button"
                href=at("/settings#shortcuts")
                aria-label=t("keys.title")
                title=t("keys.title")
                on:click=move |event| {
                    event.prevent_default();
                    keys.0.set(true);
                }
            >
                <Icon shape=Shape::Keyboard/>
            </a>
            <a class="icon-button" href=at("/settings") aria-label=t("settings.title") title=t("settings.title")>
                <Icon shape=Shape::Settings/>
            </a>
            {sign_out
                .then(|| {
                    view! {
                        <form method="post" action=at(SignOut::url())>
                            <button type="submit" class="icon-button" aria-label=t("account.logout") title=t("account.logout")>
                                <Icon shape=Shape::SignOut/>
                            </button>
                        </form>
                    }
                })}
        </div>
    }
    .into_any()
}

/// The first letters of the first and the last name. The style sheet makes capitals of them: what knows all languages'
/// capitals is in the browser already, and large.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let (first, last) = (words.next(), words.next_back());
    first.into_iter().chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        for (name, letters) in
            [("Mina K", "MK"), ("ada", "a"), ("Jean Luc de Vries", "JV"), ("", ""), ("ñandú ö", "ñö")]
        {
            assert_eq!(initials(name), letters);
        }
    }
}
