//! The hand that scrolls the list. What it does is decided by [`Follow`]; nothing else moves it.

use crate::ui::dynamic::{dynamic, effect};
use leptos::prelude::*;

use super::{SCROLLER, SHEET};
use crate::{
    browser::{self, Metrics},
    state::{Follow, PersonView, Row},
    ui::{
        widgets::{Icon, Shape},
        words::t,
    },
};

/// Follows the end of the list of this page. In the page's context.
#[derive(Clone, Copy)]
pub struct Follower {
    follow: StoredValue<Follow>,
    /// The reader is far from the end.
    far: RwSignal<bool>,
}

impl Follower {
    pub fn new() -> Self {
        Self { follow: StoredValue::new(Follow::default()), far: RwSignal::new(false) }
    }

    /// Begins, once the page is alive: at the end, like the page before it was.
    pub fn start(self, rows: ArcRwSignal<Vec<Row>>, person: PersonView) {
        effect(move || {
            let steady = person.preferences().is_none_or(|preferences| preferences.auto_scroll);
            self.follow.update_value(|follow| follow.set_steady(steady));
        });
        effect(move || {
            let gone_up = browser::take_over_scrolling(SCROLLER);
            if let Some(at) = browser::metrics(SCROLLER).filter(|_| gone_up) {
                self.follow.update_value(|follow| {
                    follow.scrolled(at);
                    follow.pushed_up();
                });
            }
            self.settle();
            let scrolled = browser::on_scroll(SCROLLER, move |at| {
                self.follow.try_update_value(|follow| follow.scrolled(at));
                self.look(at);
            });
            let pushed = browser::on_push_up(SCROLLER, move || {
                self.follow.try_update_value(Follow::pushed_up);
            });
            let resized = browser::on_resize(&[SCROLLER, SHEET], move || self.settle());
            StoredValue::new_local((scrolled, pushed, resized));
        });
        // A row at the end takes along who is near it; one that says what a run is doing does not count.
        let mut last = None;
        effect(move || {
            let newest = rows.with(|rows| rows.iter().rev().find(|row| !row.is_transient()).map(|row| row.id));
            if last.replace(newest).is_some_and(|last| last != newest) {
                self.follow.update_value(Follow::appended);
                self.settle();
            }
        });
    }

    /// The reader sent something, or asked to be led down.
    pub fn engage(self) {
        self.follow.update_value(Follow::engage);
        self.settle();
    }

    /// Scrolls to where the list has to be, if it has to be anywhere.
    fn settle(self) {
        let Some(at) = browser::metrics(SCROLLER) else { return };
        let to = self.follow.try_update_value(|follow| follow.resized(at)).flatten();
        if let Some(top) = to {
            browser::scroll_to(SCROLLER, top);
        }
        self.look(Metrics { top: to.unwrap_or(at.top), ..at });
    }

    fn look(self, at: Metrics) {
        let far = Follow::is_far(at);
        if self.far.try_get_untracked().is_some_and(|old| old != far) {
            self.far.set(far);
        }
    }
}

/// Leads back to the end. It is there when it is needed.
#[component]
pub fn JumpButton(follower: Follower) -> impl IntoView {
    let away = move || follower.far.get();
    view! {
        <button
            type="button"
            class="jump"
            aria-label=t("chat.jump")
            title=t("chat.jump")
            data-shown=dynamic(move || away().then_some(""))
            tabindex=dynamic(move || if away() { "0" } else { "-1" })
            on:click=move |_| follower.engage()
        >
            <Icon shape=Shape::ArrowDown/>
        </button>
    }
}
