//! Drives one run: asks the provider, hands what comes to the writer, ends in one settle.

use std::{
    future::poll_fn,
    mem::take,
    pin::{Pin, pin},
    sync::{Arc, atomic::Ordering},
    task::{self, Poll},
    time::Duration,
};

use futures::StreamExt;
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
    let mut stopped = pin!(cancel.cancelled());
    // Whether whatever may happen next wakes this task up, so that nothing needs to be asked before it does.
    let (mut is_waiting, mut is_armed) = (false, false);
    loop {
        let next = poll_fn(|task| {
            if take(&mut is_waiting) {
                return Poll::Pending;
            }
            // Before what the model says, however much it has to say.
            if cancel.is_cancelled() {
                return Poll::Ready(Next::Stop);
            }
            match take_ready(&mut answer, writer, task) {
                Taken::End(outcome) => return Poll::Ready(Next::End(outcome)),
                Taken::Some => return Poll::Ready(Next::Text),
                Taken::All if writer.waiting() > 0 => {
                    is_waiting = is_armed;
                    return Poll::Ready(Next::Text);
                }
                Taken::All => {}
            }
            is_armed = true;
            match (stopped.as_mut().poll(task), saves.0.as_mut().poll(task)) {
                (Poll::Ready(()), _) => Poll::Ready(Next::Stop),
                (_, Poll::Ready(())) => Poll::Ready(Next::Save),
                _ => Poll::Pending,
            }
        });
        let end = match next.await {
            // Dropping the answer aborts the provider's request itself.
            Next::Stop => return Outcome::Cancelled,
            Next::Save => {
                is_armed = false;
                match saves.save(writer).await {
                    true => continue,
                    false => return Outcome::Cancelled,
                }
            }
            Next::Text => None,
            Next::End(outcome) => Some(outcome),
        };
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

/// What a run does next.
enum Next {
    /// Shows what the model said.
    Text,
    /// The same, and ends.
    End(Outcome),
    /// Stores, if it is time.
    Save,
    Stop,
}

/// What was taken of an answer.
enum Taken {
    /// As much as goes together; there may be more.
    Some,
    /// All there is by now. The task is woken up when there is more.
    All,
    /// The last of it.
    End(Outcome),
}

/// Hands the writer what is ready at this moment; nothing is waited for.
fn take_ready(answer: &mut Answer, writer: &mut Writer, task: &mut task::Context<'_>) -> Taken {
    let since = Instant::now();
    while let Poll::Ready(chunk) = answer.poll_next_unpin(task) {
        match chunk {
            Some(Ok(chunk)) => writer.take(chunk),
            Some(Err(failure)) => return Taken::End(Outcome::Failed(failure)),
            None => return Taken::End(Outcome::Completed),
        }
        if writer.waiting() >= MOST_TOGETHER || since.elapsed() >= LONGEST_WAIT {
            return Taken::Some;
        }
    }
    Taken::All
}

/// Has the writer store what came also where nothing more comes. The clock is set when it has gone off, not for each
/// token: a token that comes alone costs little more than waking up for it.
struct Saves(Pin<Box<Sleep>>);

impl Saves {
    /// Once it may be time. False: the row is gone, or cannot be stored.
    async fn next(&mut self, writer: &mut Writer) -> bool {
        self.0.as_mut().await;
        self.save(writer).await
    }

    /// Now that it may be time. False as above.
    async fn save(&mut self, writer: &mut Writer) -> bool {
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
