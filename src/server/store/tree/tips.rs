//! Where the newest versions below a row lead to. It is noted in the row when the thread turns away from it.

use sqlx::AnyConnection;

use super::{
    super::{
        Error,
        sql::{id, sql},
    },
    onward::down,
};
use crate::model::MessageId;

/// Where the newest child of a row leads to, as far as it was noted.
pub(super) async fn noted_below(db: &mut AnyConnection, parent: MessageId) -> Result<Option<MessageId>, Error> {
    let text = "SELECT m.id FROM messages m WHERE m.parent_id = $1 ORDER BY m.version DESC LIMIT 1";
    let Some(newest) = sql!(text, parent.to_string()).fetch_optional(&mut *db).await? else { return Ok(None) };
    noted(db, id(&newest, "id")?).await
}

/// Where a row led to when the thread last turned away from it.
async fn noted(db: &mut AnyConnection, row: MessageId) -> Result<Option<MessageId>, Error> {
    let text = "SELECT t.id FROM messages m JOIN messages t ON t.id = m.tip_id AND t.thread_id = m.thread_id \
                AND t.children = 0 WHERE m.id = $1";
    let noted = sql!(text, row.to_string()).fetch_optional(db).await?;
    Ok(noted.map(|noted| id(&noted, "id")).transpose()?)
}

/// Where one gets from a row who always goes on to the newest version.
pub(super) async fn newest_below(db: &mut AnyConnection, row: MessageId) -> Result<MessageId, Error> {
    if let Some(noted) = noted(db, row).await? {
        return Ok(noted);
    }
    Ok(down(db, row, None, u32::MAX).await?.map_or(row, |way| way.last))
}
