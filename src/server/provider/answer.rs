//! An answer on its way.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures::Stream;

use super::Chunk;
use crate::model::Failure;

/// A model's answer as it comes: chunks, and at most one failure, which is the last thing. Dropping it ends the HTTP
/// request itself, so the provider stops too.
pub struct Answer(Pin<Box<dyn Stream<Item = Result<Chunk, Failure>> + Send>>);

impl Answer {
    pub(super) fn new(stream: impl Stream<Item = Result<Chunk, Failure>> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }
}

impl Stream for Answer {
    type Item = Result<Chunk, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer")
    }
}
