//! What the shortcuts do that work on every page. Most press what could as well be clicked: where that is not in the
//! page, nothing happens.

use std::{collections::BTreeMap, rc::Rc};

use leptos::{prelude::*, task::spawn_local};

use super::on_shortcut;
use crate::{
    api, browser,
    model::{Shortcut, Visitor},
    ui::{
        lead::use_lead,
        tab::Tab,
        thread::composer::{MODEL, TEXT},
    },
};

/// Hears of them.
pub fn page_keys() {
    let (tab, lead) = (Tab::here(), use_lead());
    on_shortcut(Rc::new(move |shortcut| match shortcut {
        Shortcut::List => {
            tab.keys.0.set(true);
            true
        }
        Shortcut::NewChat => {
            lead("/chat", false);
            true
        }
        Shortcut::Settings => {
            lead("/settings", false);
            true
        }
        Shortcut::Focus => {
            browser::focus_end(TEXT);
            browser::focused(TEXT)
        }
        Shortcut::Model => {
            browser::focus(MODEL);
            browser::focused(MODEL)
        }
        Shortcut::Sidebar if !browser::is_narrow() => {
            turn_sidebar(&tab);
            true
        }
        // Whoever has selected something wants to do something with it.
        Shortcut::Stop if browser::is_selected() => false,
        Shortcut::EditLast => {
            let pressed = press(shortcut);
            browser::focus_last(".queued-edit[open] textarea");
            pressed
        }
        shortcut => press(shortcut),
    }));
}

/// In a thread whose end is in the page. Where it is not, the last that is there is not the last there is.
macro_rules! at_end {
    ($selector:literal) => {
        concat!("#sheet:not(:has(#to-end, #newer:not([hidden]))) ", $selector)
    };
}

/// What each of the others presses: of the first of these that is in the page, the last one.
fn buttons(shortcut: Shortcut) -> &'static [&'static str] {
    match shortcut {
        Shortcut::Sidebar => &[".drawer-button"],
        Shortcut::PreviousChat => &[".thread-row:has(+ .thread-row > a[aria-current]) > a"],
        Shortcut::NextChat => &[
            ".thread-row:has(> a[aria-current]) + .thread-row > a",
            ".threads:not(:has([aria-current])) .thread-row:first-child > a",
        ],
        Shortcut::Stop => &["[data-stop]:not([hidden])"],
        Shortcut::CopyAnswer => &[at_end!(".row[data-role=assistant] .copy-row")],
        Shortcut::CopyCode => &[at_end!(".row[data-role=assistant] button.copy")],
        Shortcut::Regenerate => &[at_end!(".row[data-role=assistant] .regenerate-row")],
        Shortcut::PreviousVersion => &[".row:focus-within .version-prev", ".row .version-prev"],
        Shortcut::NextVersion => &[".row:focus-within .version-next", ".row .version-next"],
        Shortcut::Rename => &[".bar [name=rename]"],
        Shortcut::Delete => &[".bar [name=delete]"],
        Shortcut::EditLast => &[at_end!(":is(.row[data-role=user] .edit-row, .queued-edit:not([open]) > summary)")],
        _ => &[],
    }
}

fn press(shortcut: Shortcut) -> bool {
    buttons(shortcut).iter().any(|selector| browser::press_last(selector))
}

/// Shows or hides the list of threads, here at once and then in every tab.
fn turn_sidebar(tab: &Tab) {
    let (person, toasts) = (tab.person.clone(), tab.toasts.clone());
    let Some(was) = person.visitor() else { return };
    let mut now: Visitor = was.clone();
    now.preferences.sidebar = !was.preferences.sidebar;
    let written = if now.preferences.sidebar { "on" } else { "off" };
    person.show(now);
    spawn_local(async move {
        match api::settings::save(BTreeMap::from([("thread_list".to_owned(), written.to_owned())])).await {
            Ok(visitor) => person.show(visitor),
            Err(error) => {
                person.show(was);
                toasts.error(&error);
            }
        }
    });
}
