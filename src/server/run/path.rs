//! Telling everybody that a thread turned to another way through its tree.

use super::{Runs, view};
use crate::{
    model::{Change, Message, MessageId, ThreadId},
    server::store::{self, Onward},
};

/// How many rows are told at the most; those after them are read when a reader comes near.
const ROWS: u32 = 30;
/// How often it is begun anew where rows settle meanwhile.
const TRIES: usize = 5;

impl Runs {
    /// Shows what comes after this sequence on the way to the thread's leaf. `begun` is an answer that nobody has been
    /// told of yet. It is the caller's turn in the thread's [`Order`](super::order::Order).
    pub async fn tell_path(&self, thread: ThreadId, after: i64, begun: Option<MessageId>) -> Result<(), store::Error> {
        self.tell(thread, after, None, begun).await
    }

    /// The same where the way turned to a version below which there are newest ones only.
    pub async fn tell_turn(&self, thread: ThreadId, after: i64, version: MessageId) -> Result<(), store::Error> {
        self.tell(thread, after, Some(version), None).await
    }

    async fn tell(
        &self,
        thread: ThreadId,
        after: i64,
        newest: Option<MessageId>,
        begun: Option<MessageId>,
    ) -> Result<(), store::Error> {
        let store = &self.context.store;
        for attempt in 1..=TRIES {
            let Onward { rows, next } = store.onward(thread, after, newest, ROWS).await?;
            let told = self.context.hub.append_with(thread, |live| {
                let mut shown: Vec<Message> = Vec::with_capacity(rows.len() + 1);
                for row in rows {
                    let own = live.rows.iter().find(|live| live.id == row.id);
                    // One that settled just now: the store knows by now what it came to.
                    if own.is_none() && !row.status.is_settled() && begun != Some(row.id) && attempt < TRIES {
                        return None;
                    }
                    shown.push(match own {
                        Some(own) => view::live(own, &row),
                        None => view::message(row),
                    });
                }
                // What a run is doing that writes one of them.
                let here = |id: Option<MessageId>| shown.iter().any(|row| Some(row.id) == id);
                let doing: Vec<_> =
                    live.rows.iter().filter(|row| row.is_transient() && here(row.parent)).cloned().collect();
                shown.extend(doing);
                Some(Change::Path { after, rows: shown, next })
            });
            if told.is_some() {
                break;
            }
        }
        Ok(())
    }
}
