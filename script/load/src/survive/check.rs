//! What must be so after every restart, by the public API and by the database itself.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    Stage,
    client::Client,
    life::{Book, Viewed},
    model::{Ask, Said},
};
use crate::clock;

/// What may be missing at the most of what was shown before a kill, in microseconds.
const WINDOW: u64 = 1_000_000;

/// What was found missing, all of it younger than the window.
#[derive(Default, Debug)]
pub struct Lost {
    pub answers: usize,
    pub interrupted: usize,
    pub shown: usize,
    pub missing: usize,
    pub oldest_ms: f64,
}

impl Lost {
    /// The counts are of everything so far, the oldest is the oldest ever.
    pub fn add(&mut self, newer: Self) {
        let oldest_ms = self.oldest_ms.max(newer.oldest_ms);
        *self = Self { oldest_ms, ..newer };
    }
}

struct Stored {
    id: String,
    thread: String,
    role: String,
    status: String,
    content: Value,
    meta: Value,
    sequence: i64,
    created_at: i64,
}

/// Looks at everything.
pub async fn all(stage: &Stage, client: &Client, book: &Book) -> Result<Lost> {
    let file = stage.data.join("skein.db");
    let options = SqliteConnectOptions::new().filename(&file).read_only(true);
    let mut db = SqliteConnection::connect_with(&options).await?;
    let rows = sound(&mut db).await?;
    db.close().await?;
    let by_id: HashMap<&str, &Stored> = rows.iter().map(|row| (row.id.as_str(), row)).collect();

    let (talks, answers, killed): (Vec<_>, Vec<_>, Vec<_>) = {
        let pages = book.pages();
        let answers = pages.answers.iter().map(|(id, viewed)| (id.clone(), viewed.clone())).collect();
        (pages.talks.values().cloned().collect(), answers, pages.killed.clone())
    };
    for talk in &talks {
        for (id, text) in &talk.messages {
            let row = by_id.get(id.as_str()).with_context(|| format!("an accepted message is gone: {id}"))?;
            ensure!(row.thread == talk.thread && row.role == "user", "message {id} is another's");
            ensure!(row.content["text"] == text.as_str(), "message {id} says something else");
        }
        let snapshot = client.json("threads/snapshot", &json!({ "id": talk.thread })).await.done()?;
        ensure!(snapshot["head"]["run"].is_null(), "a run is claimed to be under way: {}", snapshot["head"]);
        let title = snapshot["head"]["title"].as_str().context("a thread without a title")?;
        let expected = talk.title.as_deref().unwrap_or("please answer");
        let named = title.starts_with(expected) || talk.perhaps.as_deref() == Some(title);
        ensure!(named, "the title is {title:?}, not {expected:?} or {:?}", talk.perhaps);
    }
    for page in 0.. {
        let list = client.json("threads/sidebar", &json!({ "page": page })).await.done()?;
        for item in list["items"].as_array().into_iter().flatten() {
            ensure!(item["running"] == false, "the sidebar claims a run: {item}");
        }
        if page + 1 >= list["pages"].as_u64().unwrap_or(0) {
            break;
        }
    }

    let mut lost = Lost { answers: answers.len(), ..Lost::default() };
    for (id, viewed) in &answers {
        let row = by_id.get(id.as_str()).with_context(|| format!("answer {id} is gone"))?;
        kept(row, viewed, &stage.model.said(viewed.name), killed.get(viewed.life).copied(), &mut lost)
            .with_context(|| format!("answer {id} of life {}", viewed.life))?;
    }
    Ok(lost)
}

/// What was shown of an answer is stored, and nothing that was never said.
fn kept(row: &Stored, viewed: &Viewed, said: &[Said], killed: Option<u64>, lost: &mut Lost) -> Result<()> {
    let of = |part: &str| row.content[part].as_str().unwrap_or_default();
    let (text, reasoning) = (of("text"), of("reasoning"));
    let whole = said.iter().any(|said| said.text.starts_with(text) && said.reasoning.starts_with(reasoning));
    ensure!(whole || (text.is_empty() && reasoning.is_empty()), "stored is what was never said: {text:?}");
    if let Some((status, _)) = &viewed.seen.settled {
        ensure!(row.status == *status, "it was shown as {status} and is {}", row.status);
    } else {
        lost.interrupted += 1;
    }
    if row.status == "failed" {
        let kind = &row.content["failure"]["kind"];
        ensure!(*kind == "interrupted", "it failed for another reason: {kind}");
    } else {
        ensure!(row.status == "completed", "it is {}", row.status);
    }
    let mut stored = HashSet::new();
    clock::stamps(format!("{reasoning} {text} ").as_bytes(), |stamp| {
        stored.insert(stamp);
    });
    lost.shown += viewed.seen.stamps.len();
    for (at, stamp) in viewed.seen.stamps.iter().filter(|(_, stamp)| !stored.contains(stamp)) {
        let killed = killed.context("a token is missing and nobody killed anything")?;
        let age = killed.saturating_sub(*at);
        lost.missing += 1;
        lost.oldest_ms = lost.oldest_ms.max(age as f64 / 1000.0);
        ensure!(age <= WINDOW, "token {stamp} was shown {} ms before the kill and is missing", age / 1000);
        ensure!(viewed.seen.settled.is_none(), "a token of a settled answer is missing");
    }
    Ok(())
}

