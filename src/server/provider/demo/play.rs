//! Plays a script.

use std::{sync::Arc, time::Duration};

use super::{
    Demo,
    gate::Gate,
    record::Open,
    script::{Script, Step},
};
use crate::server::provider::{Chunk, Turn};

/// One thing that happens in a play.
pub(super) enum Beat {
    Chunk(Chunk),
    /// The script comes to a gate; the next beat follows once it is open.
    Gate,
    /// The last beat: an error in the middle of the answer.
    Error,
    /// The last beat: nothing more comes, and no end either.
    Silence,
    /// The last beat: the connection is cut.
    Disconnect,
}

/// A script on its way.
pub(super) struct Play {
    script: Script,
    pace: super::Pace,
    token: usize,
    gate: Option<Arc<Gate>>,
    /// The play stands before the gate.
    waiting: bool,
    open: Open,
}

impl Play {
    pub(super) fn new(demo: &Demo, turns: &[Turn]) -> Self {
        let script = Script::choose(turns);
        let pace = demo.0.options.pace.times(script.slowness);
        let gate = script.gate.as_deref().map(|name| demo.0.gates.get(name));
        Self { script, pace, token: 0, gate, waiting: false, open: demo.0.records.open() }
    }

    /// The status the script refuses with before anything is said.
    pub(super) fn status(&mut self) -> Option<u16> {
        let status = self.script.status?;
        self.open.finish();
        Some(status)
    }

    /// Waits as long as the pace says, and gives the next beat. None: the answer is complete.
    pub(super) async fn next(&mut self) -> Option<Beat> {
        if std::mem::take(&mut self.waiting)
            && let Some(gate) = &self.gate
        {
            gate.pass().await;
        }
        loop {
            let step = self.script.steps.pop_front();
            if self.script.steps.is_empty() && !matches!(step, Some(Step::Silence)) {
                self.open.finish();
            }
            let beat = match step? {
                Step::Chunk(chunk) => {
                    self.wait(1).await;
                    Beat::Chunk(chunk)
                }
                Step::Pause(tokens) => {
                    self.wait(tokens).await;
                    continue;
                }
                Step::Gate => {
                    self.waiting = true;
                    Beat::Gate
                }
                Step::Error => Beat::Error,
                Step::Silence => Beat::Silence,
                Step::Disconnect => Beat::Disconnect,
            };
            return Some(beat);
        }
    }

    async fn wait(&mut self, tokens: u32) {
        self.token += 1;
        let time: Duration = self.pace.before(self.token) * tokens;
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        } else {
            // At no pace at all others still get their turn.
            tokio::task::yield_now().await;
        }
    }
}
