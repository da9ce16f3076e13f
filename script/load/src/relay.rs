//! Many streams at once: what the server adds to each token's way, and what it costs.
//!
//! Model and viewers are this process, so one clock tells both when a token left and when it came. The same load is run
//! three times: straight from model to viewer (the instrument itself), through a relay that only passes bytes on (the
//! least that any relay costs here), and through the program, which also renders and stores.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    clock,
    host::{self, Running},
    http::{Connection, Person},
    provider::Provider,
    report::{Part, Row},
    sample::Sample,
    script::Script,
    stage::Stage,
};

/// What comes in the first second is not measured: everything starts at once there.
const SETTLING: u64 = 1_000_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub streams: usize,
    /// Viewers of each stream.
    pub viewers: usize,
    /// Tokens a second in each.
    pub rate: f64,
    pub seconds: f64,
}

/// What one run showed.
pub struct Outcome {
    /// Milliseconds from model to viewer.
    pub delay: Sample,
    /// Microseconds of processor for a token.
    pub cpu: Option<f64>,
    /// The part of one core's time that was used while tokens came: of what is measured, and of the instrument.
    pub busy: Option<f64>,
    pub own: Option<f64>,
    /// Tokens that came to no viewer, or are not in the database.
    pub missing: u64,
}

/// Runs each load on each way; the parts are `relay` and `cpu`.
pub async fn run(stage: &Stage, loads: &[Load]) -> Result<(Part, Part)> {
    let itself = std::env::current_exe()?;
    let upstream = stage.provider.address.to_string();
    let log = stage.work.join("relay.log");
    let (mut delays, mut costs) = (Vec::new(), Vec::new());
    let (mut delay_data, mut cost_data) = (Vec::new(), Vec::new());
    for load in loads {
        let direct = straight(stage, load).await?;
        let relay = Running::start(&itself, &["pass", &upstream], &[], &log)?;
        let relayed = through(&stage.provider, Some(&relay), load, viewer_of(relay.address)).await?;
        drop(relay);
        let (ours, starts) = program(stage, load).await?;

        let of = |outcome: &Outcome| (outcome.delay.median(), outcome.delay.at(0.99));
        let ((p50, p99), (floor50, floor99), (bare50, bare99)) = (of(&ours), of(&direct), of(&relayed));
        // The 99th is judged as it is: what is not the server's in it cannot be told apart.
        let added = (p50 - floor50).max(0.0);
        let viewers = if load.viewers == 1 { String::new() } else { format!(", {} viewers each", load.viewers) };
        let what = format!("{} × {} tokens/s{viewers}", load.streams, load.rate);
        delays.push(Row::new(
            format!("{what}: delay added, p50; on the whole way, p99"),
            format!(
                "{added:.2} ms; {p99:.1} ms (bare relay {:.2}; {bare99:.1}, straight {floor50:.2} in all; {floor99:.1})",
                (bare50 - floor50).max(0.0),
            ),
            "≤ 1 ms; ≤ 10 ms",
            Some(added <= 1.0 && p99 <= 10.0 && ours.missing == 0),
        ));
        let (all, refused, slowest) = starts;
        if load.streams > 1 {
            delays.push(Row::new(
                format!("{all} starts at once"),
                format!("{refused} refused, the last accepted after {slowest:.0} ms; {} tokens lost", ours.missing),
                "none refused",
                Some(refused == 0 && ours.missing == 0),
            ));
        }
        let cost = |of: Option<f64>| of.map_or("–".to_owned(), |cpu| format!("{cpu:.0} µs"));
        let ratio = ours.cpu.zip(relayed.cpu).map_or(String::new(), |(ours, bare)| format!(", {:.1} ×", ours / bare));
        costs.push(Row::new(
            format!("{what}: server CPU a token"),
            format!("{} (bare relay {}{ratio})", cost(ours.cpu), cost(relayed.cpu)),
            "≤ 60 µs",
            ours.cpu.map(|cpu| cpu <= 60.0),
        ));
        let ways = [("direct", &direct), ("bare relay", &relayed), ("program", &ours)];
        let of =
            |value: fn(&Outcome) -> Value| ways.iter().map(|(way, outcome)| (*way, value(outcome))).collect::<Value>();
        let load =
            json!({ "streams": load.streams, "viewers": load.viewers, "rate": load.rate, "seconds": load.seconds });
        let starts = json!({ "all": all, "refused": refused, "last_ms": slowest });
        delay_data.push(json!({ "load": load, "ms": of(|outcome| outcome.delay.json()), "starts": starts }));
        cost_data.push(json!({ "load": load, "us": of(|outcome| json!(outcome.cpu)) }));
    }
    Ok((Part { rows: delays, data: json!(delay_data) }, Part { rows: costs, data: json!(cost_data) }))
}

