//! Whether what was held stayed what it was, and whether the rows are as they should be.

use std::path::Path;

use anyhow::{Result, ensure};
use serde::Serialize;
use serde_json::json;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{Wanted, tally::Tally};
use crate::{
    report::{Part, Row},
    sample::Sample,
};

/// What the server held at some time. Sizes are in MB.
#[derive(Serialize, Debug)]
pub struct Moment {
    pub second: f64,
    pub memory: f64,
    pub files: f64,
    pub wal: f64,
    pub database: f64,
    /// The events in the logs, and how many logs there are: they are kept for five minutes after the last viewer.
    pub events: f64,
    pub logs: f64,
    pub viewers: f64,
    pub runs: f64,
}

/// Flat: the median of the last third is at most so much above that of the second. The first is for what fills up once.
const MORE: f64 = 1.1;
/// And so much that is no part: memory in MB, files, MB of the database's log.
const MEMORY: f64 = 5.0;
const WAL: f64 = 4.0;
/// Connections a person may have besides viewers and answers: a call, and one to the model that is kept for the next answer.
const CALLS: usize = 2;
/// In less time than that, memory is shown and not judged: the logs and the database's caches are still filling up.
const JUDGED_MINUTES: f64 = 20.0;
/// Files that may be open at the end over those at the beginning: what waits for the next request.
const LEFT: f64 = 16.0;

struct Course {
    second: f64,
    last: f64,
    most: f64,
    flat: bool,
}

fn course(moments: &[Moment], slack: f64, of: impl Fn(&Moment) -> f64) -> Course {
    let third = moments.len() / 3;
    let median = |moments: &[Moment]| {
        let mut sample = Sample::default();
        moments.iter().for_each(|moment| sample.add(of(moment)));
        sample.median()
    };
    let (second, last) = (median(&moments[third..2 * third]), median(&moments[2 * third..]));
    let most = moments.iter().map(&of).fold(0.0, f64::max);
    Course { second, last, most, flat: last <= second * MORE + slack }
}

/// What is in the database that should not be.
pub async fn database(file: &Path) -> Result<Vec<(&'static str, i64)>> {
    let mut db = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file).read_only(true)).await?;
    let intact: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut db).await?;
    ensure!(intact == "ok", "the database is damaged: {intact}");
    let mut found = Vec::new();
    for (what, count) in [
        ("rows that are not settled", "SELECT count(*) FROM messages WHERE status IN ('pending', 'running')"),
        ("runs that have not ended", "SELECT count(*) FROM runs WHERE state <> 'ended'"),
        ("rows whose parent is missing", "SELECT count(*) FROM pragma_foreign_key_check"),
        (
            "threads whose leaf is not theirs",
            "SELECT count(*) FROM threads t WHERE NOT EXISTS \
             (SELECT 1 FROM messages m WHERE m.id = t.leaf_id AND m.thread_id = t.id)",
        ),
        (
            "people whose number of threads is wrong",
            "SELECT count(*) FROM users u WHERE thread_count <> (SELECT count(*) FROM threads t WHERE t.user_id = u.id)",
        ),
    ] {
        found.push((what, sqlx::query_scalar(count).fetch_one(&mut db).await?));
    }
    Ok(found)
}

/// The rows of the table.
pub fn part(
    wanted: &Wanted,
    tally: &Tally,
    first: &Moment,
    moments: &[Moment],
    last: &Moment,
    database: &[(&'static str, i64)],
) -> Part {
    let memory = course(moments, MEMORY, |moment| moment.memory - moment.events);
    let files = course(moments, (CALLS * wanted.people) as f64, |moment| moment.files - moment.runs - moment.viewers);
    let wal = course(moments, WAL, |moment| moment.wal);
    let all = moments.iter().map(|moment| moment.memory).fold(0.0, f64::max);
    let wrong = tally.all_wrong();
    let odd: Vec<String> =
        database.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}")).collect();
    let grown = |course: &Course, unit: &str| {
        format!("{:.0} → {:.0}{unit}, at most {:.0}{unit}", course.second, course.last, course.most)
    };
    let rows = vec![
        Row::new(
            format!("{} minutes, {} people at once: rows and views that are wrong", wanted.minutes, wanted.people),
            format!("{} ({tally})", wrong.len()),
            "none",
            Some(wrong.is_empty() && tally.compared.get() > 0 && tally.texts.get() > 0),
        ),
        Row::new(
            "the database afterwards",
            if odd.is_empty() { "as it should be".to_owned() } else { odd.join(", ") },
            "nothing unsettled, nothing lost",
            Some(odd.is_empty()),
        ),
        Row::new(
            "memory without the event logs, second third → last third",
            format!(
                "{}; in all at most {all:.0} MB, {:.0} MB at the end with {:.0} logs of {:.1} MB",
                grown(&memory, " MB"),
                last.memory,
                last.logs,
                last.events
            ),
            "flat: ≤ + 10 % + 5 MB (from 20 minutes on)",
            (wanted.minutes >= JUDGED_MINUTES).then_some(memory.flat),
        ),
        Row::new(
            "open files besides viewers and answers, likewise; when all have left",
            format!("{}; {:.0} before, {:.0} after", grown(&files, ""), first.files, last.files),
            "flat: ≤ + 10 % + 2 a person; ≤ + 16",
            Some(files.flat && last.files <= first.files + LEFT),
        ),
        Row::new("the database's log (WAL), likewise", grown(&wal, " MB"), "flat: ≤ + 10 % + 4 MB", Some(wal.flat)),
    ];
    let data = json!({ "first": first, "moments": moments, "last": last, "wrong": wrong, "database": database });
    Part { rows, data }
}
