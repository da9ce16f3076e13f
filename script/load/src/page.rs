//! The thread page, logged in and warm: the server's time for it and its bytes, for threads and lists of every size.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::{
    clock,
    http::{Connection, Person},
    report::{Part, Row},
    sample::Sample,
    stage::{LENGTHS, LISTS, Stage},
};

const WARM_UP: usize = 10;
const ROUNDS: usize = 60;

/// A page that is measured.
pub struct Case {
    pub name: String,
    person: Person,
    path: String,
    connection: Connection,
    /// In milliseconds.
    pub time: Sample,
    pub bytes: Sample,
}

pub async fn run(stage: &Stage) -> Result<Part> {
    let (ada, bob) = (stage.ada()?, stage.bob()?);
    let path = |length| -> Result<String> {
        Ok(format!("/chat/thread/{}", stage.threads.get(&length).context("not in the database")?))
    };
    let mut cases = Vec::new();
    for length in LENGTHS {
        cases.push(Case::new(format!("thread {length}"), &ada, path(length)?).await?);
    }
    cases.push(Case::new(format!("list {}", LISTS[1]), &bob, path(0)?).await?);
    // In turns, so that whatever else the machine does hits all of them.
    for round in 0..WARM_UP + ROUNDS {
        for case in &mut cases {
            case.once(round >= WARM_UP).await?;
        }
    }
    let ratio = |cases: &[&Case], of: fn(&Case) -> f64| {
        let all = || cases.iter().map(|case| of(case));
        all().fold(0.0, f64::max) / all().fold(f64::INFINITY, f64::min)
    };
    let threads: Vec<&Case> = cases[..LENGTHS.len()].iter().collect();
    // Ada's list is the small one, and her thread is as long as Bob's.
    let lists = [&cases[0], &cases[LENGTHS.len()]];
    let mut rows = Vec::new();
    for (what, cases) in [
        (format!("server time, threads of {}", commas(&LENGTHS)), &threads[..]),
        (format!("server time, sidebars of {}", commas(&LISTS)), &lists[..]),
    ] {
        let (medians, worst): (Vec<_>, Vec<_>) =
            cases.iter().map(|case| (case.time.median(), case.time.at(0.95))).unzip();
        let most = medians.iter().copied().fold(0.0, f64::max);
        let join = |all: &[f64]| all.iter().map(|time| format!("{time:.1}")).collect::<Vec<_>>().join(" / ");
        let ratio = ratio(cases, |case| case.time.median());
        rows.push(Row::new(
            what,
            format!("median {} ms, p95 {} ms; largest {ratio:.2} × smallest", join(&medians), join(&worst)),
            "≤ 10 ms, ≤ 1.2 ×",
            Some(most <= 10.0 && ratio <= 1.2),
        ));
    }
    let all: Vec<&Case> = cases.iter().collect();
    let kilobytes: Vec<_> = all.iter().map(|case| format!("{:.1}", case.bytes.median() / 1000.0)).collect();
    let bytes = ratio(&all, |case| case.bytes.median());
    rows.push(Row::new(
        "bytes of the same pages, as a browser gets them",
        format!("{} KB; largest {bytes:.2} × smallest", kilobytes.join(" / ")),
        "≤ 1.2 ×",
        Some(bytes <= 1.2),
    ));
    let last = last_page(&bob).await?;
    let what = format!("the last page of the sidebar of {}, by a call", commas(&LISTS[1..]));
    rows.push(Row::new(what, format!("median {:.1} ms", last.median()), "", None));
    let data =
        cases.iter().map(|case| (case.name.clone(), json!({ "ms": case.time.json(), "bytes": case.bytes.json() })));
    Ok(Part { rows, data: data.collect() })
}

/// The end of the long list: pages have numbers, so all rows before it are skipped.
async fn last_page(person: &Person) -> Result<Sample> {
    let mut time = Sample::default();
    for round in 0..WARM_UP + ROUNDS / 2 {
        let start = clock::now();
        person.call("threads/sidebar", &json!({ "page": LISTS[1] })).await?;
        if round >= WARM_UP {
            time.add((clock::now() - start) as f64 / 1000.0);
        }
    }
    Ok(time)
}

impl Case {
    pub async fn new(name: String, person: &Person, path: String) -> Result<Self> {
        let (time, bytes, connection) = (Sample::default(), Sample::default(), Connection::open(person.address).await?);
        Ok(Self { name, person: person.clone(), path, connection, time, bytes })
    }

    /// From the request's first byte to the answer's last.
    pub async fn once(&mut self, counts: bool) -> Result<()> {
        let start = clock::now();
        self.person.send(&mut self.connection, "GET", &self.path, "text/plain", "").await?;
        let head = self.connection.head().await?.context("no answer")?;
        let body = self.connection.body(&head).await?;
        let time = clock::now() - start;
        ensure!(head.status() == 200, "{}: {}", self.path, head.first);
        if counts {
            self.time.add(time as f64 / 1000.0);
            self.bytes.add(body.len() as f64);
        }
        Ok(())
    }
}

/// `1,000 / 10,000`
pub fn commas(numbers: &[usize]) -> String {
    let one = |number: &usize| match number / 1000 {
        0 => number.to_string(),
        thousands => format!("{thousands},{:03}", number % 1000),
    };
    numbers.iter().map(one).collect::<Vec<_>>().join(" / ")
}