fn script(load: &Load) -> Script {
    let tokens = (load.rate * load.seconds) as u32;
    Script { rate: load.rate, tokens, gate: true, ..Script::default() }
}

/// From the model to its viewers with nothing in between: what the instrument itself takes. A stream that several view is
/// as many here.
pub async fn straight(stage: &Stage, load: &Load) -> Result<Outcome> {
    through(&stage.provider, None, load, viewer_of(stage.provider.address)).await
}

/// Asks the model, or a relay to it.
pub fn viewer_of(address: std::net::SocketAddr) -> impl AsyncFn(&Script) -> Result<Connection> {
    async move |script: &Script| {
        let mut connection = Connection::open(address).await?;
        let body = json!({ "stream": true, "messages": [{ "role": "user", "content": script.message() }] });
        connection.send("POST", "/v1/chat/completions", &[("host", "bench")], &body.to_string()).await?;
        Ok(connection)
    }
}

/// Views streams that need nobody else. Each viewer has its own, as nothing in between could share one.
pub async fn through(
    provider: &Provider,
    measured: Option<&Running>,
    load: &Load,
    open: impl AsyncFn(&Script) -> Result<Connection>,
) -> Result<Outcome> {
    let script = script(load);
    let mut viewers = Vec::new();
    for _ in 0..load.streams {
        viewers.push(open(&script).await?);
    }
    watch(provider, measured, &script, load.streams, viewers).await
}

