//! An answer while it grows. What was added since the last time is stored as a piece of its own, so that storing costs
//! what was added and not what is there; settling the answer stores it whole and removes the pieces.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{
    Any, AnyConnection, AssertSqlSafe, Row,
    any::{AnyArguments, AnyRow},
};
use tokio::sync::oneshot;

use super::{
    Error, Store,
    message::{MessageRow, StoredContent},
    sql::{json, sql, to_json, word},
    write::Write,
};
use crate::model::{MessageId, Meta, RunId};

/// What is new about an answer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Piece {
    /// How many bytes of it, text and reasoning together, earlier pieces have. A piece at the same place as an earlier
    /// one takes its place: what is not known to have been stored is stored again, and nothing is there twice.
    pub place: u64,
    /// What came after these.
    pub text: String,
    pub reasoning: String,
    /// None where it is as it was.
    pub meta: Option<Meta>,
}

/// How long what an answer grew by waits for that of others: nobody waits for it, and many answers that grow at the same
/// time cost little more than one if they are stored together.
const COMPANY: Duration = Duration::from_millis(20);
/// The most of them in one statement.
const MOST: usize = 64;

/// What of many answers waits to be stored.
#[derive(Default, Debug)]
pub(super) struct Waiting(Mutex<Vec<Asked>>);

#[derive(Debug)]
struct Asked {
    save: Save,
    told: oneshot::Sender<Result<bool, Error>>,
}

impl Waiting {
    fn all(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Stores what an answer has grown by, and that its run is alive, together with what comes within
    /// [a moment](COMPANY). False, and nothing is stored: the run has ended or was deleted with its thread. It outlives
    /// this process then; the disk is on its way.
    pub async fn save(
        &self,
        run: RunId,
        answer: MessageId,
        piece: Piece,
        lease_until: i64,
        now: i64,
    ) -> Result<bool, Error> {
        let Piece { place, text, reasoning, meta } = piece;
        let content = StoredContent { text, reasoning, ..StoredContent::default() };
        let content = match content == StoredContent::default() {
            true => None,
            false => Some(to_json(&content)?),
        };
        let meta = meta.map(|meta| to_json(&meta)).transpose()?;
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let (run, answer) = (run.to_string(), answer.to_string());
        let save = Save { run, answer, place, content, meta, lease_until, now };
        let (told, stored) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting.all();
            waiting.push(Asked { save, told });
            waiting.len() == 1
        };
        if is_first {
            tokio::spawn(self.clone().save_waiting());
        }
        stored.await.unwrap_or_else(|_| Err(sqlx::Error::WorkerCrashed.into()))
    }

    async fn save_waiting(self) {
        tokio::time::sleep(COMPANY).await;
        let mut rest = std::mem::take(&mut *self.waiting.all()).into_iter().peekable();
        while rest.peek().is_some() {
            let (mut saves, mut told) = (Vec::new(), Vec::new());
            // No two of one answer, which no statement takes: the later one may take the other's place.
            while let Some(next) = rest.next_if(|next| saves.len() < MOST && is_new(&saves, &next.save)) {
                saves.push(next.save);
                told.push(next.told);
            }
            self.save_all(saves, told).await;
        }
    }

    async fn save_all(&self, saves: Vec<Save>, told: Vec<oneshot::Sender<Result<bool, Error>>>) {
        let saves = Arc::new(saves);
        match self.write(SaveAll(saves.clone())).await {
            Ok(alive) => {
                for (save, told) in saves.iter().zip(told) {
                    let _ = told.send(Ok(save.is_of(&alive)));
                }
            }
            // One that there is no room for takes no other with it.
            Err(error) if saves.len() > 1 && !error.is_passing() => {
                for (save, told) in saves.iter().zip(told) {
                    let stored = self.write(SaveAll(Arc::new(vec![save.clone()]))).await;
                    let _ = told.send(stored.map(|alive| save.is_of(&alive)));
                }
            }
            Err(error) => {
                let cause = match error {
                    Error::Unavailable(cause) => cause,
                    other => Arc::new(sqlx::Error::Protocol(other.to_string())),
                };
                told.into_iter().for_each(|told| _ = told.send(Err(Error::Unavailable(cause.clone()))));
            }
        }
    }
}

fn is_new(saves: &[Save], next: &Save) -> bool {
    saves.iter().all(|save| save.answer != next.answer)
}

