//! What the server holds for a viewer to whom nothing happens, and for an answer that is being written.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use serde_json::json;
use tokio::time::timeout;

use crate::{
    host::Running,
    http::{Connection, Person},
    relay,
    report::{Part, Row},
    sample::Sample,
    script::Script,
    stage::Stage,
};

/// How often it is measured, each time in a new process.
const TIMES: usize = 2;
const VIEWERS: usize = 2_000;
const RUNS: usize = 400;
/// What was there before those that are counted, so that what the first ones need once is not counted with them.
const FIRST: usize = 100;
/// Of each answer: some 7 KB of text, in as many events.
const TOKENS: u32 = 400;
/// After this long it is what it will be.
const QUIET: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(120);
const KIB: f64 = 1024.0;
/// The most an idle viewer may hold, and an answer over its text, in KiB.
const VIEWER: f64 = 16.0;
const RUN: f64 = 100.0;

pub async fn run(stage: &mut Stage) -> Result<Part> {
    let (mut viewer, mut run, mut log) = (Sample::default(), Sample::default(), Sample::default());
    for _ in 0..TIMES {
        stage.again(Stage::watched)?;
        viewer.add(viewers(stage).await?);
        stage.again(Stage::watched)?;
        let (held, events) = runs(stage).await?;
        run.add(held);
        log.add(events);
    }
    stage.again(Stage::started)?;
    let text = f64::from(TOKENS) * Script::default().bytes as f64 / KIB;
    let (view, held) = (viewer.median(), run.median());
    let rows = vec![
        Row::new(
            format!("memory of an idle viewer, of {VIEWERS}"),
            format!("{view:.1} KiB"),
            "≤ 16 KiB",
            Some(view <= VIEWER),
        ),
        Row::new(
            format!("memory of an answer of {TOKENS} tokens while it is written, of {RUNS}, over its text"),
            format!(
                "{held:.0} KiB, of which {:.0} KiB are events for who comes back (text {text:.0} KiB)",
                log.median()
            ),
            "≤ 100 KiB",
            Some(held <= RUN),
        ),
    ];
    let data = json!({ "viewer_kib": viewer.json(), "run_kib": run.json(), "events_kib": log.json() });
    Ok(Part { rows, data })
}

fn held(stage: &Stage) -> Result<f64> {
    Ok(stage.server()?.memory().context("the system does not tell what a process holds")? * 1e6 / KIB)
}

/// KiB for each.
async fn viewers(stage: &Stage) -> Result<f64> {
    let thread = stage.ada()?.start(&Script { tokens: 1, ..Script::default() }.message()).await?;
    let mut open = Vec::new();
    let mut before = 0.0;
    for number in 0..FIRST + VIEWERS {
        if number == FIRST {
            tokio::time::sleep(QUIET).await;
            before = held(stage)?;
        }
        open.push(relay::follow(&stage.ada_elsewhere(number)?, &thread).await?);
    }
    tokio::time::sleep(QUIET).await;
    let after = held(stage)?;
    drop(open);
    Ok((after - before) / VIEWERS as f64)
}

/// KiB for each over its text, and of its events alone. Nobody watches; each waits for its last token.
async fn runs(stage: &Stage) -> Result<(f64, f64)> {
    let script = Script { tokens: TOKENS, hold: true, ..Script::default() };
    start(stage, &script, 0..FIRST).await?;
    let (before, events) = (held(stage)?, event_bytes(&stage.ada()?).await?);
    start(stage, &script, FIRST..FIRST + RUNS).await?;
    let (after, all) = (held(stage)?, event_bytes(&stage.ada()?).await?);
    stage.provider.open(true);
    timeout(PATIENCE, async {
        while stage.provider.waiting() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await?;
    stage.provider.open(false);
    let text = f64::from(script.tokens) * script.bytes as f64 / KIB;
    Ok(((after - before) / RUNS as f64 - text, (all - events) / KIB / RUNS as f64))
}

/// Starts these and waits until all that are there have said everything but the end.
async fn start(stage: &Stage, script: &Script, numbers: std::ops::Range<usize>) -> Result<()> {
    let all = numbers.end;
    for number in numbers {
        stage.someone(number)?.start(&script.message()).await?;
    }
    timeout(PATIENCE, async {
        while stage.provider.waiting() < all {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .context("not all answers came to their last token")?;
    tokio::time::sleep(QUIET).await;
    Ok(())
}

/// The token of the servers that are asked for their numbers.
pub const TOKEN: &str = "the-bench-asks-for-numbers";

/// The numbers of a server that was started with [`TOKEN`], as they are written.
pub async fn numbers(person: &Person) -> Result<String> {
    let mut connection = Connection::open(person.address).await?;
    let (host, token) = (person.address.to_string(), format!("Bearer {TOKEN}"));
    let fields = [("host", host.as_str()), ("authorization", &token), ("accept-encoding", "identity")];
    connection.send("GET", "/metrics", &fields, "").await?;
    let head = connection.head().await?.context("no answer")?;
    anyhow::ensure!(head.status() == 200, "the numbers: {}", head.status());
    Ok(String::from_utf8(connection.body(&head).await?)?)
}

/// One of them.
pub fn number(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

async fn event_bytes(person: &Person) -> Result<f64> {
    number(&numbers(person).await?, "skein_event_log_bytes{log=\"thread\"}").context("no such number")
}

impl Stage {
    /// A server that tells its numbers.
    fn watched(&self) -> Result<Running> {
        let (url, program, data): (_, &Path, &Path) = (self.provider.url(), &self.program, &self.data);
        let settings = [("OPENAI_API_BASE_URL", url.as_str()), ("SKEIN_METRICS_TOKEN", TOKEN)];
        Running::server_with(program, data, 0, &settings)
    }
}
