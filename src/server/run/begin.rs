//! The beginning of a run: its rows are stored, everyone is shown them, and it starts.

use super::{Asked, Job, LEASE, Place, Runs, view};
use crate::{
    model::{Change, Meta, Notice, RunId, ThreadId, ThreadProperty},
    server::{
        clock::{fresh, now_ms},
        store::{self, MessageRow, NewAnswer, NewRun, Turn},
    },
};

impl Runs {
    /// A run to be stored, of this server and alive from now on.
    pub fn new_run(&self, client_id: Option<String>, now: i64) -> NewRun {
        let node = self.context.node.clone();
        NewRun { id: fresh(), node, lease_until: now + LEASE.as_millis() as i64, client_id }
    }

    /// Shows the new rows of a stored turn at the end of its thread and starts its run.
    pub fn begin(&self, turn: Turn, shown: Vec<MessageRow>, model: Option<String>, asked: Asked, place: Option<Place>) {
        let rows = shown.into_iter().map(view::message).collect();
        self.context.hub.append(turn.thread.id, Change::Append { rows });
        self.begin_told(turn, model, asked, place);
    }

    /// The same where the thread turned to another way.
    pub async fn begin_path(
        &self,
        turn: Turn,
        model: Option<String>,
        asked: Asked,
        place: Option<Place>,
    ) -> Result<(), store::Error> {
        let told = self.tell_path(turn.thread.id, turn.after, Some(turn.answer.id)).await;
        // Stored is stored: it is answered even where nobody could be told.
        self.begin_told(turn, model, asked, place);
        told
    }

    fn begin_told(&self, turn: Turn, model: Option<String>, asked: Asked, place: Option<Place>) {
        let (id, user, hub) = (turn.thread.id, turn.thread.user, &self.context.hub);
        hub.append(id, Change::Thread { property: ThreadProperty::Model(model.clone()) });
        hub.append(id, Change::Thread { property: ThreadProperty::Run(Some(turn.run)) });
        hub.notify(user, Notice::Thread { summary: view::summary(&turn.thread) });
        self.start(Job { run: turn.run, thread: id, user, answer: turn.answer, model, asked, prompt_bytes: 0 }, place);
    }

    /// Sends what waits longest in a thread, unless an answer is being written there. Returns the run that it began.
    pub async fn send_next(&self, thread: ThreadId) -> Option<RunId> {
        match self.try_send_next(thread).await {
            Ok(run) => run,
            Err(error) => {
                // It still waits, and its person can send it.
                tracing::error!(%thread, %error, "could not send what waits");
                None
            }
        }
    }

    async fn try_send_next(&self, thread: ThreadId) -> Result<Option<RunId>, store::Error> {
        let _turn = self.turn(thread).await;
        let now = now_ms();
        let answer = NewAnswer { id: fresh(), meta: Meta { created_at: now, ..Meta::default() } };
        let Some(next) = self.context.store.send_next(thread, answer, self.new_run(None, now), now).await? else {
            return Ok(None);
        };
        let asked = serde_json::from_str(&next.asked).unwrap_or_default();
        let (run, shown) = (next.turn.run, vec![next.turn.message.clone(), next.turn.answer.clone()]);
        let place = self.place(next.turn.thread.user);
        self.begin(next.turn, shown, next.model, asked, place);
        Ok(Some(run))
    }
}
