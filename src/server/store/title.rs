//! What a thread is called, and the model it was last asked of.

use sqlx::AnyConnection;

use super::{
    Error, Store,
    sql::{plain, sql},
    thread::{LONGEST_TITLE, ThreadRow, TitleSource, load},
    write::Write,
};
use crate::model::{ThreadId, UserId};

impl Store {
    /// The person names a thread: this wins over every other name. The text was looked at by the caller; what is longer
    /// than 255 characters is cut. `NotFound`: there is no such thread of this person's.
    pub async fn rename(&self, user: UserId, thread: ThreadId, title: &str, now: i64) -> Result<ThreadRow, Error> {
        let write = SetTitle { user: Some(user), thread, title: title.to_owned(), source: TitleSource::Manual, now };
        self.write(write).await?.ok_or(Error::NotFound)
    }

    /// Something else names a thread, if what named it before gives way (see [`TitleSource`]). None: it does not, or the
    /// thread is gone.
    pub async fn set_title(
        &self,
        thread: ThreadId,
        title: &str,
        source: TitleSource,
        now: i64,
    ) -> Result<Option<ThreadRow>, Error> {
        self.write(SetTitle { user: None, thread, title: title.to_owned(), source, now }).await
    }

    /// Remembers which model was chosen last. `NotFound` as in [`rename`](Self::rename).
    pub async fn set_model(
        &self,
        user: UserId,
        thread: ThreadId,
        model: Option<&str>,
        now: i64,
    ) -> Result<ThreadRow, Error> {
        self.write(SetModel { user, thread, model: model.map(str::to_owned), now }).await
    }
}

struct SetTitle {
    /// None: whoever's it is.
    user: Option<UserId>,
    thread: ThreadId,
    title: String,
    source: TitleSource,
    now: i64,
}

impl Write for SetTitle {
    type Out = Option<ThreadRow>;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Self::Out, Error> {
        let set = sql!(
            "UPDATE threads SET title = $1, title_source = $2, updated_at = $3 \
             WHERE id = $4 AND user_id = COALESCE($5, user_id) AND ($2 = 'manual' OR title_source = 'none' \
             OR ($2 = 'model' AND title_source IN ('provisional', 'model')))",
            plain(&self.title, LONGEST_TITLE),
            self.source.as_str(),
            self.now,
            self.thread.to_string(),
            self.user.map(|id| id.to_string()),
        );
        match set.execute(&mut *db).await?.rows_affected() {
            0 => Ok(None),
            _ => load(db, self.thread).await.map(Some),
        }
    }
}

struct SetModel {
    user: UserId,
    thread: ThreadId,
    model: Option<String>,
    now: i64,
}

impl Write for SetModel {
    type Out = ThreadRow;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Self::Out, Error> {
        let set = sql!(
            "UPDATE threads SET model = $1, updated_at = $2 WHERE id = $3 AND user_id = $4",
            self.model.as_deref().map(|model| plain(model, LONGEST_TITLE)),
            self.now,
            self.thread.to_string(),
            self.user.to_string(),
        );
        match set.execute(&mut *db).await?.rows_affected() {
            0 => Err(Error::NotFound),
            _ => load(db, self.thread).await,
        }
    }
}

/// Names a thread anew after its first message, unless a person or a model named it.
pub(super) async fn retitle(db: &mut AnyConnection, thread: ThreadId, title: &str) -> Result<(), Error> {
    sql!(
        "UPDATE threads SET title = $1, title_source = 'provisional' \
         WHERE id = $2 AND title_source IN ('none', 'provisional')",
        plain(title, LONGEST_TITLE),
        thread.to_string(),
    )
    .execute(db)
    .await?;
    Ok(())
}
