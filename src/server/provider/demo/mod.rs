//! The built-in demo: a scripted provider that says so. What it sends is chosen by words in the prompt
//! ([`script`]), at the pace of a real stream. The same script is played as chunks inside the program and, by
//! [`demo_server`], as a real OpenAI-compatible server over HTTP for tests.
//!
//! Tests steer it without clocks: a script can wait at a gate until [`Demo::release`] opens it, [`Demo::reached`] tells
//! when it got there, and [`Demo::until`] waits for requests to end.

mod gate;
mod pace;
mod play;
mod record;
mod script;
mod server;
mod texts;
mod wire;

use std::{fmt, sync::Arc, time::Duration};

use futures::{StreamExt, stream};

use self::{
    gate::Gates,
    play::{Beat, Play},
    record::Records,
};
pub use self::{
    pace::Pace,
    record::{Counts, Recorded},
    server::demo_server,
};
use super::{Answer, Chunk, Request, Secret, refusal};
use crate::model::{Failure, FailureKind};

/// How the demo behaves.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    pub pace: Pace,
    /// The models its server lists. All follow the same script.
    pub models: Vec<String>,
    /// The key its server wants, if it wants one.
    pub key: Option<Secret>,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { pace: Pace::natural(), models: vec![super::catalogue::DEMO.into()], key: None }
    }
}

/// The scripted provider. Cheap to clone; clones share gates and counts.
#[derive(Clone)]
pub struct Demo(Arc<Inner>);

struct Inner {
    options: DemoOptions,
    gates: Gates,
    records: Records,
}

impl Default for Demo {
    fn default() -> Self {
        Self::new(DemoOptions::default())
    }
}

impl Demo {
    pub fn new(options: DemoOptions) -> Self {
        Self(Arc::new(Inner { options, gates: Gates::default(), records: Records::default() }))
    }

    /// Lets the script that waits at this gate go on by one step; one that has not come yet will not wait.
    pub fn release(&self, name: &str) {
        self.0.gates.release(name);
    }

    /// Waits until a script that is still playing has come to this gate for the `times`-th time.
    pub async fn reached(&self, name: &str, times: u32) {
        self.0.gates.reached(name, times).await;
    }

    /// How many requests there were, and what became of them.
    pub fn counts(&self) -> Counts {
        self.0.records.counts()
    }

    /// Waits until the counts are as wanted.
    pub async fn until(&self, wanted: impl FnMut(&Counts) -> bool) -> Counts {
        self.0.records.until(wanted).await
    }

    /// The last requests to the server, oldest first; a limited number, each cut at a limited length.
    pub fn requests(&self) -> Vec<Recorded> {
        self.0.records.requests()
    }

    /// Plays inside the program, without HTTP.
    pub(super) fn answer(&self, request: &Request, idle_limit: Duration) -> Result<Answer, Failure> {
        let mut play = Play::new(self, &request.all_turns(false));
        if let Some(status) = play.status() {
            return Err(refused(status));
        }
        let play = Some((play, false));
        let chunks = stream::unfold(play, move |play| async move {
            let (mut play, mut spoke) = play?;
            loop {
                let item = match play.next().await {
                    Some(Beat::Gate) => continue,
                    Some(Beat::Chunk(chunk)) => {
                        spoke |= matches!(chunk, Chunk::Text(_) | Chunk::Reasoning(_));
                        return Some((Ok(chunk), Some((play, spoke))));
                    }
                    Some(Beat::Error) => Failure::because(FailureKind::Server, texts::ERROR),
                    Some(Beat::Disconnect) => Failure::new(FailureKind::Disconnected),
                    Some(Beat::Silence) => {
                        tokio::time::sleep(idle_limit).await;
                        Failure::new(FailureKind::Silent)
                    }
                    None if spoke => return None,
                    None => Failure::new(FailureKind::Empty),
                };
                return Some((Err(item), None));
            }
        });
        Ok(Answer::new(chunks.fuse()))
    }
}

/// What a `status` script comes to where there is no HTTP.
fn refused(status: u16) -> Failure {
    Failure {
        kind: refusal::kind_of(status),
        detail: Some(format!("{status}: {}", texts::ERROR)),
        retry_after: (status == 429).then_some(texts::RETRY_AFTER),
    }
}

impl fmt::Debug for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Demo").field("options", &self.0.options).finish_non_exhaustive()
    }
}
