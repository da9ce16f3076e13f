//! One row of the timeline, as a viewer sees it (contract C.1).

use serde::{Deserialize, Serialize};

use super::{Failure, MessageId};

/// One row of a thread's timeline. Its text is here as HTML by block, made on the server; the source it was made from
/// stays there.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    /// The row this one answers or follows; none for the first.
    pub parent: Option<MessageId>,
    /// Its place in the thread, unique within it. A transient row bears the number of the row it stands with.
    pub sequence: i64,
    pub role: Role,
    pub kind: Kind,
    pub status: Status,
    pub content: Content,
    pub meta: Meta,
    pub actions: Vec<Action>,
    pub version: Version,
    /// A thread began as a copy of the way to this row (`is_fork_origin` of contract F.3).
    pub is_fork_origin: bool,
}

/// Which of the rows with the same parent one is (contract F.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Version {
    /// What they have in common: the id of the first there was.
    #[serde(rename = "version_group")]
    pub group: MessageId,
    /// From 1, the oldest first.
    #[serde(rename = "version_number")]
    pub number: u32,
    /// How many there are.
    #[serde(rename = "version_count")]
    pub count: u32,
    /// None is newer.
    pub is_latest: bool,
}

impl Version {
    /// The only one.
    pub fn only(id: MessageId) -> Self {
        Self { group: id, number: 1, count: 1, is_latest: true }
    }
}

impl Message {
    /// A message that waits to be sent. It is no part of the thread's tree yet and stands behind every other row.
    pub fn is_queued(&self) -> bool {
        self.role == Role::User && self.status == Status::Pending
    }

    /// A row that tells what a run is doing and is never stored: the `agent_status` row of contract B.4.
    pub fn is_transient(&self) -> bool {
        self.role == Role::System && self.kind == Kind::Task
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Assistant,
    Tool,
    System,
    Task,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Text,
    Component,
    ToolCall,
    ToolResult,
    Task,
}

/// The only states a row can be in. Streaming text is `Running`; stopped is `Cancelled`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
}

impl Status {
    /// Nothing will change this row by itself any more.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// It ended before all was said.
    pub fn ended_early(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
            Self::System => "system",
            Self::Task => "task",
        }
    }
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Component => "component",
            Self::ToolCall => "tool_call",
            Self::ToolResult => "tool_result",
            Self::Task => "task",
        }
    }
}

/// What a row shows.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// Safe HTML, one string a block, in order.
    pub text: Vec<String>,
    /// What the model thought before it answered, likewise.
    pub reasoning: Vec<String>,
    pub attachments: Vec<Attachment>,
    /// What a task row is about.
    pub title: Option<String>,
    /// Why a failed row failed.
    pub failure: Option<Failure>,
    /// The text as it was typed, of a message that waits to be sent and can still be changed.
    pub source: Option<String>,
}

/// A file that came with a message. The server keeps where it lies to itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Attachment {
    pub file_id: String,
    pub name: String,
    pub mime_type: String,
    pub size_bytes: u64,
}

/// What is known about a row besides its text.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// Milliseconds since 1970, UTC.
    pub created_at: i64,
    pub model: Option<String>,
    pub usage: Option<Usage>,
    pub timings: Option<Timings>,
    /// Why the model stopped.
    pub stop: Option<StopReason>,
    /// How long the model thought, in milliseconds, once it is over.
    pub reasoning_ms: Option<u32>,
    /// How many characters it thought.
    pub reasoning_chars: u32,
    /// A person changed what it says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// How many tokens the model could hold when it answered, prompt and answer together, where that was known. Kept with
    /// the answer, so that it stays true when the model is served otherwise later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u32>,
    /// How many of them the last run of an answer took that was gone on with: `usage` is then the sum of all its runs,
    /// each of which read what came before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_used: Option<u32>,
}

impl Meta {
    /// How much of its model's window the answer and all that came before it took. None where one of the two is unknown.
    pub fn context(&self) -> Option<Context> {
        let (usage, total) = (self.usage?, self.context_window.filter(|window| *window > 0)?);
        let used = self.context_used.unwrap_or_else(|| usage.total());
        Some(Context { used, total, estimated: usage.estimated })
    }
}

/// How much of a model's window is taken, in tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Context {
    pub used: u32,
    /// At least 1.
    pub total: u32,
    /// What is used was counted from the text.
    pub estimated: bool,
}

/// Tokens of one answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    pub prompt_tokens: u32,
    pub completion_tokens: u32,
    /// The provider sent no usage; this was counted from the text.
    #[serde(default)]
    pub estimated: bool,
    /// How many of the prompt's the provider still knew from before and did not read again, if it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u32>,
    /// How many of the completion's were thought and not said, if it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u32>,
}

impl Usage {
    /// Read and written together.
    pub fn total(&self) -> u32 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }
}

/// How fast an answer came.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Timings {
    /// From the request to the first token, in milliseconds.
    pub first_token_ms: u32,
    /// From the first token to the last, in milliseconds.
    pub generation_ms: u32,
    /// Tokens a second as the provider counted them (llama.cpp `timings.predicted_per_second`).
    pub tokens_per_second: Option<f32>,
    /// The same of reading the prompt (`prompt_per_second`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_per_second: Option<f32>,
    /// How many tokens of the prompt it read, without those it still knew (`prompt_n`), and how long that took by its
    /// clock, in milliseconds (`prompt_ms`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_n: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_ms: Option<u32>,
    /// How many tokens it wrote (`predicted_n`), and how long that took by its clock, in milliseconds (`predicted_ms`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted_n: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted_ms: Option<u32>,
}

/// Why the model stopped by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It was done.
    Stop,
    /// It ran into the limit of tokens.
    Length,
    /// It wants a tool's result.
    ToolCalls,
    /// The provider held the rest back.
    ContentFilter,
    /// A word of the provider's own.
    Other,
}

/// A button under a message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Action {
    pub label: String,
    pub action: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_what_the_last_run_took() {
        let usage = Usage { prompt_tokens: 300, completion_tokens: 40, ..Usage::default() };
        let one = Meta { usage: Some(usage), context_window: Some(4096), ..Meta::default() };
        assert_eq!(one.context(), Some(Context { used: 340, total: 4096, estimated: false }));
        // Two runs read the same twice.
        let two = Meta { context_used: Some(180), usage: Some(Usage { estimated: true, ..usage }), ..one.clone() };
        assert_eq!(two.context(), Some(Context { used: 180, total: 4096, estimated: true }));
        for unknown in [
            Meta { usage: None, ..one.clone() },
            Meta { context_window: None, ..one.clone() },
            Meta { context_window: Some(0), ..one },
        ] {
            assert_eq!(unknown.context(), None);
        }
    }
}
