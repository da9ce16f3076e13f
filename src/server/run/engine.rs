//! Drives one run: asks the provider, hands what comes to the writer, ends in one settle.

use std::{
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    Context, Job, Place, prompt,
    writer::{Outcome, Writer},
};
use crate::{
    model::{Failure, FailureKind, Status},
    server::provider::{Answer, Request},
};

/// The most a token waits for the next ones before it is shown, and the most of them that go together (contract D.2).
const LONGEST_WAIT: Duration = Duration::from_millis(30);
const MOST_TOGETHER: usize = 300;

/// The first wait before a busy provider is asked again, where it does not say how long; it doubles with each try.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// How often it is asked at the most, however short the waits are that it asks for.
const MOST_TRIES: u32 = 8;

/// Runs to the end, whatever happens on the way. Returns how it ended.
pub async fn drive(context: Arc<Context>, job: Job, place: Option<Place>, cancel: CancellationToken) -> Status {
    let mut writer = Writer::new(context.clone(), job, place);
    let outcome = match generate(&context, &mut writer, &cancel).await {
        Outcome::Cancelled if context.closing.load(Ordering::Relaxed) => {
            Outcome::Failed(Failure::new(FailureKind::Interrupted))
        }
        outcome => outcome,
    };
    Box::pin(writer.settle(outcome)).await
}

async fn generate(context: &Context, writer: &mut Writer, cancel: &CancellationToken) -> Outcome {
    let mut saves = Saves(Box::pin(sleep(Duration::ZERO)));
    // What only the beginning needs is not held while the answer is being written, which takes long.
    let mut answer = match Box::pin(begin(context, writer, cancel, &mut saves)).await {
        Ok(answer) => answer,
        Err(outcome) => return outcome,
    };
    loop {
        let chunk = tokio::select! {
            biased;
            // Dropping the answer aborts the provider's request itself.
            () = cancel.cancelled() => return Outcome::Cancelled,
            chunk = answer.next() => chunk,
            go_on = saves.next(writer) => match go_on {
                true => continue,
                false => return Outcome::Cancelled,
            },
        };
        let since = Instant::now();
        let mut next = Some(chunk);
        let mut end = None;
        // What is ready at the same moment goes together; nothing is waited for.
        while let Some(chunk) = next.take() {
            match chunk {
                Some(Ok(chunk)) => writer.take(chunk),
                Some(Err(failure)) => end = Some(Outcome::Failed(failure)),
                None => end = Some(Outcome::Completed),
            }
            if end.is_none() && writer.waiting() < MOST_TOGETHER && since.elapsed() < LONGEST_WAIT {
                next = answer.next().now_or_never();
            }
        }
        if !writer.flush().await {
            return Outcome::Cancelled;
        }
        if writer.is_full() {
            // Dropping the answer ends the provider's request: it may never have stopped by itself.
            let limit = format!("{} KB", context.limits.answer / 1024);
            return Outcome::Failed(Failure::because(FailureKind::TooLong, limit));
        }
        if let Some(end) = end {
            return end;
        }
        // A provider that always has more must not keep this worker from its other runs.
        tokio::task::coop::consume_budget().await;
    }
}

/// Has the writer store what came also where nothing more comes. The clock is set when it has gone off, not for each
/// token: a token that comes alone costs little more than waking up for it.
struct Saves(Pin<Box<Sleep>>);

impl Saves {
    /// Once it may be time. False: the row is gone, or cannot be stored.
    async fn next(&mut self, writer: &mut Writer) -> bool {
        self.0.as_mut().await;
        let go_on = writer.save().await;
        self.0.as_mut().reset(writer.next_save().into());
        go_on
    }
}

/// Reads the thread and asks the provider.
async fn begin(
    context: &Context,
    writer: &mut Writer,
    cancel: &CancellationToken,
    saves: &mut Saves,
) -> Result<Answer, Outcome> {
    let request = request(context, writer.job()).await?;
    let begun = request.begun.as_ref().map_or(0, String::len);
    writer.set_prompt_size(request.turns.iter().map(|turn| turn.text.len()).sum::<usize>() + begun);
    ask(context, writer, cancel, saves, &request).await
}

/// Asks until the provider begins to answer: one that is too busy is asked again after a while, a bounded number of
/// times. Nothing has been said by then, so nothing can be said twice.
async fn ask(
    context: &Context,
    writer: &mut Writer,
    cancel: &CancellationToken,
    saves: &mut Saves,
    request: &Request,
) -> Result<Answer, Outcome> {
    let mut left = context.limits.busy;
    let mut wait = FIRST_WAIT;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let asking = context.providers.stream(request.clone());
        let failure = match meanwhile(writer, cancel, saves, asking).await? {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let named = failure.retry_after.map(|seconds| Duration::from_secs(seconds.into()));
        let pause = named.unwrap_or(wait).max(wait);
        let busy = failure.kind == FailureKind::Limited || (failure.kind == FailureKind::Server && named.is_some());
        if !busy || attempt == MOST_TRIES || pause > left {
            return Err(Outcome::Failed(failure));
        }
        left -= pause;
        tracing::info!(run = %writer.job().run, attempt, ?pause, "the provider is busy and will be asked again");
        writer.show_status("busy", Some(pause.as_secs().max(1).to_string()));
        meanwhile(writer, cancel, saves, sleep(pause)).await?;
        writer.show_status("waiting", None);
        wait *= 2;
    }
}

/// Waits for something, and says meanwhile that the run is alive. An error if it was stopped.
async fn meanwhile<T>(
    writer: &mut Writer,
    cancel: &CancellationToken,
    saves: &mut Saves,
    what: impl Future<Output = T>,
) -> Result<T, Outcome> {
    tokio::pin!(what);
    loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Outcome::Cancelled),
            done = &mut what => return Ok(done),
            go_on = saves.next(writer) => if !go_on { return Err(Outcome::Cancelled) },
        }
    }
}

/// What the model is asked: the path down to the message that this run answers.
async fn request(context: &Context, job: &Job) -> Result<Request, Outcome> {
    let Some(model) = job.model.clone() else {
        return Err(Outcome::Failed(Failure::new(FailureKind::NoModel)));
    };
    let Some(parent) = job.answer.parent else {
        return Err(Outcome::Failed(Failure::because(FailureKind::Internal, job.run.to_string())));
    };
    match context.store.history(job.thread, parent, context.limits.history).await {
        Ok(path) => Ok(Request {
            model,
            turns: prompt::turns(job.asked.system_prompt.clone(), path),
            begun: Some(job.answer.content.text.clone()).filter(|begun| !begun.is_empty()),
            sampling: prompt::sampling(&job.asked.sampling),
        }),
        Err(error) => {
            tracing::error!(run = %job.run, %error, "could not read the thread");
            Err(Outcome::Failed(Failure::because(FailureKind::Internal, job.run.to_string())))
        }
    }
}
