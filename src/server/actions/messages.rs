//! Sending and stopping (contract B.1, B.2).

use super::{
    Viewer,
    gate::{self, Action, Resource},
    internal, settings, whole,
};
use crate::{
    model::{Change, Error, MessageId, Meta, RunId, Started, ThreadId},
    server::{
        app::App,
        clock::{elapsed_ms, fresh, now_ms},
        run::{Asked, title, view},
        store::{NewAnswer, NewMessage, NewTurn, StoredContent, Submitted, TurnThread},
    },
};

/// When somebody who has as many answers being written as may be should try again, in seconds: answers take about that
/// long.
pub(super) const FULL_RETRY: u32 = 10;

/// What a person sends.
#[derive(Clone, Debug)]
pub struct Draft {
    pub text: String,
    /// None: what the thread used last, else the default.
    pub model: Option<String>,
    /// An id the sender made up for this attempt; a repeat of it makes nothing new.
    pub client: Option<String>,
}

/// `chat.start_thread`: a thread of its first message.
pub async fn start_thread(app: &App, viewer: &Viewer, draft: Draft) -> Result<Started, Error> {
    gate::authorize(viewer, Action::Write, &Resource::Threads)?;
    paced(app, viewer)?;
    let text = text(app, &draft.text)?;
    let title = title::provisional(&text);
    send(app, viewer, TurnThread::New { id: fresh(), title }, None, text, draft).await
}

/// `chat.submit_message`: the next message of a thread. While the thread is being answered it waits.
pub async fn submit(app: &App, viewer: &Viewer, thread: Option<ThreadId>, draft: Draft) -> Result<Started, Error> {
    let id = thread.ok_or_else(|| Error::invalid("thread", "conversation_id_required"))?;
    let thread = gate::thread(app, viewer, Action::Write, id).await?;
    paced(app, viewer)?;
    let text = text(app, &draft.text)?;
    send(app, viewer, TurnThread::Existing(id), thread.model, text, draft).await
}

/// Counts a message against what one person may send. Before the process ends it takes none.
pub(super) fn paced(app: &App, viewer: &Viewer) -> Result<(), Error> {
    if app.draining.is_cancelled() {
        return Err(Error::unavailable("server_closing", app.settings.grace.clamp(1, 30)));
    }
    app.sends.take(viewer.account.id, elapsed_ms()).map_err(|retry_after| Error::Limited { retry_after })
}

/// The text as it will be stored: as it was typed, but trimmed, with `\n` for ends of lines, and with U+FFFD for NUL, which
/// neither a page nor PostgreSQL can hold: the same on every engine.
pub(super) fn text(app: &App, typed: &str) -> Result<String, Error> {
    let text = typed.trim();
    if text.is_empty() {
        return Err(Error::invalid("text", "chat_message_empty"));
    }
    if text.len() > app.settings.max_message as usize {
        return Err(Error::too_large("text", "message_too_long", app.settings.max_message));
    }
    Ok(text.replace('\0', "\u{fffd}").replace("\r\n", "\n"))
}

/// Whether a sender may call an attempt so: 1 to 64 visible ASCII characters.
fn is_client_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

