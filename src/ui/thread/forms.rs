//! What the forms of a thread's rows do. Each works without this program too, so that a row has no code of its own for
//! them: one listener on the list sends them all.

use std::collections::HashMap;

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

use super::{asked, composer::MODEL, follow::Follower};
use crate::{
    api,
    browser::{self, Form},
    model::{Error, MessageId, Started, ThreadId},
    state::{Opened, ThreadView},
    ui::{lead::use_lead, parts::missed, tab::Tab},
};

/// How long another version takes to come here at the most, once the server shows it, in milliseconds.
const TURN_MS: i32 = 2_000;

/// Leads to another page of ours.
type Lead = Box<dyn Fn(&str) + Send + Sync>;

/// Sends the forms of one thread's page. In the page's context.
#[derive(Clone, Copy)]
pub struct Forms {
    thread: StoredValue<ThreadView>,
    tab: StoredValue<Tab>,
    /// What somebody is asked just now.
    pub opened: RwSignal<Option<Opened>>,
    /// What was typed and not saved, by message.
    kept: StoredValue<HashMap<MessageId, String>>,
    follower: Follower,
    lead: StoredValue<Lead>,
}

impl Forms {
    pub fn new(thread: ThreadView, opened: Option<Opened>, follower: Follower) -> Self {
        let lead = use_lead();
        Self {
            thread: StoredValue::new(thread),
            tab: StoredValue::new(Tab::here()),
            opened: RwSignal::new(opened),
            kept: StoredValue::new(HashMap::new()),
            follower,
            lead: StoredValue::new(Box::new(move |to: &str| lead(to, false))),
        }
    }

    /// A form is being sent.
    pub fn submitted(self, event: &SubmitEvent) {
        let Some(mut form) = browser::submitted(event) else { return };
        if !form.post {
            self.ask(&form.name, &form.value);
            return browser::form_done(form.key, false);
        }
        let model = browser::value(MODEL).filter(|model| form.with_model && !model.is_empty());
        if let Some(model) = model {
            form.body.push_str("&model=");
            form.body.push_str(&browser::encoded(&model));
        }
        if call(&form) == "show" {
            // Whoever turns to another version wants to see that, not the end.
            self.follower.turn(true);
        }
        spawn_local(async move {
            let sent = api::post(form.action.clone(), form.body.clone()).await;
            browser::form_done(form.key, sent.is_ok());
            match sent {
                Ok(answer) => self.done(&form, &answer),
                Err(error) => self.refused(&error),
            }
        });
    }

    /// Asks one of the questions that an address could ask, too.
    pub fn ask(self, question: &str, message: &str) {
        let Some(thread) = self.thread.try_with_value(|thread| thread.id) else { return };
        let (question, message) = (question.to_owned(), message.to_owned());
        spawn_local(async move {
            match Opened::load(thread, &question, &message).await {
                // A row asks for its new text itself.
                Ok(Some(opened)) if opened.edited().is_none() && asked::fetch().await.is_err() => {
                    self.tab.try_with_value(missed);
                }
                Ok(opened) => drop(self.opened.try_set(opened)),
                Err(error) => self.refused(&error),
            }
        });
    }

    fn refused(self, error: &Error) {
        self.tab.try_with_value(|tab| {
            if *error == Error::Offline {
                tab.connection.doubt();
            }
            tab.toasts.error(error);
        });
    }

    fn done(self, form: &Form, answer: &str) {
        if let Ok(Started { answer: Some(answer), .. }) = browser::read_json(answer) {
            self.tab.try_with_value(|tab| tab.submits.add(answer));
        }
        match call(form) {
            "show" => self.shown(form, answer),
            "fork" => {
                if let Ok(thread) = browser::read_json::<ThreadId>(answer) {
                    let _ = self.opened.try_set(None);
                    self.lead.try_with_value(|lead| lead(&format!("/chat/thread/{thread}")));
                }
            }
            "edit" | "remove" | "system" | "regenerate" => {
                if let Some(id) = message(form) {
                    self.kept.try_update_value(|kept| kept.remove(&id));
                }
                let _ = self.opened.try_set(None);
            }
            _ => {}
        }
    }

    /// The focus stays with the button, which is another row's now.
    fn shown(self, form: &Form, answer: &str) {
        let was = message(form).and_then(|id| self.thread.try_with_value(|thread| thread.row(id))?);
        let to = form.value.parse::<u32>().unwrap_or(0);
        let forward = was.is_some_and(|row| row.version.with_untracked(|version| to > version.number));
        if let Ok(id) = browser::read_json::<MessageId>(answer) {
            let button = |name| format!("#row-{id} .version-{name}:enabled");
            let (first, other) = if forward { ("next", "prev") } else { ("prev", "next") };
            browser::focus_soon(vec![button(first), button(other)]);
        }
        browser::after(TURN_MS, move || self.follower.turn(false));
    }

    /// What stands in the field for a message: what was typed there before, else what it says.
    pub fn typed(self, id: MessageId, source: &str) -> String {
        self.kept.with_value(|kept| kept.get(&id).cloned()).unwrap_or_else(|| source.to_owned())
    }

    /// Closes the question. What was typed instead of `source` is there again when it is asked again.
    pub fn close(self, kept: Option<(MessageId, String)>) {
        if let Some((id, text)) = kept {
            self.kept.update_value(|kept| drop(kept.insert(id, text)));
        }
        self.opened.set(None);
    }
}

/// What a form calls: the last part of its address.
fn call(form: &Form) -> &str {
    form.action.rsplit('/').next().unwrap_or_default()
}

/// The message that a form is about.
fn message(form: &Form) -> Option<MessageId> {
    form.body.split('&').find_map(|field| field.strip_prefix("id="))?.parse().ok()
}
