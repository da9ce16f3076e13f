//! Drives one run: asks the provider, hands what comes to the writer, ends in one settle.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{
    Context, Job, prompt,
    writer::{Outcome, Writer},
};
use crate::{
    model::{Failure, FailureKind},
    server::provider::Request,
};

/// The most a token waits for the next ones before it is shown, and the most of them that go together (contract D.2).
const LONGEST_WAIT: Duration = Duration::from_millis(30);
const MOST_TOGETHER: usize = 300;
/// How long it takes at the most to notice that it is time to store what came, where nothing comes.
const NOTICE: Duration = Duration::from_millis(100);

/// Runs to the end, whatever happens on the way.
pub async fn drive(context: Arc<Context>, job: Job, cancel: CancellationToken) {
    let mut writer = Writer::new(context.clone(), job);
    let outcome = match generate(&context, &mut writer, &cancel).await {
        Outcome::Cancelled if context.closing.load(Ordering::Relaxed) => {
            Outcome::Failed(Failure::new(FailureKind::Interrupted))
        }
        outcome => outcome,
    };
    writer.settle(outcome).await;
}

async fn generate(context: &Context, writer: &mut Writer, cancel: &CancellationToken) -> Outcome {
    let job = writer.job();
    let request = match request(context, job).await {
        Ok(request) => request,
        Err(outcome) => return outcome,
    };
    writer.set_prompt_size(request.turns.iter().map(|turn| turn.text.len()).sum());

    let mut tick = interval(NOTICE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let asking = context.providers.stream(request);
    tokio::pin!(asking);
    let mut answer = loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Outcome::Cancelled,
            answer = &mut asking => match answer {
                Ok(answer) => break answer,
                Err(failure) => return Outcome::Failed(failure),
            },
            _ = tick.tick() => if !writer.save().await { return Outcome::Cancelled },
        }
    };
    loop {
        let chunk = tokio::select! {
            biased;
            // Dropping the answer aborts the provider's request itself.
            () = cancel.cancelled() => return Outcome::Cancelled,
            chunk = answer.next() => chunk,
            _ = tick.tick() => {
                if !writer.save().await {
                    return Outcome::Cancelled;
                }
                continue;
            }
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
        if let Some(end) = end {
            return end;
        }
        // A provider that always has more must not keep this worker from its other runs.
        tokio::task::yield_now().await;
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
    match context.store.history(job.thread, parent, context.history).await {
        Ok(path) => Ok(Request {
            model,
            turns: prompt::turns(job.asked.system_prompt.clone(), path),
            sampling: prompt::sampling(&job.asked.sampling),
        }),
        Err(error) => {
            tracing::error!(run = %job.run, %error, "could not read the thread");
            Err(Outcome::Failed(Failure::because(FailureKind::Internal, job.run.to_string())))
        }
    }
}
