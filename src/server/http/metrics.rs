//! `GET /metrics`: the numbers of this process, for Prometheus.
//!
//! There is no such page before the server is given a token for it, not on a loopback address either: behind a proxy on
//! the same machine everybody comes from there.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::answer::failed;
use crate::{
    model::Error,
    server::{app::App, auth::token, hub::Held, metrics::Page},
};

/// Everything there is, to whoever brings the token.
pub async fn metrics(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some(wanted) = app.settings.metrics_token() else { return failed(&Error::NotFound) };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|given| given.strip_prefix("Bearer "));
    // Hashes are compared: how long that takes says nothing about the token.
    if given.is_none_or(|given| token::hash(given) != token::hash(wanted)) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    let mut page = Page::default();
    page.gauge("skein_info", "The version that runs.").value(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    runs(&app, &mut page).await;
    streams(&app, &mut page);
    logs(&app, &mut page);
    store(&app, &mut page);
    process(&mut page);
    ([(header::CONTENT_TYPE, Page::KIND)], page.text()).into_response()
}

async fn runs(app: &App, page: &mut Page) {
    let numbers = app.runs.numbers();
    page.gauge("skein_runs_active", "Answers that are being written.").value(&[], app.runs.active());
    match app.store.waiting().await {
        Ok(waiting) => {
            page.gauge("skein_runs_queued", "Messages that wait to be sent.").value(&[], waiting);
        }
        // The other numbers are wanted all the more then.
        Err(error) => tracing::warn!(%error, "could not count what waits"),
    }
    page.histogram(
        "skein_first_token_seconds",
        "From a run's start to the first token from its model.",
        &numbers.first_token,
    );
    let mut tokens = page.counter("skein_tokens_total", "Tokens, as the model's server counted them or as estimated.");
    for (part, counted, count) in numbers.tokens() {
        tokens.value(&[("part", part), ("counted", counted)], count);
    }
    let mut settled = page.counter("skein_runs_settled_total", "Runs that ended, by how and why.");
    for ((status, failure), count) in numbers.settled() {
        settled.value(&[("status", status), ("failure", failure)], count);
    }
}

fn streams(app: &App, page: &mut Page) {
    let streams = &app.streams;
    page.gauge("skein_viewers", "Open event streams.").value(&[], streams.open.get());
    page.counter("skein_streams_opened_total", "Event streams opened.").value(&[], streams.opened.get());
    page.counter("skein_stream_resumes_total", "Event streams opened at a place from which nothing was missing.")
        .value(&[], streams.resumed.get());
    page.counter("skein_stream_resets_total", "Event streams that were told to take a new page.")
        .value(&[], streams.resets.get());
}

fn logs(app: &App, page: &mut Page) {
    let held = app.hub.held();
    let kinds = [("thread", held.threads), ("user", held.users)];
    let mut each = |name, help, of: fn(&Held) -> usize| {
        let mut family = page.gauge(name, help);
        for (kind, held) in &kinds {
            family.value(&[("log", kind)], of(held));
        }
    };
    each("skein_event_logs", "Event logs held in memory.", |held| held.logs);
    each("skein_event_log_events", "Events held in them.", |held| held.events);
    each("skein_event_log_bytes", "Bytes of the events held in them.", |held| held.bytes);
}

fn store(app: &App, page: &mut Page) {
    let writes = app.store.writes();
    page.histogram(
        "skein_store_write_seconds",
        "Writes to the database, waiting for their turn included.",
        &writes.whole,
    );
    page.histogram("skein_store_commit_seconds", "Commits alone.", &writes.commit);
    page.counter("skein_store_write_failures_total", "Writes that failed for good.").value(&[], writes.failed.get());
}

/// Of the process itself, where the system tells (Linux), by the names that everybody's have.
fn process(page: &mut Page) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    if let Some(kilobytes) = resident {
        let kilobytes: u64 = kilobytes;
        page.gauge("process_resident_memory_bytes", "Memory that is held.").value(&[], kilobytes * 1024);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        // The folder itself is open while it is read.
        page.gauge("process_open_fds", "Open files and connections.").value(&[], open.count().saturating_sub(1));
    }
}
