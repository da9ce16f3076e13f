//! Everything that makes a thread's tree grow other than at its end, or turns it to another way (contract E.2).
//!
//! While an answer is being written in a thread: another version can be shown (the answer goes on where it is), other
//! messages can be changed, a thread can be copied, and what is removed with the answer in it stops it. Whatever asks
//! for another answer is `busy` then.

use super::{
    Viewer,
    gate::{self, Action},
    messages::{FULL_RETRY, answer, asked, model, paced, started, text},
    whole,
};
use crate::{
    model::{Change, Error, MessageId, Notice, Role, Started, Status, StopReason, ThreadId, ThreadProperty},
    server::{
        app::App,
        clock::{fresh, now_ms},
        run::{title, view},
        store::{self, About, Ask, Fork, GoOn, MessageRow, Rewrite, ThreadRow},
    },
};

/// What becomes of a changed message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Then {
    /// A person's: it is a new version, which is answered.
    Ask,
    /// A person's: it is a new version. Any other: the row itself is changed, and what is below it stays.
    Save,
    /// An answer: it is a new version.
    Branch,
}

/// Asks for another answer beside this one or, if it is a person's message, for an answer to it.
pub async fn regenerate(app: &App, viewer: &Viewer, id: MessageId, model_id: Option<String>) -> Result<Started, Error> {
    let (thread, row) = gate::message(app, viewer, Action::Write, id).await?;
    paced(app, viewer)?;
    let last = row.meta.model.clone().or(thread.model.clone());
    let model = model(app, viewer, model_id, last).await?;
    ask(app, viewer, thread.id, About::Row(id), model).await
}

/// Stores an answer to be made somewhere in the tree, tells everybody, and begins it.
async fn ask(
    app: &App,
    viewer: &Viewer,
    thread: ThreadId,
    about: About,
    model: Option<String>,
) -> Result<Started, Error> {
    let place = app.runs.place(viewer.account.id).ok_or(Error::Limited { retry_after: FULL_RETRY })?;
    let (app, viewer) = (app.clone(), viewer.clone());
    whole(async move {
        let now = now_ms();
        let _turn = app.runs.turn(thread).await;
        let ask = Ask {
            user: viewer.account.id,
            thread,
            about,
            answer: answer(model.clone(), now),
            run: app.runs.new_run(None, now),
            model: model.clone(),
            now,
        };
        let turn = app.store.ask(ask).await.map_err(unfit)?;
        let title = turn.message.parent.is_none().then(|| ThreadProperty::Title(turn.thread.title.clone()));
        let started = started(&app, thread, turn.message.id, turn.answer.id, turn.run);
        app.runs.begin_path(turn, model, asked(&app, &viewer), Some(place)).await?;
        if let Some(property) = title {
            app.hub.append(thread, Change::Thread { property });
        }
        Ok(started)
    })
    .await
}

/// A row that passed the gate and is not there for the store is not one that this can be done to.
fn unfit(error: store::Error) -> Error {
    match error {
        store::Error::NotFound => Error::conflict("message_unfit"),
        other => other.into(),
    }
}

/// Goes on with an answer that was stopped, failed or came to its limit.
pub async fn go_on(app: &App, viewer: &Viewer, id: MessageId, model_id: Option<String>) -> Result<Started, Error> {
    let (thread, row) = gate::message(app, viewer, Action::Write, id).await?;
    paced(app, viewer)?;
    if !may_go_on(&thread, &row) {
        return Err(Error::conflict("not_continuable"));
    }
    let model = model(app, viewer, model_id, row.meta.model.clone().or(thread.model.clone())).await?;
    let place = app.runs.place(viewer.account.id).ok_or(Error::Limited { retry_after: FULL_RETRY })?;
    let (app, viewer) = (app.clone(), viewer.clone());
    whole(async move {
        let now = now_ms();
        let _turn = app.runs.turn(thread.id).await;
        let go_on = GoOn {
            user: viewer.account.id,
            thread: thread.id,
            answer: id,
            run: app.runs.new_run(None, now),
            model: model.clone(),
            now,
        };
        let turn = app.store.go_on(go_on).await.map_err(|error| match error {
            store::Error::NotFound => Error::conflict("not_continuable"),
            other => other.into(),
        })?;
        let started = started(&app, thread.id, turn.message.id, turn.answer.id, turn.run);
        let shown = vec![turn.answer.clone()];
        app.runs.begin(turn, shown, model, asked(&app, &viewer), Some(place));
        Ok(started)
    })
    .await
}

