//! `GET /events`: the one stream of a tab. Server-sent events (WHATWG HTML, 9.2) written by hand, since they arrive here
//! encoded already: `thread` and `user` carry one change each, `reset` asks for a new page, `yield` to step back.
//!
//! A client that names its `tab` shares the few connections a browser has with the other tabs of its session (see
//! [`Places`](crate::server::hub::Places)): when another one takes its place it is sent what there is and `yield`, and the
//! answer ends. From then on it asks with `poll=true`, from where it stands: it is answered in the same way, at once, as
//! long as no place is free. Who asks without it takes a place. A client that names no tab is always streamed to.

use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    io::Write,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures::{future::BoxFuture, stream};
use serde::Deserialize;
use tokio::{
    sync::broadcast,
    time::{Instant, Sleep, sleep},
};

use super::{answer::failed, input::unreadable};
use crate::{
    model::{Error, Position, ThreadId, UserId},
    server::{
        actions::{
            accounts,
            events::{self, Events, Place, Sent},
        },
        app::App,
        call::Caller,
    },
};

/// Encryption hides what is sent but not how long it is, and the lengths of an answer's words in a row tell much about
/// them. So everything is as long as a word more or less would make it.
const PADDED: usize = 128;
/// What a frame is longer than its data, at the most: two positions with their epochs, and the words.
const AROUND: usize = 128;

/// The first of all, so that the browser knows the stream is open.
const OPEN: &[u8] = b": open\n\n";
/// Asks for a new page, and for stepping back. An event without data is none.
const RESET: &[u8] = b"event: reset\ndata: {}\n\n";
const YIELD: &[u8] = b"event: yield\ndata: {}\n\n";

/// The longest name of a tab, in bytes.
const TAB: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    thread: Option<String>,
    after: Option<String>,
    /// What a tab calls itself; another one of the same session calls itself otherwise.
    tab: Option<String>,
    /// It stepped back, and only takes a place that is free.
    #[serde(default)]
    poll: bool,
}

/// When a page should come back where there are as many as may be, in seconds.
const FULL_RETRY: u32 = 5;

/// How long a stream goes on.
enum Stay {
    /// As long as the client likes.
    Free,
    /// Until another tab has the place.
    Place(Place),
    /// Until what there is has been sent.
    Briefly,
}

/// Follows the viewer's own channel, and a thread if one is named. `Last-Event-ID` wins over `after`: it is newer.
pub async fn events(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    if app.streams.open.get() >= i64::from(app.settings.max_streams) {
        return failed(&Error::Limited { retry_after: FULL_RETRY });
    }
    // Before the viewer is asked for: what ends the session from now on is noticed.
    let ended = app.sessions.subscribe();
    match open(&app, &caller, wanted, &headers).await {
        Ok(Some((user, events, stay))) => {
            let open = Open::new(&app, &events);
            stream_of(Connection::new(open, caller.token, user, events, stay, ended))
        }
        Ok(None) => respond(Body::from(RESET)),
        Err(error) => failed(&error),
    }
}

/// None: a tab follows a thread that is not there any more, which it finds out by reading it anew. A refusal would tell
/// it nothing: browsers do not say what they were answered.
async fn open(
    app: &App,
    caller: &Caller,
    wanted: Result<Query<Wanted>, QueryRejection>,
    headers: &HeaderMap,
) -> Result<Option<(UserId, Events, Stay)>, Error> {
    let viewer = caller.viewer.as_ref().ok_or(Error::Unauthorized)?;
    let Query(wanted) = wanted.map_err(|_| unreadable())?;
    if wanted.tab.as_ref().is_some_and(|tab| tab.is_empty() || tab.len() > TAB) {
        return Err(unreadable());
    }
    // An id that is no id is nobody's thread.
    let thread = match &wanted.thread {
        Some(id) => Some(id.parse::<ThreadId>().map_err(|_| Error::NotFound)?),
        None => None,
    };
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let place = last.or(wanted.after.as_deref()).and_then(|text| text.parse().ok());
    let events = match events::follow(app, viewer, thread, place.unwrap_or_default()).await {
        Err(Error::NotFound) if wanted.tab.is_some() => return Ok(None),
        events => events?,
    };
    // Without accounts there are no sessions; browsers still tell themselves apart a little.
    let browser = caller.token.as_ref().unwrap_or(&caller.origin.agent);
    let stay = match &wanted.tab {
        None => Stay::Free,
        Some(tab) if wanted.poll => app.places.take_free(browser, tab).map_or(Stay::Briefly, Stay::Place),
        Some(tab) => Stay::Place(app.places.take(browser, tab)),
    };
    Ok(Some((viewer.account.id, events, stay)))
}