/// Opens the gate when all streams are ready, and views them to their ends.
async fn watch(
    provider: &Provider,
    measured: Option<&Running>,
    script: &Script,
    streams: usize,
    viewers: Vec<Connection>,
) -> Result<Outcome> {
    timeout(PATIENCE, async {
        while provider.waiting() < streams {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .context("not all streams arrived at the model")?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (cpu, sent, start) = (measured.and_then(Running::cpu), provider.sent(), clock::now());
    let own = host::cpu("self");
    let mut views = JoinSet::new();
    for viewer in viewers {
        views.spawn(view(viewer, script.tokens, start + SETTLING));
    }
    provider.open(true);
    let (mut delay, mut missing) = (Sample::default(), 0);
    while let Some(viewed) = views.join_next().await {
        let (sample, lost) = viewed??;
        delay.extend(sample);
        missing += lost;
    }
    provider.open(false);
    let tokens = (provider.sent() - sent) as f64;
    let took = (clock::now() - start) as f64;
    let used = |before: Option<f64>, after: Option<f64>| Some((after? - before?) / took);
    let (busy, own) = (used(cpu, measured.and_then(Running::cpu)), used(own, host::cpu("self")));
    // What is done after the last token belongs to it.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let cpu = cpu.zip(measured.and_then(Running::cpu)).map(|(before, after)| (after - before) / tokens);
    Ok(Outcome { delay, cpu, busy, own, missing })
}

/// Views one stream until its last token; what was sent before `from` is counted, but not measured.
async fn view(mut connection: Connection, tokens: u32, from: u64) -> Result<(Sample, u64)> {
    let (mut delay, mut seen, mut newest) = (Sample::default(), 0, 0);
    let mut carried = Vec::new();
    while seen < tokens {
        let bytes = match timeout(Duration::from_secs(20), connection.some()).await {
            Ok(bytes) => bytes?,
            Err(_) => break,
        };
        let now = clock::now();
        if bytes.is_empty() {
            break;
        }
        carried.extend(bytes);
        let rest = clock::stamps(&carried, |at| {
            // A block that is sent again has old stamps in it.
            if at > newest {
                (newest, seen) = (at, seen + 1);
                if at >= from {
                    delay.add((now - at) as f64 / 1000.0);
                }
            }
        });
        carried.drain(..carried.len() - rest);
    }
    Ok((delay, u64::from(tokens - seen)))
}

/// The same through the program: everything is started at once, watched, and looked up in the database afterwards.
pub async fn program(stage: &Stage, load: &Load) -> Result<(Outcome, (usize, usize, f64))> {
    let script = script(load);
    let start = clock::now();
    let mut starting = JoinSet::new();
    for number in 0..load.streams {
        let (person, message) = (stage.someone(number)?, script.message());
        starting.spawn(async move { (person.start(&message).await.map(|thread| (person, thread)), clock::now()) });
    }
    let (mut started, mut refused, mut last) = (Vec::new(), 0, start);
    while let Some(result) = starting.join_next().await {
        match result? {
            (Ok(value), at) => {
                started.push(value);
                last = last.max(at);
            }
            (Err(error), _) => {
                refused += 1;
                eprintln!("bench: a start was refused: {error:#}");
            }
        }
    }
    let mut viewers = Vec::new();
    for (person, thread) in &started {
        for _ in 0..load.viewers {
            viewers.push(follow(person, thread).await?);
        }
    }
    let mut outcome = watch(&stage.provider, stage.server.as_ref(), &script, started.len(), viewers).await?;
    for (person, thread) in &started {
        outcome.missing +=
            u64::from(script.tokens) - stored(person, &thread["answer"]).await?.min(script.tokens.into());
    }
    Ok((outcome, (load.streams, refused, (last - start) as f64 / 1000.0)))
}

/// Follows a thread from where it was started.
pub async fn follow(person: &Person, thread: &Value) -> Result<Connection> {
    let id = thread["thread"].as_str().context("no thread")?;
    let seq = thread["seq"].as_str().context("no place to follow from")?;
    let path = format!("/events?thread={id}&after=0-0~{seq}");
    let mut connection = Connection::open(person.address).await?;
    person.send(&mut connection, "GET", &path, "text/plain", "").await?;
    match connection.head().await?.context("no answer")?.status() {
        200 => Ok(connection),
        status => bail!("following a thread: {status}"),
    }
}

/// How many tokens of an answer are in the database.
async fn stored(person: &Person, answer: &Value) -> Result<u64> {
    let text = person.call("messages/source", &json!({ "id": answer })).await?;
    let mut count = 0;
    clock::stamps(text.as_str().unwrap_or_default().as_bytes(), |_| count += 1);
    Ok(count)
}

/// The loads of the table.
pub fn usual() -> Vec<Load> {
    let load = |streams, seconds| Load { streams, viewers: 1, rate: 50.0, seconds };
    vec![load(1, 8.0), load(50, 8.0), load(200, 10.0)]
}

/// `--streams 50 --viewers 4 --rate 20 --seconds 10`, each with a default.
pub fn asked(arguments: &[String]) -> Result<Option<Load>> {
    let mut load = Load { streams: 200, viewers: 1, rate: 50.0, seconds: 10.0 };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { bail!("{} needs a value", pair[0]) };
        match name.as_str() {
            "--streams" => load.streams = value.parse()?,
            "--viewers" => load.viewers = value.parse()?,
            "--rate" => load.rate = value.parse()?,
            "--seconds" => load.seconds = value.parse()?,
            other => bail!("{other} is no option"),
        }
    }
    Ok((!arguments.is_empty()).then_some(load))
}
