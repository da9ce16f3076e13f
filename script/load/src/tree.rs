//! A thread that branches, logged in and warm: the time for its page, and for turning to another version and back, in a
//! large tree beside a small one.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::{
    clock,
    http::{Connection, Person},
    page::{Case, commas},
    report::{Part, Row},
    sample::Sample,
    stage::{Stage, TREES},
};

const WARM_UP: usize = 10;
const ROUNDS: usize = 60;

/// Shows one version of a message, and then another.
struct Turn {
    name: String,
    person: Person,
    connection: Connection,
    message: String,
    versions: [usize; 2],
    time: Sample,
}

pub async fn run(stage: &Stage) -> Result<Part> {
    let eve = stage.eve()?;
    let (mut pages, mut near, mut far, mut after) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (tree, (rows, versions)) in stage.trees.iter().zip(TREES) {
        pages.push(Case::new(format!("page {rows}"), &eve, format!("/chat/thread/{}", tree.thread)).await?);
        near.push(Turn::new(format!("near the end {rows}"), &eve, &tree.late, [versions - 1, versions]).await?);
        // The newest has nothing below it, the one in the middle nearly all of the thread.
        let turns = [versions, versions / 2];
        far.push(Turn::new(format!("near the top {rows}"), &eve, &tree.early, turns).await?);
        after.push(Turn::new(format!("near the top, after the end {rows}"), &eve, &tree.early, turns).await?);
    }
    ensure!(pages.len() == TREES.len(), "not in the database");
    // In turns, so that whatever else the machine does hits all of them. Each pair of versions ends where it began.
    for round in 0..WARM_UP + ROUNDS {
        for page in &mut pages {
            page.once(round >= WARM_UP).await?;
        }
        for turn in &mut near {
            turn.once(round >= WARM_UP).await?;
        }
    }
    for round in 0..WARM_UP + ROUNDS {
        for turn in &mut far {
            turn.once(round >= WARM_UP).await?;
        }
    }
    // Where the long way led is to be known even where it was turned on near its end.
    for _ in 0..ROUNDS / 4 {
        for (near, after) in near.iter_mut().zip(&mut after) {
            near.once(false).await?;
            after.once(true).await?;
        }
    }
    let sizes = |of: fn(&(usize, usize)) -> usize| commas(&TREES.each_ref().map(of));
    let trees = format!("trees of {} messages with {} versions", sizes(|tree| tree.0), sizes(|tree| tree.1));
    let times = |turns: &[Turn]| turns.iter().map(|turn| turn.time.clone()).collect::<Vec<_>>();
    let rows = vec![
        row(
            format!("server time of the page, {trees}"),
            &pages.iter().map(|page| page.time.clone()).collect::<Vec<_>>(),
        ),
        row("showing another version near the end, and back", &times(&near)),
        row("showing a short version near the top, and the long one again", &times(&far)),
        row("the same, each time after turning near the long one's end", &times(&after)),
    ];
    let pages =
        pages.iter().map(|page| (page.name.clone(), json!({ "ms": page.time.json(), "bytes": page.bytes.json() })));
    let turns =
        near.iter().chain(&far).chain(&after).map(|turn| (turn.name.clone(), json!({ "ms": turn.time.json() })));
    Ok(Part { rows, data: pages.chain(turns).collect() })
}

/// A row about the small tree and the large one.
fn row(what: impl Into<String>, times: &[Sample]) -> Row {
    let join = |part: f64| times.iter().map(|time| format!("{:.1}", time.at(part))).collect::<Vec<_>>().join(" / ");
    let medians = || times.iter().map(Sample::median);
    let ratio = medians().next_back().unwrap_or_default() / medians().next().unwrap_or_default();
    let measured = format!("median {} ms, p95 {} ms; large {ratio:.2} × small", join(0.5), join(0.95));
    Row::new(what, measured, "≤ 1.2 ×", Some(ratio <= 1.2))
}

impl Turn {
    async fn new(name: String, person: &Person, message: &str, versions: [usize; 2]) -> Result<Self> {
        let (time, connection) = (Sample::default(), Connection::open(person.address).await?);
        Ok(Self { name, person: person.clone(), connection, message: message.to_owned(), versions, time })
    }

    /// From the first call's first byte to the second answer's last.
    async fn once(&mut self, counts: bool) -> Result<()> {
        let start = clock::now();
        for version in self.versions {
            let version = version.to_string();
            let fields = [("id", self.message.as_str()), ("version", &version)];
            self.person.form_on(&mut self.connection, "messages/show", &fields).await?;
        }
        if counts {
            self.time.add((clock::now() - start) as f64 / 1000.0);
        }
        Ok(())
    }
}
