//! What a thread took. None of it costs more the longer the thread is.

use sqlx::Row;

use super::{
    Error, Store,
    sql::{json, sql},
};
use crate::model::{Context, Meta, ThreadId};

/// How many models are named at the most.
const MOST_MODELS: i64 = 20;
/// How many rows up from the leaf the newest count is looked for: answers that failed before they began have none.
const MOST_ROWS: i64 = 12;

/// Steps from each model to the next by the index, instead of reading all runs.
const MODELS: &str = "WITH RECURSIVE asked (model, number) AS (\
    SELECT (SELECT MIN(model) FROM runs WHERE thread_id = $1), 1 \
    UNION ALL SELECT (SELECT MIN(r.model) FROM runs r WHERE r.thread_id = $1 AND r.model > a.model), a.number + 1 \
    FROM asked a WHERE a.model IS NOT NULL AND a.number < $2) \
    SELECT model FROM asked WHERE model IS NOT NULL ORDER BY number";

/// What is known about the answers on the path up from the leaf, without their text, the newest first.
const ANSWERS: &str = "WITH RECURSIVE path (id, thread_id, parent_id, sequence, depth) AS (\
    SELECT m.id, m.thread_id, m.parent_id, m.sequence, 1 FROM threads t \
    JOIN messages m ON m.id = t.leaf_id AND m.thread_id = t.id WHERE t.id = $1 \
    UNION ALL SELECT m.id, m.thread_id, m.parent_id, m.sequence, p.depth + 1 FROM path p \
    JOIN messages m ON m.id = p.parent_id AND m.thread_id = p.thread_id AND m.sequence < p.sequence \
    WHERE p.depth < $2) \
    SELECT m.meta FROM path p JOIN messages m ON m.id = p.id \
    WHERE m.role = 'assistant' AND m.status NOT IN ('pending', 'running') ORDER BY p.depth";

impl Store {
    /// How many messages wait to be sent, in all threads. Only those are counted through.
    pub async fn waiting(&self) -> Result<u64, Error> {
        let row = sql!("SELECT COUNT(*) AS waiting FROM queue").fetch_one(&self.reader).await?;
        Ok(row.try_get::<i64, _>("waiting")?.unsigned_abs())
    }

    /// The models that were asked in a thread, by name; the first 20.
    pub async fn models_asked(&self, thread: ThreadId) -> Result<Vec<String>, Error> {
        let rows = sql!(MODELS, thread.to_string(), MOST_MODELS).fetch_all(&self.reader).await?;
        Ok(rows.iter().map(|row| row.try_get("model")).collect::<Result<_, _>>()?)
    }

    /// How full the window of the model is that gave the newest settled answer of which tokens are known, on the path to
    /// the leaf. None: there is none near the leaf, or its window is not known.
    pub async fn context(&self, thread: ThreadId) -> Result<Option<Context>, Error> {
        for row in sql!(ANSWERS, thread.to_string(), MOST_ROWS).fetch_all(&self.reader).await? {
            let meta: Meta = json(&row, "meta")?;
            if meta.usage.is_some() {
                return Ok(meta.context());
            }
        }
        Ok(None)
    }
}
