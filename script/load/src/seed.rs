//! Fills a database: the tables are made by the program itself, the rows are what it would have stored.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{
    AssertSqlSafe, QueryBuilder, Sqlite, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteConnection as Connection},
};
use uuid::Uuid;

use crate::{
    host::Running,
    shape::{Place, Shape},
    texts::{answer, question},
};

/// Rows of one statement.
const TOGETHER: usize = 100;
/// Between two turns of a thread, in milliseconds.
const TURN_MS: i64 = 60_000;
/// What an answer is said to have cost, in tokens.
const PROMPT: i64 = 200;
const COMPLETION: i64 = 400;

/// A database being filled. All of it is one transaction.
pub struct Seed {
    db: SqliteConnection,
    messages: Vec<Message>,
    runs: Vec<Run>,
    /// The id of the model that wrote the answers.
    model: String,
    /// When the rows are made to have been written; it goes on with each.
    pub at: i64,
}

struct Message {
    id: String,
    thread: String,
    parent: Option<String>,
    sequence: i64,
    role: &'static str,
    content: String,
    meta: String,
    place: Place,
    jump: String,
    group: String,
    tokens: i64,
    at: i64,
}

struct Run {
    id: String,
    thread: String,
    message: String,
    user: String,
    at: i64,
}

/// Somebody with an account and a session.
pub struct Someone {
    pub id: String,
    /// The session's cookie.
    pub cookie: String,
}

impl Seed {
    /// Makes a database in an empty folder and opens it.
    pub async fn begin(program: &Path, data: &Path, model: String) -> Result<Self> {
        Running::server(program, data, 0, None)?.stop()?;
        let options = SqliteConnectOptions::from_str(&format!("sqlite://{}", file(data).display()))?;
        // A thread is written after its messages, when it is known how it ends.
        let options = options.foreign_keys(false);
        let mut db = <Connection as sqlx::Connection>::connect_with(&options).await?;
        // Whatever goes wrong, the whole folder is thrown away.
        run(&mut db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; BEGIN").await?;
        run(&mut db, "INSERT INTO flags (key, value) VALUES ('first account', 'bench')").await?;
        let at = std::time::UNIX_EPOCH.elapsed()?.as_millis() as i64 - 400 * 24 * 3_600_000;
        Ok(Self { db, messages: Vec::new(), runs: Vec::new(), model, at })
    }

    /// Ends it; the server may open the folder.
    pub async fn end(mut self) -> Result<()> {
        self.write().await?;
        run(&mut self.db, "COMMIT; PRAGMA journal_mode = WAL").await?;
        Ok(sqlx::Connection::close(self.db).await?)
    }

    pub async fn someone(&mut self, name: &str) -> Result<Someone> {
        let (id, token) = (self.id(), format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>()));
        let now = std::time::UNIX_EPOCH.elapsed()?.as_millis() as i64;
        sqlx::query(
            "INSERT INTO users (id, email, name, role, password, created_at) VALUES ($1, $2, $3, 'user', '', $4)",
        )
        .bind(&id)
        .bind(format!("{name}@example.org"))
        .bind(name)
        .bind(self.at)
        .execute(&mut self.db)
        .await?;
        let cookie = self.session(&id, token, now).await?;
        Ok(Someone { id, cookie })
    }

    /// One more session of somebody's; returns its cookie.
    pub async fn another(&mut self, someone: &Someone) -> Result<String> {
        let token = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
        self.session(&someone.id, token, std::time::UNIX_EPOCH.elapsed()?.as_millis() as i64).await
    }

    async fn session(&mut self, id: &str, token: String, now: i64) -> Result<String> {
        let hash: String = Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        sqlx::query(
            "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)",
        )
        .bind(hash)
        .bind(id)
        .bind(now)
        .bind(now + 24 * 3_600_000)
        .execute(&mut self.db)
        .await?;
        Ok(format!("skein_session={token}"))
    }

    /// A thread of so many messages, half of them answers, the newest in this person's list; returns its id.
    pub async fn thread(&mut self, user: &Someone, messages: usize) -> Result<String> {
        Ok(self.shaped(user, &Shape::line(messages / 2 * 2)).await?.0)
    }