/// Streams it as the answer's body; a server that has a shorter way takes it out of the answer before.
fn stream_of(connection: Connection) -> Response {
    let stream = Stream(Arc::new(Mutex::new(Some(connection))));
    let body = stream::unfold((stream.clone(), None), async |(stream, taken)| {
        let mut connection = taken.or_else(|| stream.take())?;
        let mut out = Vec::new();
        let sent = connection.next(&mut out).await.then(|| Ok::<_, Infallible>(Bytes::from(out)));
        sent.map(|sent| (sent, (stream, Some(connection))))
    });
    let mut response = respond(Body::from_stream(body));
    response.extensions_mut().insert(stream);
    response
}

/// What an answer streams, among its extensions.
#[derive(Clone)]
pub(super) struct Stream(Arc<Mutex<Option<Connection>>>);

impl Stream {
    /// None: somebody has it already. What is left of the answer then has no end of its own.
    pub(super) fn take(&self) -> Option<Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn respond(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, body).into_response()
}

/// One open stream.
pub(super) struct Connection {
    token: Option<String>,
    user: UserId,
    events: Events,
    aside: BoxFuture<'static, Aside>,
    /// How often somebody's sessions had changed when it was last looked whether they were this person's.
    changes: u64,
    /// Sends what there is, and ends.
    is_brief: bool,
    /// When the session was last asked for, and when something was last sent: never, at the beginning.
    checked: Instant,
    sent: Option<Instant>,
    /// Fires when a sign of life may be due; it is not set anew for every event.
    due: Pin<Box<Sleep>>,
    over: bool,
    open: Open,
}

/// What happens beside the events, which is seldom: it is waited for once, not for each event anew.
enum Aside {
    /// The person's sessions have changed.
    Sessions(broadcast::Receiver<UserId>, Stay),
    /// Another tab has the place.
    Lost,
    /// The process ends.
    Closing,
}

async fn aside(app: App, user: UserId, stay: Stay, mut sessions: broadcast::Receiver<UserId>) -> Aside {
    loop {
        tokio::select! {
            biased;
            // Some of these messages may have been missed, which is as good as being meant.
            changed = sessions.recv() => if !changed.is_ok_and(|changed| changed != user) { break },
            () = stay.ends() => return Aside::Lost,
            () = app.closing.cancelled() => return Aside::Closing,
        }
    }
    Aside::Sessions(sessions, stay)
}

/// What a stream does next.
enum Next {
    Send(Sent),
    Beside(Aside),
    /// Nothing was sent for as long as may be.
    Silent,
}

/// Counts one open stream for as long as it is one.
struct Open(App);

impl Open {
    fn new(app: &App, events: &Events) -> Self {
        app.streams.open.add(1);
        app.streams.opened.add(1);
        app.streams.resumed.add(u64::from(events.is_held()));
        Self(app.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.streams.open.add(-1);
    }
}

impl Connection {
    fn new(
        open: Open,
        token: Option<String>,
        user: UserId,
        events: Events,
        stay: Stay,
        sessions: broadcast::Receiver<UserId>,
    ) -> Self {
        let due = Box::pin(sleep(open.0.settings.heartbeat()));
        let aside = Box::pin(aside(open.0.clone(), user, stay, sessions));
        let (changes, is_brief, checked, sent, over) = (0, false, Instant::now(), None, false);
        Self { token, user, events, aside, changes, is_brief, checked, sent, due, over, open }
    }

    /// Waits for what to send next, and writes it. False: that was all.
    pub(super) async fn next(&mut self, out: &mut Vec<u8>) -> bool {
        // Something at once, so that the browser knows the stream is open.
        if self.sent.is_none() {
            self.sent = Some(Instant::now());
            out.extend_from_slice(OPEN);
            return true;
        }
        let start = out.len();
        let sent = loop {
            if self.over {
                return false;
            }
            if self.is_brief {
                break self.events.ready();
            }
            match poll_fn(|task| self.poll_next(task)).await {
                Next::Send(sent) => break Some(sent),
                Next::Beside(Aside::Lost) => self.is_brief = true,
                Next::Beside(Aside::Closing) => return false,
                Next::Beside(Aside::Sessions(sessions, stay)) => {
                    if !self.still_holds().await {
                        return false;
                    }
                    self.aside = Box::pin(aside(self.open.0.clone(), self.user, stay, sessions));
                }
                Next::Silent => {
                    out.extend_from_slice(b": still here\n\n");
                    return self.is_sent(out, start).await;
                }
            }
        };
        self.over = matches!(sent, Some(Sent::Reset) | None);
        match sent {
            Some(Sent::Thread(entries)) => frames(out, "thread", &entries),
            Some(Sent::User(entries)) => frames(out, "user", &entries),
            Some(Sent::Reset) => {
                self.open.0.streams.resets.add(1);
                out.extend_from_slice(RESET);
            }
            None => out.extend_from_slice(YIELD),
        }
        self.is_sent(out, start).await
    }

