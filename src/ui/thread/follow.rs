//! The hand that scrolls the list. What it does is decided by [`Follow`]; nothing else moves it.

use crate::ui::dynamic::{dynamic, effect};
use leptos::{prelude::*, task::spawn_local};

use super::{ROWS, SCROLLER, SHEET};
use crate::{
    browser::{self, Metrics},
    state::{Connection, Follow, ThreadView},
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
    open: StoredValue<Option<(ThreadView, Connection)>>,
    /// The next row at the end comes because the reader turned to another version.
    turning: StoredValue<bool>,
}

impl Follower {
    pub fn new() -> Self {
        Self {
            follow: StoredValue::new(Follow::default()),
            far: RwSignal::new(false),
            open: StoredValue::new(None),
            turning: StoredValue::new(false),
        }
    }

    /// Begins, once the page is alive: at the end, like the page before it was.
    pub fn start(self, thread: ThreadView, connection: Connection) {
        let person = connection.person.clone();
        effect(move || {
            let steady = person.preferences().is_none_or(|preferences| preferences.auto_scroll);
            self.follow.update_value(|follow| follow.set_steady(steady));
        });
        let (rows, grown) = (thread.rows.clone(), thread.grown.clone());
        self.open.set_value(Some((thread.clone(), connection)));
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
                if self.is_cut() {
                    self.follow.try_update_value(|follow| follow.release(at));
                }
                self.look(at);
            });
            let pushed = browser::on_push_up(SCROLLER, move || {
                self.follow.try_update_value(Follow::pushed_up);
            });
            let resized = browser::on_resize(&[SCROLLER, SHEET], move || self.settle());
            StoredValue::new_local((scrolled, pushed, resized));
        });
        // Along with the text at once, and not only when the browser has laid it out: a list that is scrolled after that
        // takes a second frame for each line, and the next token waits for it.
        effect(move || {
            grown.track();
            self.grow();
        });
        // A row at the end takes along who is near it; one that says what a run is doing does not count.
        let mut last = None;
        effect(move || {
            let newest = rows.with(|rows| rows.iter().rev().find(|row| !row.is_transient()).map(|row| row.id));
            if last.replace(newest).is_some_and(|last| last != newest) {
                let turned = self.turning.try_update_value(std::mem::take).unwrap_or_default();
                self.follow.update_value(if turned { Follow::turned } else { Follow::appended });
                self.settle();
                if self.follow.with_value(Follow::following) && thread.is_long() {
                    let thread = thread.clone();
                    browser::keep_place(SCROLLER, ROWS, move || thread.cut_beginning());
                }
            }
        });
    }

    /// Whether the list ends before the thread does.
    fn is_cut(self) -> bool {
        let cut = |open: &Option<(ThreadView, _)>| {
            open.as_ref().is_some_and(|(thread, _)| thread.edge.with_untracked(Option::is_some))
        };
        self.open.try_with_value(cut).unwrap_or_default()
    }

    /// The reader sent something, or asked to be led down.
    pub fn engage(self) {
        if let Some((thread, connection)) = self.open.get_value().filter(|_| self.is_cut()) {
            return spawn_local(async move {
                // Where it fails the reader is still where they were, with the button that leads down.
                if connection.to_end(&thread).await.is_ok() && self.far.try_get_untracked().is_some() {
                    browser::frame(move || self.engage());
                }
            });
        }
        self.follow.update_value(Follow::engage);
        self.settle();
    }

    /// The reader goes elsewhere by a key: nothing leads them back.
    pub fn leave(self) {
        self.follow.try_update_value(Follow::pushed_up);
    }

    /// The reader turns to another version: what comes is not the end they were at. Over once it is here, or was already.
    pub fn turn(self, begins: bool) {
        self.turning.try_update_value(|turning| *turning = begins);
    }

    /// To the first or the last of what is loaded; more comes by itself there.
    pub fn to_edge(self, end: bool) {
        let bottom = browser::metrics(SCROLLER).map_or(0.0, |at| at.height);
        browser::scroll_to(SCROLLER, if end { bottom } else { 0.0 });
        if end && !self.is_cut() {
            self.engage();
        }
    }

    /// Scrolls to where the list has to be, if it has to be anywhere.
    fn settle(self) {
        let Some(at) = browser::metrics(SCROLLER) else { return };
        if self.is_cut() {
            self.follow.try_update_value(|follow| follow.release(at));
            return self.look(at);
        }
        let to = self.follow.try_update_value(|follow| follow.resized(at)).flatten();
        if let Some(top) = to {
            browser::scroll_to(SCROLLER, top);
        }
        self.look(Metrics { top: to.unwrap_or(at.top), ..at });
    }

    /// The same for text that was added a moment ago.
    fn grow(self) {
        if !self.follow.try_with_value(Follow::following).unwrap_or_default() || self.is_cut() {
            return;
        }
        let Some(at) = browser::metrics(SCROLLER) else { return };
        if let Some(top) = self.follow.try_update_value(|follow| follow.grown(at)).flatten() {
            browser::scroll_to(SCROLLER, top);
        }
    }

    fn look(self, at: Metrics) {
        let far = Follow::is_far(at) || self.is_cut();
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
