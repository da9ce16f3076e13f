//! Parts of the program that the browser fetches when somebody goes there: what a chat needs is in none of them. On the
//! server, and once a part is there, they are like all other code.

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, Waker},
};

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::{
    account,
    dynamic::{effect, shown},
    missing::NotLoaded,
    settings,
    tab::Tab,
    thread::{asked, statistics},
};
use crate::{browser, model::Error, state::Link};

/// The first wait before a part of this page is fetched again, in milliseconds; it doubles up to the last.
const FIRST_WAIT_MS: i32 = 1_000;
const LAST_WAIT_MS: i32 = 15_000;

/// A part could not be fetched: the server cannot be reached, or has another version of it by now.
pub use wasm_split_helpers::SplitLoaderError as Missing;

/// The view that a part makes: at once where the part is there, as it always is on the server and where a page that it
/// was made with comes to life; else when it was fetched. Or that the page could not be loaded.
pub fn of_part(view: impl Future<Output = Result<AnyView, Missing>> + Send + 'static) -> AnyView {
    let mut view = Box::pin(view);
    match view.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(view) => or_not_loaded(view),
        Poll::Pending => Suspend::new(async move { or_not_loaded(view.await) }).into_any(),
    }
}

fn or_not_loaded(view: Result<AnyView, Missing>) -> AnyView {
    view.unwrap_or_else(|_| view! { <NotLoaded error=Error::Offline/> }.into_any())
}

/// Fetches a part, or tries to.
pub type Fetch = fn() -> Pin<Box<dyn Future<Output = Result<(), Missing>>>>;

/// Something that lies over the page: fetched and made when it is `wanted` for the first time, and there from then on.
/// Where it cannot be fetched that is told, and `give_up` is called, so that it can be wanted again.
pub fn when_wanted(
    wanted: Signal<bool>,
    fetch: Fetch,
    view: impl Fn() -> AnyView + Send + 'static,
    give_up: impl Fn() + Copy + 'static,
) -> AnyView {
    let there = RwSignal::new(false);
    let tab = StoredValue::new(Tab::here());
    effect(move || {
        if wanted.get() && !there.get_untracked() {
            spawn_local(async move {
                if fetch().await.is_ok() {
                    let _ = there.try_set(true);
                } else {
                    tab.try_with_value(missed);
                    give_up();
                }
            });
        }
    });
    shown(move || there.get().then(&view)).into_any()
}

/// Tells that a part could not be fetched. Where that happens again although the server is there, it has another version
/// of the program by now, whose parts do not fit this one: the page is loaded again.
pub fn missed(tab: &Tab) {
    static BEFORE: AtomicBool = AtomicBool::new(false);
    if BEFORE.swap(true, Ordering::Relaxed) && tab.connection.link.get_untracked() == Link::Open {
        browser::reload();
    } else {
        tab.connection.doubt();
        tab.toasts.error(&Error::Offline);
    }
}

/// Goes on once the part that this page was made with is there, if any was. It is tried until then: the page is what it
/// is without this program, and works.
pub fn once_here(go_on: impl FnOnce() + 'static) {
    match browser::part_of_page() {
        Some(part) => fetch(part, FIRST_WAIT_MS, go_on),
        None => go_on(),
    }
}

fn fetch(part: String, wait: i32, go_on: impl FnOnce() + 'static) {
    spawn_local(async move {
        let fetched = match &*part {
            // By function: each has to be told that its part is there, also where another has the same.
            "account" => account::fetch().await,
            "asked" => asked::fetch().await,
            "settings" => settings::fetch().await,
            "statistics" => statistics::fetch().await,
            _ => Ok(()),
        };
        match fetched {
            Ok(()) => go_on(),
            Err(_) => browser::after(wait, move || fetch(part, i32::min(wait * 2, LAST_WAIT_MS), go_on)),
        }
    });
}
