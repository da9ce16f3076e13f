//! Stores to test with: every test runs on SQLite and, where `SKEIN_TEST_POSTGRES` has the URL of a database, on that
//! PostgreSQL too, each in a schema of its own.

use std::{collections::BTreeMap, path::PathBuf};

use sqlx::{AnyConnection, Connection, Row, any::AnyRow};
use uuid::Uuid;

use super::{
    NewAnswer, NewMessage, NewRun, NewTurn, NewUser, Options, Piece, Store, StoredContent, ThreadRow, Turn, TurnThread,
};
use crate::model::{Account, Meta, RunId, Status, ThreadId, UserId};

/// An empty database with a store on it. What it took is given back by [`finish`](Self::finish).
pub struct TestStore {
    pub store: Store,
    pub url: String,
    place: Place,
}

enum Place {
    Folder(PathBuf),
    Schema { admin: String, name: String },
}

/// A new id of any kind.
pub fn fresh<T: From<Uuid>>() -> T {
    Uuid::now_v7().into()
}

impl TestStore {
    /// On SQLite, in a folder of its own.
    pub async fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(format!("skein-test-{}", fresh::<Uuid>()));
        let url = format!("sqlite://{}", folder.join("data/skein.db").display());
        let store = Store::open(&url, Options::default()).await.unwrap();
        Self { store, url, place: Place::Folder(folder) }
    }

    /// On PostgreSQL, if there is one to test with.
    pub async fn postgres() -> Option<Self> {
        let admin = std::env::var("SKEIN_TEST_POSTGRES").ok().filter(|url| !url.is_empty())?;
        let name = format!("skein_{}", fresh::<Uuid>().simple());
        run(&admin, format!("CREATE SCHEMA {name}")).await;
        let separator = if admin.contains('?') { '&' } else { '?' };
        let url = format!("{admin}{separator}options%5Bsearch_path%5D={name}");
        let store = Store::open(&url, Options { connections: 5, ..Options::default() }).await.unwrap();
        Some(Self { store, url, place: Place::Schema { admin, name } })
    }

    /// Another store on the same database, as another process would have it.
    pub async fn again(&self) -> Store {
        Store::open(&self.url, Options { connections: 5, ..Options::default() }).await.unwrap()
    }

    /// Runs a statement behind the store's back.
    pub async fn execute(&self, text: &str) {
        run(&self.url, text.to_owned()).await;
    }

    /// Every row there is, by table: to see that nothing was written.
    pub async fn rows(&self) -> BTreeMap<String, Vec<Vec<String>>> {
        let mut connection = AnyConnection::connect(&self.url).await.unwrap();
        let tables = match self.place {
            Place::Folder(_) => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
            Place::Schema { .. } => "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()",
        };
        let tables: Vec<(String,)> = sqlx::query_as(tables).fetch_all(&mut connection).await.unwrap();
        let mut all = BTreeMap::new();
        for (table,) in tables.into_iter().filter(|(table,)| !table.starts_with("_sqlx")) {
            let query = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}")));
            let rows = query.fetch_all(&mut connection).await.unwrap();
            let mut rows: Vec<Vec<String>> =
                rows.iter().map(|row| (0..row.len()).map(|at| cell(row, at)).collect()).collect();
            rows.sort();
            all.insert(table, rows);
        }
        connection.close().await.unwrap();
        all
    }

    /// Removes the database.
    pub async fn finish(self) {
        self.store.close().await;
        match self.place {
            Place::Folder(folder) => std::fs::remove_dir_all(folder).unwrap(),
            Place::Schema { admin, name } => run(&admin, format!("DROP SCHEMA {name} CASCADE")).await,
        }
    }
}

fn cell(row: &AnyRow, at: usize) -> String {
    let text = row.try_get::<Option<String>, _>(at).map(Option::unwrap_or_default);
    text.or_else(|_| row.try_get::<i64, _>(at).map(|number| number.to_string())).unwrap_or_else(|_| "?".into())
}

async fn run(url: &str, text: String) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Runs a test on both engines.
pub async fn on_both(test: impl AsyncFn(&TestStore)) {
    for place in [Some(TestStore::sqlite().await), TestStore::postgres().await].into_iter().flatten() {
        test(&place).await;
        place.finish().await;
    }
}

impl Store {
    /// Makes a person.
    pub async fn test_user(&self, name: &str) -> Account {
        let user = NewUser {
            id: fresh(),
            email: format!("{name}@example.org"),
            name: name.into(),
            password: "$argon2id$".into(),
            now: 1,
        };
        self.create_user(user, true).await.unwrap()
    }

    /// Settles a turn's answer as completed. None: it was settled before, or is gone.
    pub async fn test_complete(&self, turn: &Turn, text: &str, now: i64) -> Option<ThreadRow> {
        let (content, meta) = (says(text), Meta::default());
        self.settle(turn.run, turn.answer.id, Status::Completed, &content, &meta, text, now).await.unwrap()
    }
}

/// A turn that begins a thread.
pub fn first_turn(user: UserId, text: &str, now: i64) -> NewTurn {
    turn(user, TurnThread::New { id: fresh(), title: Some("a title".into()) }, text, now)
}

/// A turn in a thread that is there.
pub fn next_turn(user: UserId, thread: ThreadId, text: &str, now: i64) -> NewTurn {
    turn(user, TurnThread::Existing(thread), text, now)
}

fn turn(user: UserId, thread: TurnThread, text: &str, now: i64) -> NewTurn {
    NewTurn {
        user,
        thread,
        message: NewMessage { id: fresh(), content: StoredContent { text: text.into(), ..Default::default() } },
        answer: NewAnswer { id: fresh(), meta: Meta { created_at: now, ..Meta::default() } },
        run: new_run(now),
        model: Some("a model".into()),
        now,
    }
}

/// A run of this process that has half a minute.
pub fn new_run(now: i64) -> NewRun {
    NewRun { id: fresh::<RunId>(), node: "here".into(), lease_until: now + 30_000, client_id: None }
}

/// What an answer has grown by after so many bytes.
pub fn grown(place: u64, text: &str) -> Piece {
    Piece { place, text: text.into(), ..Piece::default() }
}

/// What an answer says.
pub fn says(text: &str) -> StoredContent {
    StoredContent { text: text.into(), ..StoredContent::default() }
}

/// A machine that is to pass everything must not pass over half of it.
#[test]
fn continuous_integration_tests_postgres_too() {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    assert!(!set("CI") || set("SKEIN_TEST_POSTGRES"), "CI is set, but SKEIN_TEST_POSTGRES is not");
}
