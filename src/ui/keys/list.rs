//! The list of all shortcuts.

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use super::{about, group};
use crate::{
    browser::at,
    model::{Group, Shortcut},
    ui::{
        dynamic::shown,
        overlay::{CloseButton, Dialog},
        parts::{Missing, of_part, when_wanted},
        tab::Tab,
        words::t,
    },
};

/// Whether the list is open. In the context of every chat page.
#[derive(Clone, Copy)]
pub struct KeyList(pub RwSignal<bool>);

impl Default for KeyList {
    fn default() -> Self {
        Self(RwSignal::new(false))
    }
}

/// The list, once somebody opens it.
#[component]
pub fn ShortcutList() -> impl IntoView {
    let KeyList(open) = Tab::here().keys;
    when_wanted(
        open.into(),
        || Box::pin(fetch()),
        || of_part(part()),
        move || {
            let _ = open.try_set(false);
        },
    )
}

/// What the browser fetches for it.
#[wasm_split(dialogs, fallible, preload(fetch))]
fn part() -> Result<AnyView, Missing> {
    Ok(list())
}

/// The list, by where they work. What is in it is only made when it is opened.
fn list() -> AnyView {
    let Tab { keys: KeyList(open), chords, .. } = Tab::here();
    let close = Callback::new(move |()| open.set(false));
    let row = move |shortcut: &Shortcut| {
        let keys = chords.words(*shortcut)?;
        Some(view! { <li><span>{about(*shortcut)}</span><kbd>{keys}</kbd></li> }.into_any())
    };
    let part = move |part: Group| {
        let rows: Vec<_> = Shortcut::ALL.iter().filter(|shortcut| shortcut.group() == part).filter_map(row).collect();
        (!rows.is_empty()).then(|| view! { <h3>{group(part)}</h3><ul>{rows}</ul> })
    };
    let list = shown(move || {
        open.get().then(|| {
            let parts: Vec<_> = Group::ALL.into_iter().filter_map(part).collect();
            let off = parts.is_empty().then(|| view! { <p>{t("keys.off")}</p> });
            view! { {parts}{off} }
        })
    });
    view! {
        <Dialog id="shortcuts-dialog" open title=t("keys.title").to_owned() close>
            // The first that takes the focus, so that it is read from its beginning and scrolled by keys.
            <div class="keys" tabindex="0" role="group" aria-labelledby="shortcuts-dialog-title">
                {list}
            </div>
            <p class="quiet">{t("keys.mac")}</p>
            <div class="dialog-actions">
                <a class="button" href=at("/settings#shortcuts") on:click=move |_| open.set(false)>
                    {t("keys.change")}
                </a>
                <CloseButton close/>
            </div>
        </Dialog>
    }
    .into_any()
}