async fn send(
    app: &App,
    viewer: &Viewer,
    thread: TurnThread,
    last_model: Option<String>,
    text: String,
    draft: Draft,
) -> Result<Started, Error> {
    if draft.client.as_ref().is_some_and(|client| !is_client_id(client)) {
        return Err(Error::invalid("client", "client_id_unusable"));
    }
    let model = model(app, viewer, draft.model, last_model).await?;
    let (app, viewer) = (app.clone(), viewer.clone());
    whole(async move {
        let (user, now) = (viewer.account.id, now_ms());
        let place = app.runs.place(user);
        // What only waits takes no place.
        let waits = async |id| app.store.active(id).await.map(|run| run.is_some());
        if place.is_none()
            && match thread {
                TurnThread::New { .. } => true,
                TurnThread::Existing(id) => !waits(id).await?,
            }
        {
            return Err(Error::Limited { retry_after: FULL_RETRY });
        }
        let asked = asked(&app, &viewer);
        let turn = NewTurn {
            user,
            thread,
            message: NewMessage { id: fresh(), content: StoredContent { text, ..StoredContent::default() } },
            answer: answer(model.clone(), now),
            run: app.runs.new_run(draft.client, now),
            model: model.clone(),
            now,
        };
        let kept = serde_json::to_string(&asked).map_err(|error| internal(&error))?;
        let turn_of = match turn.thread {
            TurnThread::Existing(id) => Some(app.runs.turn(id).await),
            TurnThread::New { .. } => None,
        };
        match app.store.submit_or_queue(turn, kept, app.settings.max_queue).await? {
            Submitted::Queued { row, thread, repeated } => {
                let (message, seq) = (row.id, app.hub.live(thread.id).0);
                if !repeated {
                    app.hub.append(thread.id, Change::Append { rows: vec![view::queued(*row)] });
                    drop(turn_of);
                    // Nothing may be running: then what waits longest is sent.
                    app.runs.send_next(thread.id).await;
                }
                Ok(Started { thread: thread.id, message, answer: None, run: None, seq })
            }
            Submitted::Turn(turn) => {
                let started = started(&app, turn.thread.id, turn.message.id, turn.answer.id, turn.run);
                if !turn.repeated {
                    let shown = vec![turn.message.clone(), turn.answer.clone()];
                    app.runs.begin(*turn, shown, model, asked, place);
                }
                Ok(started)
            }
        }
    })
    .await
}

/// What was made, and where the thread stands before anyone is shown it.
pub(super) fn started(app: &App, thread: ThreadId, message: MessageId, answer: MessageId, run: RunId) -> Started {
    Started { thread, message, answer: Some(answer), run: Some(run), seq: app.hub.live(thread).0 }
}

/// What this person wants of every answer.
pub(super) fn asked(app: &App, viewer: &Viewer) -> Asked {
    let chosen = settings::effective(app, &viewer.settings);
    Asked { system_prompt: chosen.system_prompt, sampling: chosen.sampling }
}

/// `chat.stop_generation`. Another person's run is as little there as one that has ended.
pub async fn stop(app: &App, viewer: &Viewer, run: Option<RunId>) -> Result<(), Error> {
    gate::authorize(viewer, Action::Write, &Resource::Threads)?;
    let Some(run) = run else { return Ok(()) };
    app.store.run(viewer.account.id, run).await?.ok_or(Error::NotFound)?;
    let app = app.clone();
    whole(async move {
        app.runs.stop(run).await;
        Ok(())
    })
    .await
}

/// A row's text as it was written.
pub async fn source(app: &App, viewer: &Viewer, id: MessageId) -> Result<String, Error> {
    let (_, message) = gate::message(app, viewer, Action::View, id).await?;
    Ok(message.content.text)
}

pub(super) fn answer(model: Option<String>, now: i64) -> NewAnswer {
    NewAnswer { id: fresh(), meta: Meta { created_at: now, model, ..Meta::default() } }
}

/// The model to ask: the one chosen, else the one used last, else the person's own default, else the server's. A chosen
/// one must be one there is; the others may have gone away since.
pub(super) async fn model(
    app: &App,
    viewer: &Viewer,
    chosen: Option<String>,
    last: Option<String>,
) -> Result<Option<String>, Error> {
    let models = app.providers.models(false).await;
    let known = |id: &String| models.models.iter().any(|model| model.id == *id);
    match chosen.filter(|id| !id.is_empty()) {
        Some(id) if known(&id) => Ok(Some(id)),
        Some(_) => Err(Error::invalid("model", "model_unknown")),
        None => {
            let own = settings::preferences(app, Some(viewer)).model;
            Ok(last.filter(known).or_else(|| own.filter(known)).or(models.default))
        }
    }
}
