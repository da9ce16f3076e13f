//! What people do while the program may be killed at any moment, and the book that is kept of what they were told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Result, bail};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;

use super::{
    check,
    client::{Answer, Client, Seen},
    model::Ask,
};

/// A conversation, as far as it was acknowledged.
#[derive(Clone, Default, Debug)]
pub struct Talk {
    pub thread: String,
    /// The messages that were taken, and what they say.
    pub messages: Vec<(String, String)>,
    /// The title the person gave it, if the server said that it has it.
    pub title: Option<String>,
    /// A rename was sent and not answered: it may have it or not.
    pub perhaps: Option<String>,
}

/// An answer that was viewed.
#[derive(Clone, Debug)]
pub struct Viewed {
    pub name: u64,
    pub seen: Seen,
    /// The life of the server in which it was written.
    pub life: usize,
}

/// What was acknowledged and shown, in all lives of the server.
#[derive(Clone, Default)]
pub struct Book(Arc<Mutex<Pages>>);

#[derive(Default)]
pub struct Pages {
    /// By slot.
    pub talks: HashMap<usize, Talk>,
    /// By answer.
    pub answers: HashMap<String, Viewed>,
    /// When each life of the server was ended.
    pub killed: Vec<u64>,
    names: u64,
}

impl Book {
    pub fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self) -> u64 {
        let mut pages = self.pages();
        pages.names += 1;
        pages.names
    }
}

/// A conversation that goes on until the server is gone: starts a thread or goes on in it, asks again where an answer was
/// interrupted, gives it a name now and then. An error is something that the server should not have said.
pub async fn talk(client: Client, book: Book, slot: usize, life: usize, seed: u64) -> Result<()> {
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        let talk = book.pages().talks.get(&slot).cloned();
        let interrupted = match &talk {
            Some(talk) => match check::last(&client, &talk.thread).await {
                Ok(last) => last.interrupted(),
                Err(_) => return Ok(()),
            },
            None => None,
        };
        let mut name = book.name();
        let ask = Ask {
            name,
            reasoning: if random.random_bool(0.3) { random.random_range(1..40) } else { 0 },
            tokens: random.random_range(5..150),
            pause: *[5, 10, 20, 60].get(random.random_range(0..4)).unwrap_or(&5),
            bytes: if random.random_bool(0.1) { 4000 } else { 18 },
        };
        let text = ask.message();
        let (answer, asked) = match (&talk, &interrupted) {
            (None, _) => (client.form("messages/start_thread", &[("text", &text)]).await, Some(text)),
            // What was cut off is asked for again, half of the time.
            (Some(_), Some((answer, asked))) if random.random_bool(0.5) => {
                name = *asked;
                (client.form("messages/regenerate", &[("id", answer)]).await, None)
            }
            (Some(talk), _) => {
                let fields = [("thread", talk.thread.as_str()), ("text", &text)];
                (client.form("messages/submit", &fields).await, Some(text))
            }
        };
        let started = match answer {
            Answer::Done(started) => started,
            Answer::Gone => return Ok(()),
            Answer::Refused(status, error, _) => {
                bail!("slot {slot}: {status} {error} to {asked:?} after {interrupted:?}")
            }
        };
        note(&book, slot, name, life, &started, asked);
        let Ok(mut viewer) = client.view(&started).await else { return Ok(()) };
        let id = started["answer"].as_str().unwrap_or_default().to_owned();
        let rename = random.random_bool(0.2);
        let mut renamed = !rename;
        loop {
            let alive = viewer.next().await;
            if let Some(viewed) = book.pages().answers.get_mut(&id) {
                viewed.seen = viewer.seen.clone();
            }
            if !alive {
                return Ok(());
            }
            if viewer.seen.over {
                break;
            }
            if !renamed {
                renamed = true;
                give_name(&client, &book, slot, format!("name {name}")).await?;
            }
        }
    }
}

fn note(book: &Book, slot: usize, name: u64, life: usize, started: &Value, asked: Option<String>) {
    let of = |name: &str| started[name].as_str().unwrap_or_default().to_owned();
    let mut pages = book.pages();
    let talk = pages.talks.entry(slot).or_default();
    talk.thread = of("thread");
    talk.messages.extend(asked.map(|text| (of("message"), text)));
    pages.answers.insert(of("answer"), Viewed { name, seen: Seen::default(), life });
}

async fn give_name(client: &Client, book: &Book, slot: usize, title: String) -> Result<()> {
    let thread = match book.pages().talks.get_mut(&slot) {
        Some(talk) => {
            talk.perhaps = Some(title.clone());
            talk.thread.clone()
        }
        None => return Ok(()),
    };
    match client.form("threads/rename", &[("id", &thread), ("title", &title)]).await {
        Answer::Done(_) => {
            if let Some(talk) = book.pages().talks.get_mut(&slot) {
                (talk.title, talk.perhaps) = (Some(title), None);
            }
            Ok(())
        }
        Answer::Gone => Ok(()),
        refused => bail!("a name was refused: {refused:?}"),
    }
}
