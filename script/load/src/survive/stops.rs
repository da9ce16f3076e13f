//! SIGTERM: answers get a time to end, nothing new is begun, and what is cut off is kept.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::time::timeout;

use super::{
    Stage, Sum, check,
    client::{Answer, Client, Viewer},
    model::Ask,
    server::{Server, Start},
};

const PATIENCE: Duration = Duration::from_secs(30);

pub async fn run(program: &Path, work: &Path, sum: &mut Sum) -> Result<()> {
    let stage = Stage::set(program, &work.join("stops")).await?;
    let start = Start::new(program, &stage.data, &stage.model.url());
    sum.add("an answer that ends within the grace is completed, and nothing new is begun", in_time(&stage, &start))
        .await;
    sum.add("an answer that does not is interrupted, with its text", too_late(&stage, &start)).await;
    sum.add("a second signal ends at once", twice(&stage, &start)).await;
    sum.add("a viewer that comes back after a restart is told to begin anew", back(&stage, &start)).await;
    Ok(())
}

struct Scene {
    server: Server,
    client: Client,
    viewer: Viewer,
    thread: String,
}

/// A server that writes an answer, and somebody who sees it.
async fn scene(stage: &Stage, start: &Start, name: u64, tokens: u32) -> Result<Scene> {
    let server = start.server()?;
    let client = Client::new(server.address, &stage.cookie);
    let ask = Ask { name, reasoning: 0, tokens, pause: 20, bytes: 18 };
    let started = client.form("messages/start_thread", &[("text", &ask.message())]).await.done()?;
    let mut viewer = client.view(&started).await?;
    timeout(PATIENCE, viewer.until(10)).await.context("nothing is shown")??;
    let thread = started["thread"].as_str().unwrap_or_default().to_owned();
    Ok(Scene { server, client, viewer, thread })
}

async fn in_time(stage: &Stage, start: &Start) -> Result<()> {
    let start = Start { grace: 60, ..start.clone() };
    let Scene { server, client, mut viewer, thread } = scene(stage, &start, 1, 150).await?;
    server.terminate()?;
    timeout(PATIENCE, async {
        while client.page("/readyz").await?.0 != 503 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        anyhow::Ok(())
    })
    .await
    .context("it does not say that it is closing")??;
    for (call, fields) in [
        ("messages/start_thread", vec![("text", "more")]),
        ("messages/submit", vec![("thread", thread.as_str()), ("text", "more")]),
    ] {
        let answer = client.form(call, &fields).await;
        ensure!(answer.code(503) == Some("server_closing"), "{call}: {answer:?}");
        ensure!(matches!(answer, Answer::Refused(_, _, Some(1..))), "it does not say when to try again: {answer:?}");
    }
    let shown = viewer.seen.stamps.len();
    timeout(PATIENCE, viewer.until_over()).await.context("the answer does not end")?;
    let settled = viewer.seen.settled.clone();
    ensure!(settled == Some(("completed".into(), None)), "it {settled:?}");
    ensure!(viewer.seen.stamps.len() == 150 && shown < 150, "{} of 150 were shown", viewer.seen.stamps.len());
    let status = server.ended(Duration::from_secs(10)).await?;
    ensure!(status.success(), "{status}");
    let stored = stored(stage, &thread).await?;
    ensure!(stored == (stage.model.said(1)[0].text.clone(), "completed".into()), "stored is {stored:?}");
    Ok(())
}

async fn too_late(stage: &Stage, start: &Start) -> Result<()> {
    let start = Start { grace: 1, ..start.clone() };
    let Scene { server, mut viewer, thread, .. } = scene(stage, &start, 2, 100_000).await?;
    server.terminate()?;
    interrupted(stage, server, &mut viewer, &thread).await
}

async fn twice(stage: &Stage, start: &Start) -> Result<()> {
    let start = Start { grace: 3600, ..start.clone() };
    let Scene { server, mut viewer, thread, .. } = scene(stage, &start, 3, 100_000).await?;
    server.terminate()?;
    viewer.until(viewer.seen.stamps.len() + 20).await.context("the first signal ended it")?;
    server.terminate()?;
    interrupted(stage, server, &mut viewer, &thread).await
}

/// The viewer sees how it ends, the process ends soon, and everything shown is stored.
async fn interrupted(stage: &Stage, server: Server, viewer: &mut Viewer, thread: &str) -> Result<()> {
    timeout(Duration::from_secs(5), viewer.until_over()).await.context("the answer does not end")?;
    let settled = viewer.seen.settled.clone();
    ensure!(settled == Some(("failed".into(), Some("interrupted".into()))), "it {settled:?}");
    let status = server.ended(Duration::from_secs(5)).await?;
    ensure!(status.success(), "{status}");
    let (text, status) = stored(stage, thread).await?;
    ensure!(status == "failed", "stored as {status}");
    let mut stamps = Vec::new();
    crate::clock::stamps(text.as_bytes(), |stamp| stamps.push(stamp));
    ensure!(viewer.seen.stamps.iter().all(|(_, stamp)| stamps.contains(stamp)), "something shown is not stored");
    Ok(())
}

async fn back(stage: &Stage, start: &Start) -> Result<()> {
    let Scene { server, client, mut viewer, thread } = scene(stage, start, 4, 20).await?;
    timeout(PATIENCE, viewer.until_over()).await.context("the answer does not end")?;
    let (place, address) = (viewer.seen.place.clone(), server.address);
    server.terminate()?;
    ensure!(server.ended(Duration::from_secs(10)).await?.success(), "it did not end well");
    let again = Start { port: address.port(), ..start.clone() }.server()?;
    let last = check::last(&client, &thread).await?.id;
    let mut viewer = client.follow(&thread, &last, &place).await?;
    timeout(PATIENCE, async { while !viewer.seen.reset && viewer.next().await {} }).await.context("it is not told")?;
    ensure!(viewer.seen.reset, "the stream ended without a word");
    again.terminate()
}

/// The text and the status of a thread's newest answer, from the database.
pub async fn stored(stage: &Stage, thread: &str) -> Result<(String, String)> {
    use sqlx::{Connection, Row};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(stage.data.join("skein.db"));
    let mut db = sqlx::SqliteConnection::connect_with(&options).await?;
    let text = "SELECT content, status FROM messages WHERE thread_id = $1 ORDER BY sequence DESC LIMIT 1";
    let row = sqlx::query(text).bind(thread).fetch_one(&mut db).await?;
    let content: serde_json::Value = serde_json::from_str(row.try_get("content")?)?;
    db.close().await?;
    Ok((content["text"].as_str().unwrap_or_default().to_owned(), row.try_get("status")?))
}
