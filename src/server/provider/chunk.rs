//! One piece of an answer.

use crate::model::{StopReason, Timings, Usage};

/// One piece of an answer, whatever dialect it came in. Pieces of text are never empty and are appended as they are.
#[derive(Clone, PartialEq, Debug)]
pub enum Chunk {
    /// The model that really answers, in the provider's words. Comes at most once, as a rule before any text.
    Model(String),
    /// Text of the answer.
    Text(String),
    /// Text of the thinking before it, where the provider keeps the two apart. `<think>` tags inside the text of an
    /// answer are left there.
    Reasoning(String),
    /// How many tokens it took, by the provider's count. Comes at most once, after the text, also before a failure.
    Usage(Usage),
    /// How fast it was by the provider's clock (llama.cpp `timings`); what our own clock tells is not set. The last one
    /// holds.
    Timings(Timings),
    /// How many tokens of the prompt were read, out of how many (llama.cpp `prompt_progress`).
    Progress { processed: u32, total: u32 },
    /// Why the model ended by itself. Comes at most once. It is not the end of the stream: [`Usage`](Self::Usage) comes
    /// after it.
    Stop(StopReason),
}
