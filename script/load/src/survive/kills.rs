//! `kill -9` at any moment of a busy load: after each restart nothing is missing that anybody was shown earlier than a
//! second before.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{task::JoinSet, time::timeout};

use super::{
    Stage, check,
    client::{Answer, Client},
    life::{Book, talk},
    server::Start,
};
use crate::clock;

/// Conversations at a time.
const TALKS: usize = 8;
/// How long a server lives, in milliseconds.
const LIFE: std::ops::Range<u64> = 100..3500;

/// Kills the program so many times; the moments follow from the seed.
pub async fn run(program: &Path, work: &Path, kills: usize, seed: u64) -> Result<()> {
    let stage = Stage::set(program, &work.join("kills")).await?;
    let start = Start::new(program, &stage.data, &stage.model.url());
    let (book, mut random) = (Book::default(), StdRng::seed_from_u64(seed));
    let mut lost = check::Lost::default();
    for life in 0..=kills {
        let server = start.server()?;
        let client = Client::new(server.address, &stage.cookie);
        lost.add(check::all(&stage, &client, &book).await.with_context(|| format!("after kill {life}"))?);
        if life == kills {
            the_rest_is_asked_for_again(&client, &book).await?;
            server.terminate()?;
            ensure!(server.ended(Duration::from_secs(30)).await?.success(), "it did not end well");
            break;
        }
        let mut talks = JoinSet::new();
        for slot in 0..TALKS {
            talks.spawn(talk(client.clone(), book.clone(), slot, life, random.random()));
        }
        // Whoever fails before the kill has found something.
        let age = Duration::from_millis(random.random_range(LIFE));
        if let Ok(Some(early)) = timeout(age, talks.join_next()).await {
            early??;
            anyhow::bail!("a conversation ended while the server was alive: {}", start.log());
        }
        let killed = clock::now();
        server.kill()?;
        book.pages().killed.push(killed);
        timeout(Duration::from_secs(10), async {
            while let Some(ended) = talks.join_next().await {
                ended??;
            }
            anyhow::Ok(())
        })
        .await
        .context("a viewer does not notice that the server is gone")??;
    }
    eprintln!(
        "survive: {kills} kills, {} answers, {} of them interrupted; {} tokens shown, {} missing after a kill, the oldest \
         of them shown {:.0} ms before it",
        lost.answers, lost.interrupted, lost.shown, lost.missing, lost.oldest_ms
    );
    ensure!(kills < 3 || lost.interrupted > 0, "no kill hit an answer");
    Ok(())
}

/// Every thread whose answer was cut off offers another, and gets it.
async fn the_rest_is_asked_for_again(client: &Client, book: &Book) -> Result<()> {
    let talks: Vec<_> = book.pages().talks.values().cloned().collect();
    for talk in talks {
        let last = check::last(client, &talk.thread).await?;
        if last.status != "failed" {
            continue;
        }
        let (page, html) = client.page(&format!("/chat/thread/{}", talk.thread)).await?;
        ensure!(page == 200 && html.contains("/rpc/messages/regenerate"), "the page offers no retry: {page}");
        let started = match client.form("messages/regenerate", &[("id", &last.id)]).await {
            Answer::Done(started) => started,
            other => anyhow::bail!("asking again: {other:?}"),
        };
        let mut viewer = client.view(&started).await?;
        timeout(Duration::from_secs(60), viewer.until_over()).await.context("the second answer does not end")?;
        let settled = viewer.seen.settled.map(|(status, _)| status);
        ensure!(settled.as_deref() == Some("completed"), "asked again, it {settled:?}");
    }
    Ok(())
}
