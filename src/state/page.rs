//! What pages load.

use leptos::prelude::Resource;
use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned};

use crate::{
    api,
    model::{Error, Snapshot, ThreadId},
};

/// What a page loads before it is sent, and takes along to the browser.
pub type PageData<T> = Resource<Result<T, Error>, api::Wire>;

/// Loads what a page needs, anew whenever `source` changes.
pub fn page_data<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    load: impl Fn(S) -> F + Send + Sync + 'static,
) -> PageData<T>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    Resource::new_with_options(source, load, true)
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Content, Kind, Message, Meta, Role, Seq, Status, ThreadHead, Version};

    #[test]
    fn a_page_does_not_carry_its_text_twice() {
        let content = Content {
            text: vec!["<p>said</p>".into(), "<p>more</p>".into()],
            reasoning: vec!["<p>thought</p>".into()],
            ..Content::default()
        };
        let message = Message {
            id: uuid::Uuid::nil().into(),
            parent: None,
            sequence: 1,
            role: Role::Assistant,
            kind: Kind::Text,
            status: Status::Completed,
            content,
            meta: Meta::default(),
            actions: Vec::new(),
            version: Version::only(uuid::Uuid::nil().into()),
            is_fork_origin: false,
        };
        let head = ThreadHead {
            id: uuid::Uuid::nil().into(),
            title: None,
            model: None,
            run: None,
            origin: None,
            mended: false,
        };
        let data = ThreadData(Snapshot { head, messages: vec![message], older: Some(4), seq: Seq::default() });
        let text = serde_json::to_string(&data).unwrap();
        assert!(!text.contains("said") && !text.contains("thought"));
        let ThreadData(read) = serde_json::from_str(&text).unwrap();
        assert_eq!(read.messages[0].content.text, ["", ""]);
        assert_eq!(read.messages[0].content.reasoning, [""]);
        assert_eq!((read.older, read.messages[0].status), (Some(4), Status::Completed));
    }
}
