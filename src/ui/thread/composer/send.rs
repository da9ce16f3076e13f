//! Sending. What was sent comes back by the stream; the field is cleared only when the server has it.

use leptos::{prelude::*, task::spawn_local};

use super::{MODEL, TEXT};
use crate::{
    api, browser,
    model::{Error, Started},
    state::{ThreadView, draft},
    ui::{tab::Tab, thread::follow::Follower, words::t},
};

/// Sends what is in the composer. One at a time.
#[derive(Clone, Copy)]
pub struct Sender {
    tab: StoredValue<Tab>,
    thread: StoredValue<Option<ThreadView>>,
    follower: Option<Follower>,
    sending: RwSignal<bool>,
    attempt: StoredValue<Option<Attempt>>,
    busy_words: &'static str,
}

/// A message on its way. Sent again after an error it bears the same id, so that the server, if it did get it the first
/// time, does not take it for another.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Attempt {
    text: String,
    client: String,
}

impl Sender {
    pub fn new(tab: &Tab, thread: Option<ThreadView>) -> Self {
        Self {
            tab: StoredValue::new(tab.clone()),
            thread: StoredValue::new(thread),
            follower: use_context(),
            sending: RwSignal::new(false),
            attempt: StoredValue::new(None),
            busy_words: t("composer.running"),
        }
    }

    pub fn sending(self) -> bool {
        self.sending.get()
    }

    /// Puts text into the field and sends it.
    pub fn send_text(self, text: &str) {
        browser::set_value(TEXT, text);
        self.send();
    }

    /// Sends what is in the field. While an answer is being written the text stays there, and that is said.
    pub fn send(self) {
        let (tab, thread) = (self.tab.get_value(), self.thread.get_value());
        let typed = browser::value(TEXT).unwrap_or_default();
        if thread.as_ref().is_some_and(|thread| thread.run.with_untracked(Option::is_some)) {
            return tab.toasts.say(self.busy_words);
        }
        if typed.trim().is_empty() {
            return tab.toasts.error(&Error::invalid("text", "chat_message_empty"));
        }
        if self.sending.get_untracked() {
            return;
        }
        self.sending.set(true);
        let Attempt { text, client } = self.attempt(&typed);
        let model = browser::value(MODEL).filter(|model| !model.is_empty());
        spawn_local(async move {
            let id = thread.as_ref().map(|thread| thread.id);
            let sent = match id {
                Some(_) => api::messages::submit(id, text.clone(), model, Some(client)).await,
                None => api::messages::start_thread(text.clone(), model, Some(client)).await,
            };
            let _ = self.sending.try_set(false);
            match sent {
                Ok(started) => self.accepted(&tab, thread.as_ref(), &text, started),
                Err(error) => tab.toasts.error(&error),
            }
        });
    }

    /// The attempt that sends this text: the one that failed, if it is the same text still.
    fn attempt(self, text: &str) -> Attempt {
        let same = self.attempt.get_value().filter(|attempt| attempt.text == text);
        let attempt = same.unwrap_or_else(|| Attempt { text: text.to_owned(), client: browser::unique() });
        self.attempt.set_value(Some(attempt.clone()));
        attempt
    }

    fn accepted(self, tab: &Tab, thread: Option<&ThreadView>, sent: &str, started: Started) {
        tab.submits.add(started.answer);
        self.attempt.try_update_value(|attempt| *attempt = None);
        let id = thread.map(|thread| thread.id);
        // The page may have changed meanwhile; then the field is another thread's.
        if self.sending.try_get_untracked().is_none() {
            return draft::save(id, "");
        }
        // What was typed on the way stays.
        let now = browser::value(TEXT).unwrap_or_default();
        let rest = now.strip_prefix(sent).unwrap_or(&now).trim_start();
        browser::set_value(TEXT, rest);
        browser::fit(TEXT);
        draft::save(id, rest);
        if let Some(follower) = self.follower {
            follower.engage();
        }
    }
}
