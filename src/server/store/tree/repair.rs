//! Making a thread's tree anew from its rows: for rows that an older program wrote, and for damaged ones.

use std::collections::{HashMap, HashSet};

use sqlx::AnyConnection;

use super::super::{
    Error, Store,
    settle::tokens,
    sql::{id, json, maybe_id, sql, word},
    thread,
    write::Write,
};
use super::{
    path::{Spot, leaf},
    turns,
};
use crate::model::{MessageId, Meta, Status, ThreadId};

/// How many threads are looked for at a time.
const CHUNK: i64 = 100;

/// What was mended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Repaired {
    /// Rows that had not been numbered, or wrongly.
    pub rows: usize,
    /// Rows whose parent was missing or came after them. They are at the top now, as other versions of the beginning.
    pub orphans: usize,
    /// The thread stood at no row, or at one below an orphan. It stands at the newest sound one now.
    pub leaf: bool,
}

impl Store {
    /// Numbers the rows that an older program left. Returns how many threads had some.
    pub(in crate::server::store) async fn number_all(&self) -> Result<usize, Error> {
        let mut threads = 0;
        loop {
            let text = "SELECT DISTINCT thread_id FROM messages WHERE depth = 0 AND sequence > 0 LIMIT $1";
            let found = sql!(text, CHUNK).fetch_all(&self.reader).await?;
            for thread in &found {
                self.repair(id(thread, "thread_id")?).await?;
            }
            threads += found.len();
            if found.len() < CHUNK as usize {
                return Ok(threads);
            }
        }
    }

    /// Whether a thread stands at no row though it has some.
    pub async fn is_lost(&self, thread: ThreadId) -> Result<bool, Error> {
        let mut db = self.reader.acquire().await?;
        if leaf(&mut db, thread).await?.is_some() {
            return Ok(false);
        }
        let any = sql!("SELECT 1 FROM messages WHERE thread_id = $1 AND sequence > 0 LIMIT 1", thread.to_string());
        Ok(any.fetch_optional(&mut *db).await?.is_some())
    }

    /// Makes a thread's tree anew: every row is reached then, and the thread stands at a row. It reads all of the thread.
    pub async fn repair(&self, thread: ThreadId) -> Result<Repaired, Error> {
        self.write(Repair { thread }).await
    }
}

struct Repair {
    thread: ThreadId,
}

/// A row as it should be.
struct Sound {
    spot: Spot,
    jump: usize,
    /// Its beginning had lost its parent.
    orphaned: bool,
    /// What it says of itself now.
    was: (Spot, Option<MessageId>),
    tokens: Option<i64>,
}

impl Write for Repair {
    type Out = Repaired;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Repaired, Error> {
        thread::lock(db, self.thread, None).await?;
        let (rows, orphans) = self.read(db).await?;
        let mut mended = Repaired { orphans, ..Repaired::default() };
        for row in &rows {
            let jump = Some(rows[row.jump].spot.id);
            if (row.spot, jump) == row.was && row.tokens.is_none() {
                continue;
            }
            mended.rows += 1;
            sql!(
                "UPDATE messages SET parent_id = $1, depth = $2, jump_id = $3, version = $4, group_id = $5, \
                 children = $6, tip_id = NULL, turn = NULL, tokens = COALESCE($7, tokens) WHERE id = $8",
                row.spot.parent.map(|id| id.to_string()),
                row.spot.depth,
                jump.map(|id| id.to_string()),
                row.spot.version,
                row.spot.group.to_string(),
                row.spot.children,
                row.tokens,
                row.spot.id.to_string(),
            )
            .execute(&mut *db)
            .await?;
        }
        mended.leaf = self.stand(db, &rows).await?;
        Ok(mended)
    }
}

