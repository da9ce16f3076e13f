//! Sending. What was sent comes back by the stream; the field is cleared only when the server has it. Where the server
//! is away the text waits in the field and is sent when it is back.

use leptos::{prelude::*, task::spawn_local};

use super::{MODEL, TEXT, wait::Wait};
use crate::{
    api, browser,
    model::{Error, Started},
    state::{Link, ThreadView, draft},
    ui::{dynamic::effect, tab::Tab, thread::follow::Follower},
};

/// Sends what is in the composer. One at a time.
#[derive(Clone, Copy)]
pub struct Sender {
    tab: StoredValue<Tab>,
    thread: StoredValue<Option<ThreadView>>,
    follower: Option<Follower>,
    sending: RwSignal<bool>,
    attempt: StoredValue<Option<Attempt>>,
    wait: Wait,
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
        let sender = Self {
            tab: StoredValue::new(tab.clone()),
            thread: StoredValue::new(thread),
            follower: use_context(),
            sending: RwSignal::new(false),
            attempt: StoredValue::new(None),
            wait: Wait::new(),
        };
        let link = tab.connection.link.clone();
        effect(move || {
            if link.get() == Link::Open && sender.wait.is_on_now() {
                sender.go();
            }
        });
        sender
    }

    pub fn sending(self) -> bool {
        self.sending.get()
    }

    /// What was sent waits for the server.
    pub fn waiting(self) -> bool {
        self.wait.is_on()
    }

    /// The text is being changed: what waits is not to be sent as it was.
    pub fn edited(self) {
        self.wait.end();
    }

    /// Puts text into the field and sends it.
    pub fn send_text(self, text: &str) {
        browser::set_value(TEXT, text);
        self.send();
    }

    /// Sends what is in the field. While an answer is being written it waits for its turn, as a row of the thread.
    pub fn send(self) {
        let typed = browser::value(TEXT).unwrap_or_default();
        // It may have arrived without our having heard of it. Then the answer that is being written is its own.
        if self.wait.is_on_now() && self.is_attempt(&typed) {
            return self.go();
        }
        let tab = self.tab.get_value();
        if typed.trim().is_empty() {
            return tab.toasts.error(&Error::invalid("text", "chat_message_empty"));
        }
        if self.sending.get_untracked() {
            return;
        }
        self.wait.end();
        // An attempt that failed is the same one, if it is the same text still.
        if !self.is_attempt(&typed) {
            self.attempt.set_value(Some(Attempt { text: typed, client: browser::unique() }));
        }
        self.go();
    }

    fn is_attempt(self, text: &str) -> bool {
        self.attempt.with_value(|attempt| attempt.as_ref().is_some_and(|attempt| attempt.text == text))
    }

    /// Makes the attempt, for the first time or once more.
    fn go(self) {
        let Some(Attempt { text, client }) = self.attempt.get_value() else { return };
        if self.sending.get_untracked() {
            return;
        }
        self.wait.touch();
        self.sending.set(true);
        let (tab, thread) = (self.tab.get_value(), self.thread.get_value());
        let model = browser::value(MODEL).filter(|model| !model.is_empty());
        spawn_local(async move {
            let id = thread.as_ref().map(|thread| thread.id);
            let sent = match id {
                Some(_) => api::messages::submit(id, text.clone(), model, Some(client)).await,
                None => api::messages::start_thread(text.clone(), model, Some(client)).await,
            };
            let here = self.sending.try_set(false).is_none();
            match sent {
                Ok(started) => self.accepted(&tab, thread.as_ref(), &text, started),
                Err(Error::Offline) if here && browser::value(TEXT).is_some_and(|now| now == text) => {
                    // The stream may not have noticed yet. Asked once, or a call that is always lost would ask for ever.
                    if !self.wait.is_on_now() {
                        tab.connection.doubt();
                    }
                    self.wait.longer(move || self.go());
                }
                Err(error) => {
                    self.wait.end();
                    tab.toasts.error(&error);
                }
            }
        });
    }

    fn accepted(self, tab: &Tab, thread: Option<&ThreadView>, sent: &str, started: Started) {
        if let Some(answer) = started.answer {
            tab.submits.add(answer);
        }
        self.attempt.try_update_value(|attempt| *attempt = None);
        self.wait.end();
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
