//! A person: threads of a few turns, some of whose answers go wrong, are stopped or asked for again, and viewers of them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet};

use super::{
    Soak,
    viewer::{self, Task},
};
use crate::{
    http::Person,
    model::{MessageId, Snapshot, Status, ThreadId},
    script::{Fault, Script},
};

/// Fewer than a page holds, so that a page is the whole thread.
const TURNS: usize = 8;
const VIEWERS: usize = 4;
/// An answer takes longer than that only if nobody will ever settle it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lives until the end.
pub async fn live(soak: Arc<Soak>, person: Person) -> Result<()> {
    while Instant::now() < soak.end {
        thread(&soak, &person).await?;
    }
    Ok(())
}

fn chance(part: f64) -> bool {
    rand::random_bool(part)
}

/// An answer as it is asked for, and whether something is to go wrong with it.
fn script() -> Script {
    let fault = chance(0.3).then(|| Fault::ALL[rand::random_range(0..Fault::ALL.len())]);
    Script {
        rate: rand::random_range(20.0..200.0),
        tokens: rand::random_range(5..300),
        paragraph: chance(0.2),
        fault,
        key: Some(rand::random()),
        ..Script::default()
    }
}

async fn thread(soak: &Arc<Soak>, person: &Person) -> Result<()> {
    soak.tally.threads.one();
    let mut asked = script();
    let started = person.start(&asked.message()).await.context("starting a thread")?;
    let id: ThreadId = read(&started["thread"])?;
    let (tasks, told) = watch::channel(Task::Look(Vec::new()));
    let mut viewers = JoinSet::new();
    for _ in 0..rand::random_range(1..=VIEWERS) {
        viewers.spawn(viewer::live(soak.clone(), person.clone(), id, told.clone()));
    }
    let mut answer: MessageId = read(&started["answer"])?;
    let mut run = started["run"].clone();
    for turn in 0.. {
        soak.tally.answers.one();
        let stop = chance(0.1).then(|| Duration::from_millis(rand::random_range(0..2000)));
        let page = settle(person, id, &tasks, stop.map(|after| (after, &run))).await?;
        check(soak, person, &page, answer, &asked).await?;
        if turn == TURNS || chance(0.25) || Instant::now() >= soak.end {
            break;
        }
        let failed = page.messages.last().is_some_and(|row| row.status != Status::Completed);
        if failed && chance(0.5) {
            // The same message is asked again, by the same key.
            soak.tally.retried.one();
            let again = person.form("messages/regenerate", &[("id", &answer.to_string())]).await.context("retry")?;
            (answer, run) = (read(&again["answer"])?, again["run"].clone());
            continue;
        }
        asked = script();
        let fields = [("thread", id.to_string()), ("text", asked.message())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let next = person.form("messages/submit", &fields).await.context("the next message")?;
        (answer, run) = (read(&next["answer"])?, next["run"].clone());
    }
    // Everybody who looks comes to this very page.
    let last = Arc::new(snapshot(person, id).await?);
    tasks.send_replace(Task::Finish(last));
    while let Some(viewed) = viewers.join_next().await {
        viewed??;
    }
    if chance(0.5) {
        soak.tally.deleted.one();
        person.form("threads/delete", &[("id", &id.to_string())]).await.context("deleting a thread")?;
    }
    Ok(())
}

pub fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T> {
    serde_json::from_value(value.clone()).with_context(|| format!("not what it should be: {value}"))
}

/// The page as it stands now.
pub async fn snapshot(person: &Person, id: ThreadId) -> Result<Snapshot> {
    read(&person.call("threads/snapshot", &json!({ "id": id })).await.context("the page")?)
}

/// Waits until nothing runs, and lets the viewers compare themselves with each page on the way.
async fn settle(
    person: &Person,
    id: ThreadId,
    tasks: &watch::Sender<Task>,
    mut stop: Option<(Duration, &Value)>,
) -> Result<Snapshot> {
    let begun = Instant::now();
    loop {
        if let Some((_, run)) = stop.take_if(|(after, _)| begun.elapsed() >= *after) {
            let run = run.as_str().context("no run")?;
            person.form("messages/stop", &[("run", run)]).await.context("stopping")?;
        }
        let page = snapshot(person, id).await?;
        if page.head.run.is_none() {
            return Ok(page);
        }
        tasks.send_modify(|task| {
            if let Task::Look(pages) = task {
                // Those who have not come to the older ones by now will not.
                pages.drain(..pages.len().saturating_sub(8));
                pages.push(Arc::new(page));
            }
        });
        ensure!(begun.elapsed() < PATIENCE, "an answer in thread {id} is never settled");
        tokio::time::sleep(Duration::from_millis(rand::random_range(50..400))).await;
    }
}

/// Compares an answer with what the model said.
async fn check(soak: &Soak, person: &Person, page: &Snapshot, answer: MessageId, asked: &Script) -> Result<()> {
    let Some(row) = page.messages.iter().find(|row| row.id == answer) else {
        soak.tally.wrong(format!("answer {answer} is not in its thread"));
        return Ok(());
    };
    let text: String = read(&person.call("messages/source", &json!({ "id": answer })).await.context("the text")?)?;
    let said = soak.provider.take(asked.key.unwrap_or_default());
    let whole = match row.status {
        Status::Completed => {
            soak.tally.completed.one();
            if asked.fault.is_some_and(|fault| fault != Fault::Garbage) {
                soak.tally.wrong(format!("{:?} came out as completed", asked.fault));
            }
            true
        }
        Status::Failed => {
            soak.tally.failed.one();
            if asked.fault.is_none() {
                soak.tally.wrong(format!("failed for no reason: {:?}", row.content.failure));
            }
            // A connection that is reset loses what had come and was not read yet.
            !matches!(asked.fault, Some(Fault::Reset))
        }
        Status::Cancelled => {
            soak.tally.stopped.one();
            false
        }
        other => {
            soak.tally.wrong(format!("answer {answer} is {other:?} while nothing runs"));
            return Ok(());
        }
    };
    soak.tally.texts.one();
    if !(text == said || !whole && said.starts_with(&text)) {
        let at = text.bytes().zip(said.bytes()).take_while(|(a, b)| a == b).count();
        let (own, theirs) = (text.len(), said.len());
        soak.tally.wrong(format!(
            "the text of {answer} ({:?}, {:?}) differs from byte {at} on: {own} bytes stored, {theirs} said",
            row.status, asked.fault
        ));
    }
    Ok(())
}