impl Repair {
    /// All rows as they should be, in their order, and how many had lost their parent.
    async fn read(&self, db: &mut AnyConnection) -> Result<(Vec<Sound>, usize), Error> {
        const TEXT: &str = "SELECT m.id, m.parent_id, m.sequence, m.depth, m.version, m.group_id, m.children, m.role, \
                            m.jump_id, m.status, m.meta FROM messages m \
                            WHERE m.thread_id = $1 AND m.sequence > 0 ORDER BY m.sequence";
        let mut rows: Vec<Sound> = Vec::new();
        let mut places: HashMap<MessageId, usize> = HashMap::new();
        // By parent; what the first of them says, which may be the id of one that was removed, unless others say so too.
        let mut groups: HashMap<Option<usize>, MessageId> = HashMap::new();
        let mut taken: HashSet<MessageId> = HashSet::new();
        let (mut roots, mut orphans) = (0, 0);
        for stored in sql!(TEXT, self.thread.to_string()).fetch_all(&mut *db).await? {
            let was: Spot = sqlx::FromRow::from_row(&stored)?;
            let status: Status = word(&stored, "status")?;
            // Only for rows that were never counted: a copy's cost nothing.
            let counted = (was.depth == 0 && status.is_settled())
                .then(|| json::<Meta>(&stored, "meta").map(|meta| tokens(&meta)))
                .transpose()?;
            let number = rows.len();
            let mut own = |was: &Spot| if was.depth > 0 && taken.insert(was.group) { was.group } else { was.id };
            let above = was.parent.and_then(|parent| places.get(&parent).copied());
            let mut spot = Spot { children: 0, ..was };
            let (jump, orphaned);
            if let Some(above) = above {
                let (near, parent) = (rows[above].jump, &mut rows[above]);
                parent.spot.children += 1;
                (spot.depth, spot.version) = (parent.spot.depth + 1, parent.spot.children);
                orphaned = parent.orphaned;
                let far = rows[near].jump;
                let depth = |at: usize| rows[at].spot.depth;
                jump = if depth(above) - depth(near) == depth(near) - depth(far) { far } else { above };
                spot.group = *groups.entry(Some(above)).or_insert_with(|| own(&was));
            } else {
                orphaned = was.parent.is_some();
                orphans += usize::from(orphaned);
                roots += 1;
                spot = Spot { parent: None, depth: 1, version: roots, ..spot };
                spot.group = *groups.entry(None).or_insert_with(|| if orphaned { was.id } else { own(&was) });
                jump = number;
            }
            places.insert(was.id, number);
            rows.push(Sound { spot, jump, orphaned, was: (was, maybe_id(&stored, "jump_id")?), tokens: counted });
        }
        Ok((rows, orphans))
    }

    /// Lets the thread stand at a sound row. Returns whether it had to be another one.
    async fn stand(&self, db: &mut AnyConnection, rows: &[Sound]) -> Result<bool, Error> {
        let stood = leaf(db, self.thread).await?.map(|leaf| leaf.id);
        let all_orphaned = rows.iter().all(|row| row.orphaned);
        let sound = |row: &&Sound| !row.orphaned || all_orphaned;
        let kept = rows.iter().filter(sound).find(|row| Some(row.spot.id) == stood);
        let newest = || rows.iter().rev().filter(sound).find(|row| row.spot.children == 0);
        let stands = kept.or_else(newest);
        let roots = rows.iter().filter(|row| row.spot.depth == 1).count();
        let turn = stands.map_or(0, |row| row.spot.sequence);
        let group = rows.first().map(|row| row.spot.group.to_string()).unwrap_or_default();
        sql!(
            "UPDATE threads SET leaf_id = $1, turn = $2, roots = $3, root_group = $4, \
             message_count = (SELECT COUNT(*) FROM messages m WHERE m.thread_id = threads.id), \
             next_sequence = (SELECT CASE WHEN MAX(m.sequence) >= next_sequence THEN MAX(m.sequence) + 1 \
             ELSE next_sequence END FROM messages m WHERE m.thread_id = threads.id) \
             WHERE id = $5",
            stands.map(|row| row.spot.id.to_string()),
            turn,
            i64::try_from(roots).unwrap_or(i64::MAX),
            group,
            self.thread.to_string(),
        )
        .execute(&mut *db)
        .await?;
        turns::forget(db, self.thread, turn).await?;
        Ok(stands.map(|row| row.spot.id) != stood)
    }
}