/// The database in itself.
async fn sound(db: &mut SqliteConnection) -> Result<Vec<Stored>> {
    let one = async |db: &mut SqliteConnection, text: &'static str| -> Result<String> {
        let row = sqlx::query(text).fetch_one(db).await?;
        Ok(row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|number| number.to_string()))?)
    };
    ensure!(one(db, "PRAGMA integrity_check").await? == "ok", "the database is damaged");
    ensure!(sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *db).await?.is_empty(), "a row belongs to nothing");
    for (nothing, what) in [
        ("SELECT COUNT(*) FROM runs WHERE state = 'running'", "a run is said to be under way"),
        ("SELECT COUNT(*) FROM messages WHERE status IN ('pending', 'running')", "a row is not settled"),
        ("SELECT COUNT(*) FROM pieces", "pieces are left over"),
        (
            "SELECT COUNT(*) FROM threads t WHERE message_count <> (SELECT COUNT(*) FROM messages m WHERE m.thread_id = t.id)",
            "messages are counted wrongly",
        ),
        (
            "SELECT COUNT(*) FROM threads t WHERE next_sequence <> (SELECT MAX(sequence) + 1 FROM messages m WHERE m.thread_id = t.id)",
            "a sequence is wrong",
        ),
        (
            "SELECT COUNT(*) FROM threads t WHERE leaf_id <> (SELECT id FROM messages m WHERE m.thread_id = t.id ORDER BY sequence DESC LIMIT 1)",
            "a thread does not stand at its last row",
        ),
        (
            "SELECT COUNT(*) FROM threads t WHERE last_message_at < (SELECT MAX(created_at) FROM messages m WHERE m.thread_id = t.id)",
            "a thread is older than its messages",
        ),
        (
            "SELECT COUNT(*) FROM users u WHERE thread_count <> (SELECT COUNT(*) FROM threads t WHERE t.user_id = u.id)",
            "threads are counted wrongly",
        ),
    ] {
        let count = one(db, nothing).await?;
        ensure!(count == "0", "{what}: {count}");
    }
    let mut rows = Vec::new();
    let text = "SELECT id, thread_id, role, status, content, meta, sequence, created_at FROM messages ORDER BY thread_id, sequence";
    for row in sqlx::query(text).fetch_all(&mut *db).await? {
        let json = |name| anyhow::Ok(serde_json::from_str::<Value>(row.try_get::<&str, _>(name)?)?);
        rows.push(Stored {
            id: row.try_get("id")?,
            thread: row.try_get("thread_id")?,
            role: row.try_get("role")?,
            status: row.try_get("status")?,
            content: json("content")?,
            meta: json("meta")?,
            sequence: row.try_get("sequence")?,
            created_at: row.try_get("created_at")?,
        });
    }
    tokens(db, &rows).await?;
    Ok(rows)
}

/// The threads' totals are the sums of their answers, and every answer that says something was counted.
async fn tokens(db: &mut SqliteConnection, rows: &[Stored]) -> Result<()> {
    let mut sums: HashMap<&str, i64> = HashMap::new();
    let mut last: Option<&Stored> = None;
    for row in rows {
        if let Some(last) = last.filter(|last| last.thread == row.thread) {
            ensure!(last.sequence + 1 == row.sequence, "thread {} has a gap", row.thread);
            ensure!(last.created_at <= row.created_at, "thread {} goes back in time", row.thread);
        }
        last = Some(row);
        let usage = &row.meta["usage"];
        let counted = |name: &str| usage[name].as_i64().unwrap_or(0);
        *sums.entry(&row.thread).or_default() += counted("prompt_tokens") + counted("completion_tokens");
        let says = row.content["text"].as_str().is_some_and(|text| !text.is_empty());
        let uncounted = row.role == "assistant" && says && counted("completion_tokens") == 0;
        ensure!(!uncounted, "answer {} was not counted: {}", row.id, row.meta);
    }
    for row in sqlx::query("SELECT id, token_total FROM threads").fetch_all(db).await? {
        let (id, total): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        let sum = sums.get(id.as_str()).copied().unwrap_or(0);
        ensure!(total == sum, "thread {id} has {total} tokens, its answers {sum}");
    }
    Ok(())
}

/// A thread's newest answer, as its page has it.
pub struct Last {
    pub id: String,
    pub status: String,
    /// What its model was asked by.
    name: Option<u64>,
}

impl Last {
    /// Its id and what it was asked by, where it can be asked for again.
    pub fn interrupted(self) -> Option<(String, u64)> {
        self.name.filter(|_| self.status == "failed").map(|name| (self.id, name))
    }
}

pub async fn last(client: &Client, thread: &str) -> Result<Last> {
    let snapshot = client.json("threads/snapshot", &json!({ "id": thread })).await.done()?;
    let rows = snapshot["messages"].as_array().context("no messages")?;
    let last = rows.last().context("no messages")?;
    let question = rows.iter().find(|row| row["id"] == last["parent"]);
    let name = question.and_then(|row| Ask::of(row["content"]["text"][0].as_str()?)).map(|ask| ask.name);
    let of = |name: &str| last[name].as_str().unwrap_or_default().to_owned();
    Ok(Last { id: of("id"), status: of("status"), name })
}
