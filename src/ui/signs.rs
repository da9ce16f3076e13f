//! What the browser's own tab says while one looks elsewhere: that an answer is being written, and in how many chats
//! something ended unseen. Both are of the page of the list of threads that is shown.

use leptos::{prelude::*, task::spawn_local};

use super::{dynamic::effect, tab::Tab};
use crate::{api, browser, model::ThreadSummary, state::SidebarView};

/// How often a hidden tab, which is told nothing, asks whether what ran has ended, in milliseconds.
const ASK_MS: i32 = 5_000;

/// What there is to tell. Nothing, in a page as the server writes it: nobody would ever take it back there.
#[derive(Clone, Default)]
pub struct Signs(ArcRwSignal<Told>);

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Told {
    running: bool,
    unread: u32,
}

impl Told {
    fn of(threads: impl Iterator<Item = ThreadSummary>) -> Self {
        threads.fold(Self::default(), |told, thread| Self {
            running: told.running || thread.running,
            unread: told.unread + u32::from(thread.mark.is_some() && !thread.running),
        })
    }

    /// The same before a title: `● (2) Title`.
    fn before(self, title: &str) -> String {
        let running = if self.running { "● " } else { "" };
        let unread = if self.unread > 0 { format!("({}) ", self.unread) } else { String::new() };
        [running, &unread, title].concat()
    }

    /// What the name of its icon ends in.
    fn icon(self) -> &'static str {
        match (self.running, self.unread > 0) {
            (false, false) => "",
            (true, false) => "-running",
            (false, true) => "-unread",
            (true, true) => "-both",
        }
    }
}

impl Signs {
    /// The title of a page, with what there is to tell.
    pub fn before(&self, title: &str) -> String {
        self.0.get().before(title)
    }

    fn show(&self, told: Told) {
        if self.0.try_get_untracked().is_some_and(|shown| shown != told) {
            self.0.set(told);
            browser::set_icon(&browser::at(&["/favicon", told.icon(), ".svg"].concat()));
        }
    }

    /// Tells what the list of threads says, as long as the tab is open.
    pub fn follow(self, tab: &Tab) {
        let list = tab.sidebar;
        let signs = self.clone();
        on_cleanup({
            let signs = signs.clone();
            move || signs.show(Told::default())
        });
        effect(move || {
            if let Some(list) = list.get() {
                signs.show(Told::of(list.rows.get().into_iter().map(|row| row.summary.get())));
            }
        });
        effect(move || {
            let (signs, turn) = (self.clone(), StoredValue::new(0));
            StoredValue::new_local(browser::on_visibility(move |visible| {
                turn.update_value(|turn| *turn += 1);
                if let Some(list) = list.get_untracked().filter(|_| !visible) {
                    signs.clone().ask(list, turn, turn.get_value());
                }
            }));
        });
    }

    /// Asks in a while, and again, for as long as the tab is hidden and something runs.
    fn ask(self, list: SidebarView, turn: StoredValue<u32>, own: u32) {
        if !self.0.get_untracked().running {
            return;
        }
        browser::after(ASK_MS, move || {
            if turn.try_get_value() != Some(own) {
                return;
            }
            spawn_local(async move {
                let read = api::threads::sidebar(list.page.get_untracked()).await;
                // Once it is shown again it is told by the stream.
                if turn.try_get_value() == Some(own) {
                    if let Ok(page) = read {
                        self.show(Told::of(page.items.into_iter()));
                    }
                    self.ask(list, turn, own);
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Mark;

    #[test]
    fn it_tells_what_runs_and_counts_what_ended_unseen() {
        let thread = |running, mark| ThreadSummary {
            id: uuid::Uuid::nil().into(),
            title: None,
            snippet: String::new(),
            last_message_at: 0,
            running,
            mark,
        };
        let (quiet, runs) = (thread(false, None), thread(true, None));
        let (unread, failed) = (thread(false, Some(Mark::Unread)), thread(false, Some(Mark::Failed)));
        for (threads, title, icon) in [
            (vec![], "Title", ""),
            (vec![quiet.clone()], "Title", ""),
            (vec![quiet.clone(), runs.clone()], "● Title", "-running"),
            (vec![unread.clone(), quiet, failed.clone()], "(2) Title", "-unread"),
            (vec![unread, runs, failed], "● (2) Title", "-both"),
            // What is asked again is not ended any more.
            (vec![thread(true, Some(Mark::Failed))], "● Title", "-running"),
        ] {
            let told = Told::of(threads.into_iter());
            assert_eq!((told.before("Title").as_str(), told.icon()), (title, icon));
        }
    }
}
