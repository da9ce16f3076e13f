//! A new thread that begins as a copy of the way to a message.

use sqlx::AnyConnection;

use super::{
    super::{
        Error, Store, history,
        message::{self, MessageRow},
        sql::{plain, sql},
        submit::snippet,
        thread::{self, LONGEST_SNIPPET, LONGEST_TITLE, ThreadRow},
        user,
        write::Write,
    },
    path::{Milestone, first, spot},
    place::Place,
    system,
};
use crate::model::{MessageId, ThreadId, UserId};

/// How many rows are copied at a time.
const CHUNK: i64 = 500;

/// A copy to be made.
#[derive(Clone)]
pub struct Fork {
    pub user: UserId,
    pub thread: ThreadId,
    /// The last message that is copied.
    pub message: MessageId,
    /// The new thread.
    pub id: ThreadId,
    /// Its title, as if its person had chosen it; none is the old one's.
    pub title: Option<String>,
    /// Makes an id for each row.
    pub ids: fn() -> MessageId,
    pub now: i64,
}

/// A copy.
#[derive(Clone, PartialEq, Debug)]
pub struct Forked {
    pub thread: ThreadRow,
    /// The message it was made at, which is an origin now.
    pub origin: MessageRow,
}

impl Store {
    /// Copies the way to a message into a new thread. `NotFound`: this person's thread has no such message, or it is being
    /// written. What the rows cost is not counted for the copy.
    pub async fn fork(&self, fork: Fork) -> Result<Forked, Error> {
        self.write(fork).await
    }
}

impl Write for Fork {
    type Out = Forked;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Forked, Error> {
        user::lock(db, self.user).await?;
        thread::lock(db, self.thread, Some(self.user)).await?;
        let end = spot(db, self.thread, self.message).await?;
        let last = message::load(db, self.thread, self.message).await?.ok_or(Error::NotFound)?;
        if !last.status.is_settled() {
            return Err(Error::NotFound);
        }
        let old = thread::load(db, self.thread).await?;
        self.create(db, &old).await?;
        let mut rows = 0;
        if let Some(said) = system::load(db, self.thread).await? {
            let copy = MessageRow { id: (self.ids)(), thread: self.id, forks: 0, ..said };
            message::insert(db, copy, self.now).await?;
            rows += 1;
        }
        // From the top down, so that each finds the place of its parent.
        // Each row's id and the depth it jumps to, from the top down.
        let mut way: Vec<(MessageId, usize)> = Vec::new();
        let mut parent = None;
        while (way.len() as i64) < end.depth {
            let next = end.depth.min(way.len() as i64 + CHUNK);
            let last = first(db, self.thread, end.id, Milestone::Depth(next)).await?.ok_or(Error::NotFound)?;
            for row in history::up_from(db, self.thread, last.id, next - way.len() as i64).await? {
                let id = (self.ids)();
                let jump = jump(&way);
                way.push((id, jump));
                let depth = way.len() as i64;
                let copy = MessageRow { id, thread: self.id, parent, sequence: depth, ..row };
                let place = Place { depth, jump: way[jump].0, version: 1, group: id };
                message::put(db, &copy, &place, i64::from(depth < end.depth), self.now).await?;
                parent = Some(id);
                rows += 1;
            }
            // A way with a gap in it, which would never come to its end.
            if (way.len() as i64) < next {
                return Err(Error::NotFound);
            }
        }
        sql!(
            "UPDATE threads SET leaf_id = $1, next_sequence = $2, message_count = $3, snippet = $4, roots = 1, \
             root_group = $5 WHERE id = $6",
            parent.map(|id: MessageId| id.to_string()),
            end.depth + 1,
            rows,
            plain(&snippet(&last.content), LONGEST_SNIPPET),
            way.first().map(|(id, _)| id.to_string()).unwrap_or_default(),
            self.id.to_string(),
        )
        .execute(&mut *db)
        .await?;
        sql!("UPDATE messages SET forks = forks + 1 WHERE id = $1", self.message.to_string()).execute(&mut *db).await?;
        let origin = message::load(db, self.thread, self.message).await?.ok_or(Error::NotFound)?;
        Ok(Forked { thread: thread::load(db, self.id).await?, origin })
    }
}

impl Fork {
    async fn create(&self, db: &mut AnyConnection, old: &ThreadRow) -> Result<(), Error> {
        let title = self.title.as_deref().or(old.title.as_deref());
        let source = if self.title.is_some() { "manual" } else { old.title_source.as_str() };
        sql!(
            "INSERT INTO threads (id, user_id, title, title_source, model, origin_thread, origin_message, \
             last_message_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8)",
            self.id.to_string(),
            self.user.to_string(),
            title.map(|title| plain(title, LONGEST_TITLE)),
            source,
            old.model.clone(),
            self.thread.to_string(),
            self.message.to_string(),
            self.now,
        )
        .execute(&mut *db)
        .await?;
        user::count_threads(db, self.user, 1).await
    }
}

/// Where the next row of a way jumps to, as an index: see `place`.
fn jump(way: &[(MessageId, usize)]) -> usize {
    let Some(above) = way.len().checked_sub(1) else { return 0 };
    let near = way[above].1;
    let far = way[near].1;
    if above - near == near - far { far } else { above }
}
