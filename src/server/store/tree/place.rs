//! Where a new row stands.

use sqlx::{AnyConnection, Row};

use super::super::{
    Error,
    sql::{id, maybe_id, sql},
};
use crate::model::{MessageId, ThreadId};

/// A row's place in its thread's tree; the columns of the same names.
pub(in crate::server::store) struct Place {
    pub depth: i64,
    pub jump: MessageId,
    pub version: i64,
    pub group: MessageId,
}

/// Takes the place of a new child of `parent`, or at the top. The thread is locked. `NotFound`: it has no such row.
pub(in crate::server::store) async fn take(
    db: &mut AnyConnection,
    thread: ThreadId,
    row: MessageId,
    parent: Option<MessageId>,
) -> Result<Place, Error> {
    let Some(parent) = parent else { return take_root(db, thread, row).await };
    let counted = sql!(
        "UPDATE messages SET children = children + 1 WHERE id = $1 AND thread_id = $2 \
         RETURNING children, depth, jump_id",
        parent.to_string(),
        thread.to_string(),
    );
    let counted = counted.fetch_optional(&mut *db).await?.ok_or(Error::NotFound)?;
    let (version, depth): (i64, i64) = (counted.try_get("children")?, counted.try_get("depth")?);
    let jump = match maybe_id(&counted, "jump_id")? {
        Some(jump) => jump_over(db, parent, depth, jump).await?,
        None => parent,
    };
    let group = match version {
        1 => row,
        _ => {
            let first = sql!("SELECT group_id FROM messages WHERE parent_id = $1 LIMIT 1", parent.to_string());
            first.fetch_optional(db).await?.map(|row| id(&row, "group_id")).transpose()?.unwrap_or(row)
        }
    };
    Ok(Place { depth: depth + 1, jump, version, group })
}

async fn take_root(db: &mut AnyConnection, thread: ThreadId, row: MessageId) -> Result<Place, Error> {
    let counted = sql!(
        "UPDATE threads SET roots = roots + 1, root_group = CASE WHEN roots = 0 THEN $1 ELSE root_group END \
         WHERE id = $2 RETURNING roots, root_group",
        row.to_string(),
        thread.to_string(),
    );
    let counted = counted.fetch_optional(db).await?.ok_or(Error::NotFound)?;
    Ok(Place { depth: 1, jump: row, version: counted.try_get("roots")?, group: id(&counted, "root_group")? })
}

/// Where a child of `parent` jumps to: as far again as the parent's last two jumps, where these are equally long; else
/// to the parent. Every row is then reached in O(log n) jumps and steps.
async fn jump_over(db: &mut AnyConnection, parent: MessageId, depth: i64, jump: MessageId) -> Result<MessageId, Error> {
    let two = sql!(
        "SELECT j.depth AS near, k.depth AS far, k.id AS id FROM messages j JOIN messages k ON k.id = j.jump_id \
         WHERE j.id = $1",
        jump.to_string(),
    );
    let Some(two) = two.fetch_optional(db).await? else { return Ok(parent) };
    let (near, far): (i64, i64) = (two.try_get("near")?, two.try_get("far")?);
    match depth - near == near - far {
        true => Ok(id(&two, "id")?),
        false => Ok(parent),
    }
}