#[derive(Clone, Debug)]
struct Save {
    run: String,
    answer: String,
    place: i64,
    content: Option<String>,
    meta: Option<String>,
    lease_until: i64,
    now: i64,
}

impl Save {
    fn is_of(&self, alive: &Alive) -> bool {
        alive.get(&self.run) == Some(&self.answer)
    }
}

/// The runs that are under way, and what they write.
type Alive = HashMap<String, String>;

/// Some of them, no two of one answer. Says which runs of theirs are under way.
struct SaveAll(Arc<Vec<Save>>);

impl Write for SaveAll {
    type Out = Alive;
    /// The next one comes anyway; a slow disk must not keep it.
    const KEPT: bool = false;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Alive, Error> {
        // They all live in this process: as long as the one that says so for the longest.
        let lease = self.0.iter().map(|save| save.lease_until).max().unwrap_or_default();
        let text = format!(
            "UPDATE runs SET lease_until = $1 WHERE state = 'running' AND id IN {} RETURNING id, message_id",
            places(2, self.0.len(), 1),
        );
        let alive = self.0.iter().fold(any(text).bind(lease), |alive, save| alive.bind(&save.run));
        let answer = |row: &AnyRow| Ok((row.try_get("id")?, row.try_get("message_id")?));
        let alive = alive.fetch_all(&mut *db).await?.iter().map(answer).collect::<Result<Alive, sqlx::Error>>()?;
        // A run that is under way has an answer that is not settled: whoever changes the one changes the other.
        let stored = || self.0.iter().filter(|save| save.is_of(&alive));
        let grown = || stored().filter_map(|save| Some((save, save.content.as_deref()?)));
        if grown().next().is_some() {
            let text = format!(
                "INSERT INTO pieces (message_id, place, content) VALUES {} \
                 ON CONFLICT (message_id, place) DO UPDATE SET content = excluded.content",
                places(1, 3, grown().count()),
            );
            let add =
                grown().fold(any(text), |add, (save, content)| add.bind(&save.answer).bind(save.place).bind(content));
            add.execute(&mut *db).await?;
        }
        for (save, meta) in stored().filter_map(|save| Some((save, save.meta.as_deref()?))) {
            let change = sql!(
                "UPDATE messages SET meta = $1, updated_at = $2 WHERE id = $3",
                meta,
                save.now,
                save.answer.as_str(),
            );
            change.execute(&mut *db).await?;
        }
        Ok(alive)
    }
}

/// A query of which there are too many to keep each prepared.
fn any<'q>(text: String) -> sqlx::query::Query<'q, Any, AnyArguments> {
    sqlx::query(AssertSqlSafe(text)).persistent(false)
}

/// So many rows of so many places each for arguments, from `$first` on.
fn places(first: usize, width: usize, rows: usize) -> String {
    let row = |row: usize| {
        let names: Vec<_> = (0..width).map(|column| format!("${}", first + row * width + column)).collect();
        format!("({})", names.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Puts together what is stored of the rows that are still growing. Each is read again with its pieces, by one
/// statement: it may have been settled since, and its pieces be gone.
pub(super) async fn whole(db: &mut AnyConnection, rows: &mut [MessageRow]) -> Result<(), Error> {
    const TEXT: &str = "SELECT m.status, m.content, m.meta, p.content AS piece FROM messages m \
                        LEFT JOIN pieces p ON p.message_id = m.id WHERE m.id = $1 ORDER BY p.place";
    for row in rows.iter_mut().filter(|row| !row.status.is_settled()) {
        for (number, stored) in sql!(TEXT, row.id.to_string()).fetch_all(&mut *db).await?.iter().enumerate() {
            if number == 0 {
                row.status = word(stored, "status")?;
                row.content = json(stored, "content")?;
                row.meta = json(stored, "meta")?;
            }
            if stored.try_get::<Option<&str>, _>("piece")?.is_some() {
                let piece: StoredContent = json(stored, "piece")?;
                row.content.text += &piece.text;
                row.content.reasoning += &piece.reasoning;
            }
        }
    }
    Ok(())
}

/// Forgets the pieces of an answer that is stored whole, or is gone. Its run has been ended before: nobody adds one.
pub(super) async fn forget(db: &mut AnyConnection, answer: &str) -> Result<(), Error> {
    sql!("DELETE FROM pieces WHERE message_id = $1", answer).execute(db).await?;
    Ok(())
}
