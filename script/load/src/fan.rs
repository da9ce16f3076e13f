//! One stream with many viewers: how long until the last of them has a token. Beside it, in the same run, a server that
//! does nothing else than keep and fan out streams, `durable-streams-server`.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    clock,
    host::{self, Running},
    http::Connection,
    pin::Pinned,
    relay,
    report::{Part, Row},
    sample::Sample,
    script::Script,
    stage::Stage,
};

const VIEWERS: [usize; 4] = [10, 100, 1_000, 5_000];
const RATE: f64 = 50.0;
const SECONDS: f64 = 5.0;
/// Tokens at the beginning that are not measured.
const SETTLING: usize = 50;
/// What the last of a thousand viewers may wait at the 99th percentile, in milliseconds.
const LAST: (usize, f64) = (1_000, 20.0);
const PATIENCE: Duration = Duration::from_secs(60);

/// When each token was sent and when the last viewer had it, in microseconds.
#[derive(Default)]
struct Token {
    sent: AtomicU64,
    last: AtomicU64,
    /// How many viewers have it.
    seen: AtomicU64,
}

/// What one fan-out showed.
struct Outcome {
    /// Milliseconds until the last viewer had a token.
    last: Sample,
    /// Microseconds of processor for one token to one viewer.
    cpu: Option<f64>,
    own: Option<f64>,
    /// Tokens that did not come to every viewer.
    missing: usize,
}

pub async fn run(stage: &mut Stage, peer: Option<&Path>) -> Result<Part> {
    let pinned = Pinned::begin()?;
    stage.again(|stage| pinned.start(|| stage.started()))?;
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for viewers in VIEWERS {
        let ours = ours(stage, viewers).await?;
        let theirs = match peer {
            Some(program) => {
                let address = host::free_address()?;
                let log = stage.work.join("durable-streams.log");
                let bind = address.to_string();
                let variables = [("DS_SERVER__BIND_ADDRESS", bind.as_str()), ("RUST_LOG", "warn")];
                let server = pinned.start(|| Running::silent(program, &[], &variables, &log, address))?;
                Some(theirs(&server, viewers).await?)
            }
            None => None,
        };
        let said = |outcome: &Outcome| {
            let lost = if outcome.missing > 0 { format!(", {} not to all", outcome.missing) } else { String::new() };
            format!("{:.1} / {:.1} ms{lost}", outcome.last.median(), outcome.last.at(0.99))
        };
        let beside = theirs.as_ref().map_or("peer not there".to_owned(), |theirs| format!("peer {}", said(theirs)));
        let cost = |outcome: &Outcome| outcome.cpu.map_or("–".to_owned(), |cpu| format!("{cpu:.1} µs"));
        let costs = [Some(&ours), theirs.as_ref()].into_iter().flatten().map(cost).collect::<Vec<_>>().join(", peer ");
        let judged = (viewers == LAST.0).then(|| ours.missing == 0 && ours.last.at(0.99) <= LAST.1);
        rows.push(Row::new(
            format!("one stream of {RATE} tokens/s to {viewers} viewers: to the last of them, p50 / p99"),
            format!("{} ({beside}; processor a token and viewer: {costs})", said(&ours)),
            if viewers == LAST.0 { "p99 ≤ 20 ms" } else { "" },
            judged,
        ));
        let of = |outcome: &Outcome| {
            let Outcome { last, cpu, own, missing } = outcome;
            json!({ "last_ms": last.json(), "cpu_us": cpu, "generator_core": own, "missing": missing })
        };
        let theirs: Value = theirs.as_ref().map(of).into();
        data.push(json!({ "viewers": viewers, "program": of(&ours), "durable-streams-server": theirs }));
        eprintln!("bench: {}", data[data.len() - 1]);
    }
    drop(pinned);
    stage.again(Stage::started)?;
    Ok(Part { rows, data: json!(data) })
}

fn tokens() -> usize {
    (RATE * SECONDS) as usize
}