    fn poll_next(&mut self, task: &mut Context<'_>) -> Poll<Next> {
        // What was taken away is so before anything else is shown.
        let changes = self.open.0.sessions.count();
        if changes != self.changes {
            self.changes = changes;
            if let Poll::Ready(aside) = self.aside.as_mut().poll(task) {
                return Poll::Ready(Next::Beside(aside));
            }
        }
        if let Poll::Ready(sent) = self.events.poll_next(task) {
            return Poll::Ready(Next::Send(sent));
        }
        // A comment goes out this often when nothing else does, so that no proxy takes the connection for dead. As often
        // it is asked whether the session still holds: one that another process ended stops seeing anything.
        let heartbeat = self.open.0.settings.heartbeat();
        while self.due.as_mut().poll(task).is_ready() {
            let silent = self.sent.map_or(heartbeat, |sent| sent.elapsed());
            let left = heartbeat.checked_sub(silent).filter(|left| !left.is_zero());
            self.due.as_mut().reset(Instant::now() + left.unwrap_or(heartbeat));
            if left.is_none() {
                return Poll::Ready(Next::Silent);
            }
        }
        // Last: what was settled because the process ends is told before it does.
        self.aside.as_mut().poll(task).map(Next::Beside)
    }

    /// What is to be sent now is in `out`, from `start` on. False: it must not be.
    async fn is_sent(&mut self, out: &mut Vec<u8>, start: usize) -> bool {
        let now = Instant::now();
        self.sent = Some(now);
        if now - self.checked >= self.open.0.settings.heartbeat() && !self.still_holds().await {
            return false;
        }
        pad(out, start);
        true
    }

    /// Whether the session that opened this stream is still one of the same person.
    async fn still_holds(&mut self) -> bool {
        self.checked = Instant::now();
        // In a box: it is much, and seldom there.
        let viewer = Box::pin(accounts::authenticate(&self.open.0, self.token.as_deref())).await;
        matches!(viewer, Ok(Some(viewer)) if viewer.account.id == self.user)
    }
}

impl Stay {
    /// Waits until nothing but what there is is to be sent.
    async fn ends(&self) {
        match self {
            Self::Free => pending().await,
            Self::Place(place) => place.lost().await,
            Self::Briefly => (),
        }
    }
}

/// Brings what is sent at once, from `start` on, to a multiple of [`PADDED`] bytes, with a comment that browsers pass over.
fn pad(out: &mut Vec<u8>, start: usize) {
    const FRAME: usize = ":\n\n".len();
    let length = out.len() - start + FRAME;
    out.push(b':');
    out.resize(out.len() + length.next_multiple_of(PADDED) - length, b' ');
    out.extend_from_slice(b"\n\n");
}

fn frames(out: &mut Vec<u8>, name: &str, entries: &[(Position, Arc<str>)]) {
    out.reserve(entries.iter().map(|(_, data)| data.len() + AROUND).sum::<usize>() + PADDED);
    for (position, data) in entries {
        // Writing to memory cannot fail.
        let _ = write!(out, "id: {position}\nevent: {name}\ndata: {data}\n\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Seq;

    #[test]
    fn the_length_of_what_is_sent_does_not_tell_the_word() {
        let position = Position { thread: Some(Seq { epoch: 7, number: 42 }), user: Seq::default() };
        let sent = |word: &str| {
            let mut out = Vec::new();
            let data = format!(r#"{{"op":"text","part":"text","change":{{"do":"append","block":0,"html":"{word}"}}}}"#);
            frames(&mut out, "thread", &[(position, data.into())]);
            let frame = out.clone();
            pad(&mut out, 0);
            let added = str::from_utf8(out.strip_prefix(&frame[..]).unwrap()).unwrap();
            assert!(added.starts_with(':') && added.ends_with("\n\n") && added.matches('\n').count() == 2, "{added:?}");
            out.len()
        };
        let lengths = ["a", "of", "the", "word", "seven", "twelve", "hundred", "thousand", "enumerated"].map(sent);
        assert!(lengths.iter().all(|length| *length == lengths[0] && length % PADDED == 0), "{lengths:?}");
        for length in 0..1000 {
            assert_eq!(sent(&"x".repeat(length)) % PADDED, 0);
        }
    }
}