    /// A thread of any shape, which stands at its last row; returns its id, and those of its messages by number. The
    /// first of these is nobody's.
    pub async fn shaped(&mut self, user: &Someone, shape: &Shape) -> Result<(String, Vec<String>)> {
        let (thread, created, rows) = (self.id(), self.at, shape.rows());
        let between = TURN_MS.min(300 * 24 * 3_600_000 / (rows / 2) as i64);
        let (mut ids, mut answers) = (vec![String::new()], 0);
        for row in 1..=rows {
            ids.push(self.id());
            self.message(user, &thread, &ids, shape, row);
            if is_answer(shape.place(row)) {
                self.at += between;
                answers += 1;
            }
            if self.messages.len() >= TOGETHER {
                self.write().await?;
            }
        }
        self.write().await?;
        let title: String = question(shape.place(rows).depth / 2).chars().take(60).collect();
        let snippet: String = answer(1).split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect();
        sqlx::query(
            "INSERT INTO threads (id, user_id, title, title_source, model, snippet, leaf_id, last_message_at, \
             message_count, token_total, next_sequence, roots, root_group, turn, created_at, updated_at) \
             VALUES ($1, $2, $3, 'provisional', $4, $5, $6, $7, $8, $9, $10, 1, $11, $12, $13, $7)",
        )
        .bind(&thread)
        .bind(&user.id)
        .bind(title)
        .bind(self.model.clone())
        .bind(snippet)
        .bind(&ids[rows])
        .bind(self.at)
        .bind(rows as i64)
        .bind(answers * (PROMPT + COMPLETION))
        .bind(rows as i64 + 1)
        .bind(&ids[1])
        // A line has newest versions only.
        .bind(if shape.is_line() { 0 } else { rows as i64 })
        .bind(created)
        .execute(&mut self.db)
        .await?;
        sqlx::query("UPDATE users SET thread_count = thread_count + 1 WHERE id = $1")
            .bind(&user.id)
            .execute(&mut self.db)
            .await?;
        Ok((thread, ids))
    }

    /// One row, and the run that wrote it if it is an answer.
    fn message(&mut self, user: &Someone, thread: &str, ids: &[String], shape: &Shape, row: usize) {
        let (place, at, id) = (shape.place(row).clone(), self.at, &ids[row]);
        let meta = |model, usage, timings, stop| {
            json!({ "created_at": at, "model": model, "usage": usage, "timings": timings, "stop": stop,
                    "reasoning_ms": null, "reasoning_chars": 0 })
            .to_string()
        };
        let from_end = (shape.place(shape.rows()).depth.saturating_sub(place.depth)) / 2 + 1;
        let (role, text, meta, tokens) = if is_answer(&place) {
            let usage = json!({ "prompt_tokens": PROMPT, "completion_tokens": COMPLETION, "estimated": false });
            let timings = json!({ "first_token_ms": 300, "generation_ms": 8000, "tokens_per_second": 50.0 });
            let (thread, message, user) = (thread.to_owned(), id.clone(), user.id.clone());
            self.runs.push(Run { id: self.id(), thread, message, user, at });
            let facts = meta(json!(self.model), usage, timings, json!("stop"));
            ("assistant", answer(from_end), facts, PROMPT + COMPLETION)
        } else {
            ("user", question(from_end), meta(json!(null), json!(null), json!(null), json!(null)), 0)
        };
        self.messages.push(Message {
            id: id.clone(),
            thread: thread.to_owned(),
            parent: (place.parent > 0).then(|| ids[place.parent].clone()),
            sequence: row as i64,
            role,
            content: json!({ "text": text }).to_string(),
            meta,
            jump: ids[place.jump].clone(),
            group: ids[place.group].clone(),
            place,
            tokens,
            at,
        });
    }

    async fn write(&mut self) -> Result<()> {
        if self.messages.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO messages (id, thread_id, parent_id, sequence, role, kind, status, content, meta, depth, \
             jump_id, version, group_id, children, tokens, created_at, updated_at) ",
        );
        query.push_values(self.messages.drain(..), |mut row, message| {
            row.push_bind(message.id).push_bind(message.thread).push_bind(message.parent).push_bind(message.sequence);
            row.push_bind(message.role).push_bind("text").push_bind("completed").push_bind(message.content);
            row.push_bind(message.meta).push_bind(message.place.depth as i64).push_bind(message.jump);
            row.push_bind(message.place.version as i64).push_bind(message.group);
            row.push_bind(message.place.children as i64).push_bind(message.tokens);
            row.push_bind(message.at).push_bind(message.at);
        });
        query.build().execute(&mut self.db).await?;
        // Versions of a question have none.
        if self.runs.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO runs (id, thread_id, message_id, user_id, model, state, node, lease_until, started_at, ended_at) ",
        );
        query.push_values(self.runs.drain(..), |mut row, run| {
            row.push_bind(run.id)
                .push_bind(run.thread)
                .push_bind(run.message)
                .push_bind(run.user)
                .push_bind(&self.model);
            row.push_bind("ended").push_bind("").push_bind(run.at).push_bind(run.at).push_bind(run.at);
        });
        query.build().execute(&mut self.db).await?;
        Ok(())
    }

    /// The database's size, in bytes.
    pub async fn size(&mut self) -> Result<i64> {
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut self.db).await?;
        let page: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut self.db).await?;
        Ok(pages * page)
    }

    /// An id as the program makes them: the order of ids is the order of creation.
    fn id(&self) -> String {
        let time = uuid::Timestamp::from_unix(
            uuid::timestamp::context::NoContext,
            (self.at / 1000) as u64,
            (self.at % 1000) as u32 * 1_000_000,
        );
        Uuid::new_v7(time).to_string()
    }
}

/// Questions and answers take turns on every way down.
fn is_answer(place: &Place) -> bool {
    place.depth.is_multiple_of(2)
}

/// The database in a data folder.
pub fn file(data: &Path) -> PathBuf {
    data.join("skein.db")
}

async fn run(db: &mut SqliteConnection, statements: &'static str) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(db).await?;
    Ok(())
}