fn may_go_on(thread: &ThreadRow, row: &MessageRow) -> bool {
    let early = matches!(row.status, Status::Failed | Status::Cancelled)
        || (row.status == Status::Completed && row.meta.stop == Some(StopReason::Length));
    row.role == Role::Assistant && early && thread.leaf == Some(row.id) && !row.content.text.trim().is_empty()
}

/// Lets a message say something else; a question that is asked again is answered by this model, or by the thread's.
/// Returns its thread, and the row that says it.
pub async fn edit(
    app: &App,
    viewer: &Viewer,
    id: MessageId,
    typed: &str,
    then: Then,
    model_id: Option<String>,
) -> Result<(ThreadId, MessageId), Error> {
    let text = match typed.trim() {
        // Only what is said to the model first may be empty.
        "" => Err(Error::invalid("text", "chat_message_empty")),
        typed => Ok(text(app, typed)?),
    };
    let (thread, row) = gate::message(app, viewer, Action::Write, id).await?;
    if row.role == Role::System {
        set_system(app, viewer, thread.id, typed).await?;
        return Ok((thread.id, id));
    }
    let text = text?;
    let title = title::provisional(&text);
    if !row.status.is_settled() {
        return Err(Error::conflict("message_unfit"));
    }
    match (row.role, then) {
        (Role::User, Then::Ask) => {
            paced(app, viewer)?;
            let model = model(app, viewer, model_id, thread.model.clone()).await?;
            let about = About::Edited { message: id, version: fresh(), text, title };
            ask(app, viewer, thread.id, about, model).await.map(|started| (started.thread, started.message))
        }
        (Role::User, Then::Save | Then::Branch) => rewrite(app, viewer, thread.id, id, text, true, title).await,
        (Role::Assistant, Then::Branch) => rewrite(app, viewer, thread.id, id, text, true, None).await,
        (Role::Assistant, Then::Save) => rewrite(app, viewer, thread.id, id, text, false, None).await,
        _ => Err(Error::conflict("message_unfit")),
    }
}

async fn rewrite(
    app: &App,
    viewer: &Viewer,
    thread: ThreadId,
    message: MessageId,
    text: String,
    as_version: bool,
    title: Option<String>,
) -> Result<(ThreadId, MessageId), Error> {
    let (app, user) = (app.clone(), viewer.account.id);
    whole(async move {
        let _turn = app.runs.turn(thread).await;
        let version = as_version.then(fresh);
        let rewrite = Rewrite { user, thread, message, text, version, title, now: now_ms() };
        let done = app.store.rewrite(rewrite).await.map_err(unfit)?;
        let id = done.row.id;
        match done.after {
            Some(after) => app.runs.tell_path(thread, after, None).await?,
            None => {
                let row = Box::new(view::message(done.row.clone()));
                app.hub.append(thread, Change::Replace { id, row });
            }
        }
        if done.row.parent.is_none() {
            let property = ThreadProperty::Title(done.thread.title.clone());
            app.hub.append(thread, Change::Thread { property });
        }
        app.hub.notify(user, Notice::Thread { summary: view::summary(&done.thread) });
        Ok((thread, id))
    })
    .await
}

/// Shows another version of a message, and what came of it. Returns the thread and the row that is shown.
pub async fn show(app: &App, viewer: &Viewer, id: MessageId, version: u32) -> Result<(ThreadId, MessageId), Error> {
    let (thread, _) = gate::message(app, viewer, Action::Write, id).await?;
    let (app, user, thread) = (app.clone(), viewer.account.id, thread.id);
    whole(async move {
        let _turn = app.runs.turn(thread).await;
        let shown = app.store.show_version(user, thread, id, version, now_ms()).await?;
        if let Some(after) = shown.after {
            app.runs.tell_turn(thread, after, shown.row).await?;
        }
        Ok((thread, shown.row))
    })
    .await
}

