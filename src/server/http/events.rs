//! `GET /events`: the one stream of a tab. Server-sent events (WHATWG HTML, 9.2) written by hand, since they arrive here
//! encoded already: `thread` and `user` carry one change each, `reset` asks for a new page.

use std::{
    convert::Infallible,
    fmt::Write,
    time::{Duration, Instant},
};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde::Deserialize;
use tokio::time::timeout;

use super::guard::failed;
use crate::{
    model::{Error, Position, ThreadId},
    server::{
        actions::{
            accounts,
            events::{self, Events, Sent},
        },
        app::App,
        call::Caller,
    },
};

/// A comment goes out this often when nothing else does, so that no proxy takes the connection for dead, and so that a
/// session that was ended on another server of the same database stops seeing anything.
const HEARTBEAT: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
pub struct Wanted {
    thread: Option<String>,
    after: Option<String>,
}

/// Follows the viewer's own channel, and a thread if one is named. `Last-Event-ID` wins over `after`: it is newer.
pub async fn events(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    match open(&app, &caller, &wanted, &headers).await {
        Ok(events) => stream_of(app, caller, events),
        Err(error) => failed(&error),
    }
}

async fn open(app: &App, caller: &Caller, wanted: &Wanted, headers: &HeaderMap) -> Result<Events, Error> {
    let viewer = caller.viewer.as_ref().ok_or(Error::Unauthorized)?;
    // An id that is no id is nobody's thread.
    let thread = match &wanted.thread {
        Some(id) => Some(id.parse::<ThreadId>().map_err(|_| Error::NotFound)?),
        None => None,
    };
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let place = last.or(wanted.after.as_deref()).and_then(|text| text.parse().ok());
    events::follow(app, viewer, thread, place.unwrap_or_default()).await
}

fn stream_of(app: App, caller: Caller, events: Events) -> Response {
    let checked = Instant::now();
    let body = stream::unfold(Some((app, caller, events, checked, true)), |state| async {
        let (app, caller, mut events, mut checked, first) = state?;
        if first {
            // Something at once, so that the browser knows the stream is open.
            return Some((
                Ok::<_, Infallible>(Bytes::from_static(b": open\n\n")),
                Some((app, caller, events, checked, false)),
            ));
        }
        let mut out = String::new();
        let next = tokio::select! {
            () = app.closing.cancelled() => return None,
            next = timeout(HEARTBEAT, events.next()) => next,
        };
        let mut more = true;
        match next {
            Ok(Sent::Thread(entries)) => frames(&mut out, "thread", &entries),
            Ok(Sent::User(entries)) => {
                // It may be the very session of this stream that ended.
                if !alive(&app, &caller).await {
                    return None;
                }
                checked = Instant::now();
                frames(&mut out, "user", &entries);
            }
            Ok(Sent::Reset) => {
                out.push_str("event: reset\ndata: {}\n\n");
                more = false;
            }
            Err(_) => out.push_str(": still here\n\n"),
        }
        if checked.elapsed() >= HEARTBEAT {
            checked = Instant::now();
            more &= alive(&app, &caller).await;
        }
        Some((Ok(Bytes::from(out)), more.then_some((app, caller, events, checked, false))))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(body)).into_response()
}

/// Whether the session is still there.
async fn alive(app: &App, caller: &Caller) -> bool {
    matches!(accounts::authenticate(app, caller.token.as_deref()).await, Ok(Some(_)))
}

fn frames(out: &mut String, name: &str, entries: &[(Position, std::sync::Arc<str>)]) {
    for (position, data) in entries {
        // Writing to a string cannot fail.
        let _ = write!(out, "id: {position}\nevent: {name}\ndata: {data}\n\n");
    }
}
