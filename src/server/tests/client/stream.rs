//! A reader of the event stream, and a viewer of a thread that folds what it is sent.

use std::{collections::VecDeque, time::Duration};

use reqwest::{Response, StatusCode};

use super::Answer;
use crate::model::{Change, MessageId, Notice, Position, Snapshot, Status, ThreadProperty, Timeline, fold};

/// Longer than anything here should take; a test that hits it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens the event stream by this request.
pub async fn open(request: reqwest::RequestBuilder) -> Answer<Events> {
    let response = request.send().await.unwrap();
    if response.status() != StatusCode::OK {
        return Err(response.json().await.unwrap());
    }
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache, no-transform");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    Ok(Events { response, bytes: Vec::new(), ready: VecDeque::new() })
}

/// What the stream sends.
#[derive(Debug, PartialEq)]
pub enum Event {
    Thread(Position, Change),
    User(Position, Notice),
    Reset,
    Yield,
}

pub struct Events {
    response: Response,
    bytes: Vec<u8>,
    ready: VecDeque<Event>,
}

impl Events {
    /// The next event; none when the server has ended the stream.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("nothing came").unwrap()?;
            self.bytes.extend_from_slice(&chunk);
            while let Some(end) = self.bytes.windows(2).position(|two| two == b"\n\n") {
                let frame = String::from_utf8(self.bytes.drain(..end + 2).collect()).unwrap();
                self.ready.extend(event(&frame));
            }
        }
    }

    /// The first notice that fits.
    pub async fn notice(&mut self, mut wanted: impl FnMut(&Notice) -> bool) -> Notice {
        loop {
            match self.next().await.expect("the stream ended") {
                Event::User(_, notice) if wanted(&notice) => return notice,
                _ => {}
            }
        }
    }
}

/// What a frame of the stream says; none for a comment.
pub fn event(frame: &str) -> Option<Event> {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let position = || field("id").unwrap().parse().unwrap();
    match field("event")? {
        "thread" => Some(Event::Thread(position(), serde_json::from_str(field("data")?).unwrap())),
        "user" => Some(Event::User(position(), serde_json::from_str(field("data")?).unwrap())),
        "reset" => Some(Event::Reset),
        "yield" => Some(Event::Yield),
        other => panic!("an event of an unknown kind: {other}"),
    }
}

/// A viewer of one thread: what its page shows.
pub struct Watcher {
    pub snapshot: Snapshot,
    pub events: Events,
    pub gone: bool,
}

impl Watcher {
    /// Folds events until the view is as wanted.
    pub async fn until(&mut self, wanted: impl Fn(&Snapshot) -> bool) -> &Snapshot {
        while !wanted(&self.snapshot) {
            match self.events.next().await {
                Some(Event::Thread(position, change)) => self.apply(position, change),
                Some(Event::User(..)) => {}
                other => panic!("{other:?} while waiting; the view is {:#?}", self.snapshot),
            }
        }
        &self.snapshot
    }

    pub fn apply(&mut self, position: Position, change: Change) {
        self.snapshot.seq = position.thread.unwrap();
        if let Change::Thread { property } = &change {
            match property.clone() {
                ThreadProperty::Title(title) => self.snapshot.head.title = title,
                ThreadProperty::Model(model) => self.snapshot.head.model = model,
                ThreadProperty::Run(run) => self.snapshot.head.run = run,
                ThreadProperty::Gone => self.gone = true,
            }
        }
        fold(&mut self.snapshot.messages, change);
    }

    /// Until nothing runs, and the last row has a settled status.
    pub async fn settled(&mut self) -> &Snapshot {
        self.until(|view| view.head.run.is_none() && view.messages.last().is_some_and(|row| row.status.is_settled()))
            .await
    }

    pub async fn until_gone(&mut self) {
        while !self.gone {
            match self.events.next().await {
                Some(Event::Thread(position, change)) => self.apply(position, change),
                Some(Event::User(..)) => {}
                other => panic!("{other:?} while waiting for the end"),
            }
        }
    }

    /// The text of the newest answer, without its markup.
    pub fn answer(&self) -> String {
        let row = self.snapshot.messages.iter().rfind(|row| !row.is_transient()).unwrap();
        words(&row.content.text)
    }

    pub fn status(&self) -> Status {
        self.snapshot.messages.iter().rfind(|row| !row.is_transient()).unwrap().status
    }

    pub fn has(&self, id: MessageId) -> bool {
        self.snapshot.messages.contains(id)
    }
}

/// HTML by block as plain text.
pub fn words(blocks: &[String]) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in blocks.join("\n").chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}