/// How many messages would go with this one, itself included.
pub async fn below(app: &App, viewer: &Viewer, id: MessageId) -> Result<u32, Error> {
    let (thread, _) = gate::message(app, viewer, Action::View, id).await?;
    let (count, _) = app.store.below(thread.id, id).await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Removes a message with all that came of it. An answer that is being written there is stopped first. Returns the
/// thread.
pub async fn remove(app: &App, viewer: &Viewer, id: MessageId) -> Result<ThreadId, Error> {
    let (thread, row) = gate::message(app, viewer, Action::Write, id).await?;
    if row.role == Role::System {
        set_system(app, viewer, thread.id, "").await?;
        return Ok(thread.id);
    }
    let (app, user, thread) = (app.clone(), viewer.account.id, thread.id);
    whole(async move {
        let mut stopped = false;
        if let (_, Some(open)) = app.store.below(thread, id).await?
            && let Some(run) = app.store.active(thread).await?
            && app.store.run(user, run).await?.is_some_and(|run| run.answer == open)
        {
            // What waits is not to be sent below what goes.
            app.runs.stop_last(run).await;
            stopped = true;
        }
        let turn = app.runs.turn(thread).await;
        let pruned = app.store.prune(user, thread, id, now_ms()).await?;
        app.runs.tell_path(thread, pruned.after, None).await?;
        app.hub.notify(user, Notice::Thread { summary: view::summary(&pruned.thread) });
        drop(turn);
        if stopped {
            app.runs.send_next(thread).await;
        }
        Ok(thread)
    })
    .await
}

/// Makes a thread that begins as a copy of the way to this message. Returns the new one.
pub async fn fork(app: &App, viewer: &Viewer, id: MessageId, title: Option<String>) -> Result<ThreadId, Error> {
    let (thread, row) = gate::message(app, viewer, Action::Write, id).await?;
    paced(app, viewer)?;
    if !row.status.is_settled() || row.role == Role::System {
        return Err(Error::conflict("message_unfit"));
    }
    let title = title.map(|title| super::threads::title(&title)).transpose()?;
    let (app, user) = (app.clone(), viewer.account.id);
    whole(async move {
        let _turn = app.runs.turn(thread.id).await;
        let new = fresh();
        let fork = Fork { user, thread: thread.id, message: id, id: new, title, ids: fresh, now: now_ms() };
        let forked = app.store.fork(fork).await.map_err(unfit)?;
        app.hub.append(thread.id, Change::Replace { id, row: Box::new(view::message(forked.origin)) });
        app.hub.notify(user, Notice::Thread { summary: view::summary(&forked.thread) });
        Ok(new)
    })
    .await
}

/// What a thread says to the model first; empty if it says nothing.
pub async fn system(app: &App, viewer: &Viewer, thread: ThreadId) -> Result<String, Error> {
    gate::thread(app, viewer, Action::View, thread).await?;
    Ok(app.store.system(thread).await?.map(|row| row.content.text).unwrap_or_default())
}

/// Lets a thread say this to the model first; an empty text nothing.
pub async fn set_system(app: &App, viewer: &Viewer, thread: ThreadId, typed: &str) -> Result<(), Error> {
    let text = match typed.trim() {
        "" => String::new(),
        typed => text(app, typed)?,
    };
    gate::thread(app, viewer, Action::Write, thread).await?;
    let (app, user) = (app.clone(), viewer.account.id);
    whole(async move {
        let _turn = app.runs.turn(thread).await;
        let set = app.store.set_system(user, thread, fresh(), &text, now_ms()).await?;
        match (set.was, set.is) {
            (Some(id), Some(row)) => {
                app.hub.append(thread, Change::Replace { id, row: Box::new(view::message(row)) });
            }
            (Some(id), None) => {
                app.hub.append(thread, Change::Remove { id });
            }
            (None, Some(row)) => {
                app.hub.append(thread, Change::Prepend { rows: vec![view::message(row)] });
            }
            (None, None) => {}
        }
        Ok(())
    })
    .await
}
