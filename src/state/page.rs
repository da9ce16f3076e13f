//! What the thread page loads.

use serde::{Deserialize, Serialize, Serializer};

use crate::{
    api,
    model::{Error, Snapshot, ThreadId},
};

/// A thread's snapshot as the page carries it. It is serialized without its text: the browser finds that in the page's
/// HTML, so that history is sent once. Only the number of blocks stays, from which a row knows what it shows.
///
/// It is only ever serialized into a page that holds the HTML; what the browser fetches later is a [`Snapshot`].
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(transparent)]
pub struct ThreadData(pub Snapshot);

impl ThreadData {
    /// Loads the thread; `before` a row's sequence, if the page shows older rows instead of the newest.
    pub async fn load(id: Option<ThreadId>, before: Option<i64>) -> Result<Self, Error> {
        let id = id.ok_or(Error::NotFound)?;
        let mut snapshot = api::threads::snapshot(id).await?;
        if let Some(before) = before {
            let older = api::threads::older(id, before).await?;
            (snapshot.messages, snapshot.older) = (older.messages, older.older);
        }
        Ok(Self(snapshot))
    }
}

impl Serialize for ThreadData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut snapshot = self.0.clone();
        for message in &mut snapshot.messages {
            for blocks in [&mut message.content.text, &mut message.content.reasoning] {
                blocks.iter_mut().for_each(String::clear);
            }
        }
        snapshot.serialize(serializer)
    }
}
