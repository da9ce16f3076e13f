//! Lists, pages, names and ends of threads.

use super::{
    Viewer,
    gate::{self, Action, Resource},
    whole,
};
use crate::{
    model::{Change, Error, Message, Notice, Older, SidebarPage, Snapshot, ThreadHead, ThreadId, ThreadProperty},
    server::{app::App, clock::now_ms, run::view, store::Window},
};

/// Rows of a page of the sidebar, and of a window of a thread (contract B.7).
const SIDEBAR_ROWS: u32 = 15;
const WINDOW_ROWS: u32 = 30;
/// The longest title, in characters (contract B.3).
const TITLE_CHARACTERS: usize = 255;

/// One page of the viewer's threads, newest first.
pub async fn sidebar(app: &App, viewer: &Viewer, page: u32) -> Result<SidebarPage, Error> {
    gate::authorize(viewer, Action::View, &Resource::Threads)?;
    let user = viewer.account.id;
    let seq = app.hub.user_seq(user);
    let list = app.store.sidebar(user, page, SIDEBAR_ROWS).await?;
    let items = list.rows.iter().map(view::summary).collect();
    Ok(SidebarPage { items, page: list.page, pages: list.pages, total: list.total, seq })
}

/// A thread as it stands, and where to follow it from: the log is read first, the store after it, and rows that are
/// still being written are taken from the log. What happens in between is stored *and* comes as an event, which does no
/// harm the second time.
pub async fn snapshot(app: &App, viewer: &Viewer, id: ThreadId) -> Result<Snapshot, Error> {
    gate::thread(app, viewer, Action::View, id).await?;
    let (seq, live) = app.hub.live(id);
    let thread = gate::thread(app, viewer, Action::View, id).await?;
    let Window { rows, older } = app.store.window(id, None, WINDOW_ROWS).await?;
    let mut messages: Vec<Message> = Vec::with_capacity(rows.len() + live.rows.len());
    let newest = rows.last().map_or(i64::MIN, |row| row.sequence);
    for row in rows {
        match live.rows.iter().find(|live| live.id == row.id) {
            Some(live) => messages.push(live.clone()),
            None => messages.push(view::message(row)),
        }
    }
    let shown: Vec<_> = messages.iter().map(|row| row.id).collect();
    messages.extend(live.rows.into_iter().filter(|row| row.sequence >= newest && !shown.contains(&row.id)));
    let head = ThreadHead { id, title: thread.title, model: thread.model, run: live.run.or(thread.running) };
    Ok(Snapshot { head, messages, older, seq })
}

/// The window before a row.
pub async fn older(app: &App, viewer: &Viewer, id: ThreadId, before: i64) -> Result<Older, Error> {
    gate::thread(app, viewer, Action::View, id).await?;
    if before <= 0 {
        return Ok(Older { messages: Vec::new(), older: None });
    }
    let Window { rows, older } = app.store.window(id, Some(before), WINDOW_ROWS).await?;
    Ok(Older { messages: rows.into_iter().map(view::message).collect(), older })
}

/// Names a thread. What a person chose is never replaced by anything but a person.
pub async fn rename(app: &App, viewer: &Viewer, id: ThreadId, title: String) -> Result<(), Error> {
    gate::thread(app, viewer, Action::Write, id).await?;
    let title: String = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = title.chars().filter(|c| !c.is_control()).collect();
    if title.is_empty() {
        return Err(Error::invalid("title", "title_empty"));
    }
    if title.chars().count() > TITLE_CHARACTERS {
        return Err(Error::invalid("title", "title_too_long"));
    }
    let (app, user) = (app.clone(), viewer.account.id);
    whole(async move {
        let thread = app.store.rename(user, id, &title, now_ms()).await?;
        app.hub.append(id, Change::Thread { property: ThreadProperty::Title(Some(title)) });
        app.hub.notify(user, Notice::Thread { summary: view::summary(&thread) });
        Ok(())
    })
    .await
}

/// Removes a thread: ends its run first, so that nothing is written after it; a run that slipped in between finds its
/// rows gone and ends by itself.
pub async fn delete(app: &App, viewer: &Viewer, id: ThreadId) -> Result<(), Error> {
    gate::thread(app, viewer, Action::Write, id).await?;
    let (app, user) = (app.clone(), viewer.account.id);
    whole(async move {
        app.runs.stop_thread(id).await;
        if !app.store.delete(user, id).await? {
            return Err(Error::NotFound);
        }
        app.hub.append(id, Change::Thread { property: ThreadProperty::Gone });
        app.hub.notify(user, Notice::Removed { id });
        Ok(())
    })
    .await
}
