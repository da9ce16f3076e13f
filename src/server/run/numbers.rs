//! What became of the runs, in numbers for whoever operates the server.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    model::{Failure, Meta, Status},
    server::metrics::{Counter, Histogram},
};

/// How a run ended, and why where it failed; empty otherwise.
type End = (&'static str, &'static str);

/// Counted since the process began.
#[derive(Default, Debug)]
pub struct Numbers {
    /// From a run's start to the first token from its model.
    pub first_token: Histogram,
    /// Prompt and completion, as counted by the provider and as estimated.
    tokens: [[Counter; 2]; 2],
    settled: Mutex<BTreeMap<End, u64>>,
}

impl Numbers {
    /// Counts a settled run.
    pub(super) fn settle(&self, status: Status, failure: Option<&Failure>, meta: &Meta) {
        let end = (status.as_str(), failure.map_or("", |failure| failure.kind.as_str()));
        *self.settled.lock().unwrap_or_else(PoisonError::into_inner).entry(end).or_default() += 1;
        if let Some(usage) = meta.usage {
            let [prompt, completion] = &self.tokens;
            prompt[usize::from(usage.estimated)].add(usage.prompt_tokens.into());
            completion[usize::from(usage.estimated)].add(usage.completion_tokens.into());
        }
    }

    /// Which part, who counted, how many.
    pub fn tokens(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        ["prompt", "completion"].into_iter().zip(&self.tokens).flat_map(|(part, counters)| {
            ["provider", "estimate"].into_iter().zip(counters).map(move |(by, counter)| (part, by, counter.get()))
        })
    }

    /// How runs ended and why, and how many did.
    pub fn settled(&self) -> Vec<(End, u64)> {
        let settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        settled.iter().map(|(end, count)| (*end, *count)).collect()
    }
}
