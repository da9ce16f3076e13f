//! What the process says of itself, on standard error: runs and threads by their ids, and never a word of a message.

use std::panic::{self, PanicHookInfo};

use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, util::SubscriberInitExt};

use super::config::LogFormat;

/// What is said where `RUST_LOG` does not say otherwise.
const USUAL: &str = "info,sqlx=warn,tower_http=warn";

/// Begins to log. To be called once, before anything is logged.
pub fn begin(format: LogFormat) {
    let said = std::env::var(EnvFilter::DEFAULT_ENV).ok().filter(|said| !said.trim().is_empty());
    let filter = said.and_then(|said| EnvFilter::try_new(said).ok()).unwrap_or_else(|| EnvFilter::new(USUAL));
    lines(format, filter, std::io::stderr).init();
    panic::set_hook(Box::new(broke));
}

/// Writes lines in this format to there.
pub(super) fn lines<W>(format: LogFormat, filter: EnvFilter, to: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(to);
    match format {
        LogFormat::Text => Box::new(lines.finish()),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).with_span_list(false).finish()),
    }
}

/// Logs a panic: where, and what if that is a fixed text. One that was put together may have a person's words in it: that
/// of a text cut in the middle of a letter has the text.
pub(super) fn broke(panic: &PanicHookInfo<'_>) {
    let said = panic.payload().downcast_ref::<&str>().copied().unwrap_or("not told: its words are not fixed");
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, said, "a panic");
}
