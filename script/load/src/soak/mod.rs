//! `script/soak`: people, answers, faults and viewers for as long as one likes, and at the end whether anything is wrong,
//! lost, or still growing.

mod actor;
mod judge;
mod tally;
mod viewer;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use tokio::task::JoinSet;

use crate::{
    host::Running,
    http::Person,
    memory::{TOKEN, number, numbers},
    provider::Provider,
    report,
    seed::{self, Seed},
};
use judge::Moment;
use tally::Tally;

/// How often it is looked how much the server holds.
const LOOK: Duration = Duration::from_secs(5);
/// How long everything may take to come to rest at the end.
const REST: Duration = Duration::from_secs(60);

/// How long, and how many people at once.
pub struct Wanted {
    minutes: f64,
    people: usize,
}

/// `--minutes 30 --people 20`.
fn wanted(arguments: &[String]) -> Result<Wanted> {
    let mut wanted = Wanted { minutes: 30.0, people: 20 };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { bail!("{} needs a value", pair[0]) };
        match name.as_str() {
            "--minutes" => wanted.minutes = value.parse()?,
            "--people" => wanted.people = value.parse()?,
            other => bail!("{other} is no option"),
        }
    }
    Ok(wanted)
}

/// Everything that those who take part need.
pub struct Soak {
    pub provider: Provider,
    pub tally: Tally,
    pub end: Instant,
}

/// Runs it, prints what came out, and fails if anything is wrong.
pub async fn run(program: &Path, out: &Path, work: &Path, arguments: &[String]) -> Result<()> {
    let wanted = wanted(arguments)?;
    let (data, provider) = (work.join("data"), Provider::start().await?);
    std::fs::create_dir_all(&data)?;
    let mut seed = Seed::begin(program, &data, provider.model()).await?;
    let mut cookies = Vec::new();
    for number in 0..wanted.people {
        cookies.push(seed.someone(&format!("person{number}")).await?.cookie);
    }
    seed.end().await?;
    let url = provider.url();
    // A model that says nothing has failed after three seconds; nobody asks it often for long.
    let settings = [
        ("OPENAI_API_BASE_URL", url.as_str()),
        ("SKEIN_METRICS_TOKEN", TOKEN),
        ("SKEIN_IDLE_TIMEOUT", "3"),
        ("SKEIN_SENDS_PER_MINUTE", "100000"),
        ("SKEIN_BUSY_WAIT", "50"),
    ];
    let server = Running::server_with(program, &data, 0, &settings)?;
    let anybody = Person { address: server.address, cookie: cookies[0].clone() };
    let begin = Instant::now();
    let end = begin + Duration::from_secs_f64(wanted.minutes * 60.0);
    let first = look(&server, &data, &anybody, begin).await?;
    let soak = Arc::new(Soak { provider, tally: Tally::default(), end });
    let mut actors = JoinSet::new();
    for cookie in cookies {
        actors.spawn(actor::live(soak.clone(), Person { address: server.address, cookie }));
    }

    let mut moments = Vec::new();
    while Instant::now() < end {
        tokio::time::sleep(LOOK).await;
        moments.push(look(&server, &data, &anybody, begin).await.context("the server does not answer any more")?);
        if moments.len() % 12 == 0 {
            eprintln!("soak: {:.0} s: {:?}; {}", begin.elapsed().as_secs_f32(), moments[moments.len() - 1], soak.tally);
        }
        // Whoever breaks off has found something.
        while let Some(ended) = actors.try_join_next() {
            if let Err(error) = ended? {
                soak.tally.wrong(format!("a person's part broke off: {error:#}"));
            }
        }
    }
    while let Some(ended) = actors.join_next().await {
        if let Err(error) = ended? {
            soak.tally.wrong(format!("a person's part broke off: {error:#}"));
        }
    }
    let last = rest(&server, &data, &anybody, begin).await?;
    server.stop()?;
    let rows = judge::database(&seed::file(&data)).await?;
    let part = judge::part(&wanted, &soak.tally, &first, &moments, &last, &rows);
    report::write(out, "soak", &part)?;
    println!("{}", report::table_of(&[("soak", &part)]));
    let wrong = soak.tally.all_wrong();
    wrong.iter().take(20).for_each(|what| eprintln!("soak: wrong: {what}"));
    ensure!(part.rows.iter().all(|row| row.ok != Some(false)), "something is wrong, lost or growing: see the table");
    Ok(())
}

async fn look(server: &Running, data: &Path, anybody: &Person, begin: Instant) -> Result<Moment> {
    let text = numbers(anybody).await?;
    let of = |name: &str| number(&text, name).unwrap_or_default();
    let size = |end: &str| std::fs::metadata(data.join(end)).map_or(0.0, |file| file.len() as f64 / 1e6);
    Ok(Moment {
        second: begin.elapsed().as_secs_f64(),
        memory: server.memory().context("the system does not tell what a process holds")?,
        files: server.files().context("the system does not tell what a process has open")? as f64,
        wal: size("skein.db-wal"),
        database: size("skein.db"),
        events: of("skein_event_log_bytes{log=\"thread\"}") / 1e6,
        logs: of("skein_event_logs{log=\"thread\"}"),
        viewers: of("skein_viewers"),
        runs: of("skein_runs_active"),
    })
}

/// Waits until nobody looks and nothing runs.
async fn rest(server: &Running, data: &Path, anybody: &Person, begin: Instant) -> Result<Moment> {
    let since = Instant::now();
    loop {
        let moment = look(server, data, anybody, begin).await?;
        if (moment.viewers, moment.runs) == (0.0, 0.0) || since.elapsed() > REST {
            // Connections that were just left are closed.
            tokio::time::sleep(Duration::from_secs(2)).await;
            return look(server, data, anybody, begin).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