/// All viewers are the same person's, in many sessions: nobody else may see a thread.
async fn ours(stage: &Stage, viewers: usize) -> Result<Outcome> {
    let script = Script { rate: RATE, tokens: tokens() as u32, gate: true, ..Script::default() };
    let thread = stage.ada()?.start(&script.message()).await?;
    let mut open = Vec::new();
    for number in 0..viewers {
        open.push(relay::follow(&stage.ada_elsewhere(number)?, &thread).await?);
    }
    timeout(PATIENCE, async {
        while stage.provider.waiting() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .context("the stream did not arrive at the model")?;
    let outcome = watch(stage.server()?, open, async {
        stage.provider.open(true);
        Ok(())
    });
    let outcome = outcome.await;
    stage.provider.open(false);
    outcome
}

/// The same text, appended by us to a stream of theirs.
async fn theirs(server: &Running, viewers: usize) -> Result<Outcome> {
    let (path, host) = ("/v1/stream/bench", server.address.to_string());
    let fields = [("host", host.as_str()), ("content-type", "text/plain")];
    let mut writer = Connection::open(server.address).await?;
    writer.send("PUT", path, &fields, "").await?;
    let status = answered(&mut writer).await?;
    ensure!(status == 201, "making a stream: {status}");
    let mut open = Vec::new();
    for _ in 0..viewers {
        let mut viewer = Connection::open(server.address).await?;
        viewer.send("GET", &format!("{path}?offset=-1&live=sse"), &fields, "").await?;
        match viewer.head().await?.context("no answer")?.status() {
            200 => open.push(viewer),
            status => bail!("following a stream: {status}"),
        }
    }
    watch(server, open, async {
        let mut text = Script::default().text();
        let start = tokio::time::Instant::now();
        for number in 0..tokens() {
            tokio::time::sleep_until(start + Duration::from_secs_f64(number as f64 / RATE)).await;
            writer.send("POST", path, &fields, &text.token(Script::default().bytes)).await?;
            let status = answered(&mut writer).await?;
            ensure!((200..300).contains(&status), "appending: {status}");
        }
        Ok(())
    })
    .await
}

async fn answered(connection: &mut Connection) -> Result<u16> {
    let head = connection.head().await?.context("no answer")?;
    connection.body(&head).await?;
    Ok(head.status())
}

/// Views while `write` makes the stream come.
async fn watch(server: &Running, open: Vec<Connection>, write: impl Future<Output = Result<()>>) -> Result<Outcome> {
    tokio::time::sleep(Duration::from_millis(500)).await;
    let viewers = open.len();
    let seen: Arc<Vec<Token>> = Arc::new((0..tokens()).map(|_| Token::default()).collect());
    let mut views = JoinSet::new();
    for viewer in open {
        views.spawn(view(viewer, seen.clone()));
    }
    let (cpu, own, start) = (server.cpu(), host::cpu("self"), clock::now());
    write.await?;
    while let Some(viewed) = views.join_next().await {
        viewed??;
    }
    let took = (clock::now() - start) as f64;
    let cpu = cpu.zip(server.cpu()).map(|(before, after)| (after - before) / (tokens() * viewers) as f64);
    let own = own.zip(host::cpu("self")).map(|(before, after)| (after - before) / took);
    let (mut last, mut missing) = (Sample::default(), 0);
    for token in &seen[SETTLING..] {
        match token.seen.load(Relaxed) == viewers as u64 {
            true => last.add((token.last.load(Relaxed) - token.sent.load(Relaxed)) as f64 / 1000.0),
            false => missing += 1,
        }
    }
    Ok(Outcome { last, cpu, own, missing })
}

async fn view(mut connection: Connection, tokens: Arc<Vec<Token>>) -> Result<()> {
    let (mut carried, mut next, mut newest) = (Vec::new(), 0, 0);
    while next < tokens.len() {
        let Ok(bytes) = timeout(Duration::from_secs(10), connection.some()).await else { break };
        let (bytes, now) = (bytes?, clock::now());
        if bytes.is_empty() {
            break;
        }
        carried.extend(bytes);
        let rest = clock::stamps(&carried, |at| {
            if at > newest {
                newest = at;
                if let Some(token) = tokens.get(next) {
                    token.sent.store(at, Relaxed);
                    token.last.fetch_max(now, Relaxed);
                    token.seen.fetch_add(1, Relaxed);
                }
                next += 1;
            }
        });
        carried.drain(..carried.len() - rest);
    }
    Ok(())
}
