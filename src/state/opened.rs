//! What somebody is about to do with a message, and is asked about.

use serde::{Deserialize, Serialize};

use crate::{
    api,
    model::{Error, MessageId, ThreadId},
};

/// The question, with what it needs to be asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Opened {
    /// What should it say?
    Edit { id: MessageId, source: String },
    /// Should it go, with so many in all?
    Remove { id: MessageId, count: u32 },
    /// Which model should answer?
    Again { id: MessageId },
    /// What should the copy be called?
    Fork { id: MessageId },
    /// What should be said to the model first?
    System { text: String },
}

/// The words that addresses and forms have for these. Only the last needs no message.
pub const QUESTIONS: [&str; 5] = ["edit", "remove", "again", "fork", "system"];

impl Opened {
    /// Loads what a question needs. None: there is no such question.
    pub async fn load(thread: ThreadId, question: &str, message: &str) -> Result<Option<Self>, Error> {
        if question == "system" {
            return Ok(Some(Self::System { text: api::threads::system(thread).await? }));
        }
        let Ok(id) = message.parse() else { return Ok(None) };
        Ok(match question {
            "edit" => Some(Self::Edit { id, source: api::messages::source(id).await? }),
            "remove" => Some(Self::Remove { id, count: api::messages::below(id).await? }),
            "again" => Some(Self::Again { id }),
            "fork" => Some(Self::Fork { id }),
            _ => None,
        })
    }

    /// The message whose text is being changed, with its text.
    pub fn edited(&self) -> Option<(MessageId, &str)> {
        match self {
            Self::Edit { id, source } => Some((*id, source)),
            _ => None,
        }
    }
}
