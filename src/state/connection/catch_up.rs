//! Taking in what the stream brought, and reading anew what it cannot bring any more.

use leptos::{prelude::*, task::spawn_local};

use super::{super::row::set, Connection, Heard, wait};
use crate::{
    api, browser,
    model::{Change, Error, Notice, Position},
    state::{PersonView, SidebarView, ThreadView},
};

/// How many windows of rows are read to close a gap.
const PAGES: u32 = 5;

impl Connection {
    /// A stream that is refused does not say why. It may be that the session ended, or the thread was deleted.
    pub(super) fn ask_why(&self) {
        let connection = self.clone();
        spawn_local(async move {
            match api::accounts::visitor().await {
                Ok(visitor) if visitor.account.is_none() => set(&connection.signed_out, true),
                // The server is there and the person too: then it may be the thread that is gone.
                Ok(_) => connection.reset(),
                Err(_) => (),
            }
        });
    }

    /// Folds in what came, in order.
    pub(super) fn flush(&self) {
        let mut inner = self.inner();
        let queue = std::mem::take(&mut inner.queue);
        let (sidebar, thread, current) = (inner.sidebar.clone(), inner.thread.clone(), inner.watching);
        drop(inner);
        for Heard { watching, name, data } in queue {
            match name {
                "thread" => {
                    if watching == current
                        && let (Some(thread), Ok(change)) = (&thread, browser::read_json::<Change>(&data))
                    {
                        thread.apply(change);
                    }
                }
                _ => match (&sidebar, browser::read_json::<Notice>(&data)) {
                    (_, Ok(Notice::Person { visitor })) => self.person.heard(visitor),
                    (Some(sidebar), Ok(notice)) => sidebar.apply(notice),
                    _ => (),
                },
            }
        }
    }

    /// The log cannot be followed from where we stand: everything is read anew, and followed from there.
    pub(super) fn reset(&self) {
        let mut inner = self.inner();
        if std::mem::replace(&mut inner.resetting, true) {
            return;
        }
        let (sidebar, thread) = (inner.sidebar.clone(), inner.thread.clone());
        drop(inner);
        let connection = self.clone();
        spawn_local(async move {
            let read = read_anew(&connection.person, sidebar, thread.as_ref()).await;
            let mut inner = connection.inner();
            inner.resetting = false;
            let same = match (&inner.thread, &thread) {
                (Some(open), Some(thread)) => open.is(thread),
                _ => false,
            };
            match read {
                Ok(position) => {
                    inner.position.user = position.user;
                    if same {
                        inner.position.thread = position.thread;
                    }
                    drop(inner);
                    connection.plan(0);
                }
                Err(()) => {
                    let wait = wait(inner.failures);
                    inner.failures += 1;
                    drop(inner);
                    connection.lost(wait);
                }
            }
        });
    }
}

impl Connection {
    /// Begins the open thread anew at its end.
    pub async fn to_end(&self, thread: &ThreadView) -> Result<(), Error> {
        let snapshot = api::threads::snapshot(thread.id).await?;
        let seq = snapshot.seq;
        thread.reset(snapshot);
        self.watch(thread.clone(), seq);
        Ok(())
    }

    /// Puts the end of the open thread back, which was let go of when its reader went far up, and follows it again. What
    /// came meanwhile comes too, unless it is very much: then the thread begins anew at its end.
    pub async fn rejoin(&self, thread: &ThreadView) -> Result<(), Error> {
        let snapshot = api::threads::snapshot(thread.id).await?;
        let seq = snapshot.seq;
        let mut between = Vec::new();
        let mut from = snapshot.messages.first().map(|row| row.sequence);
        for page in 0.. {
            let Some(before) = from.filter(|from| thread.edge.get_untracked().is_some_and(|edge| *from > edge)) else {
                break;
            };
            if page == PAGES {
                thread.reset(snapshot);
                self.watch(thread.clone(), seq);
                return Ok(());
            }
            let mut older = api::threads::older(thread.id, before).await?;
            from = older.messages.first().map(|row| row.sequence);
            older.messages.append(&mut between);
            between = older.messages;
        }
        thread.rejoin(between, snapshot);
        self.watch(thread.clone(), seq);
        Ok(())
    }
}

async fn read_anew(
    person: &PersonView,
    sidebar: Option<SidebarView>,
    thread: Option<&ThreadView>,
) -> Result<Position, ()> {
    let mut position = Position::default();
    if let Some(sidebar) = sidebar {
        position.user = sidebar.reset().await.map_err(drop)?;
        // After the place from which the channel is followed, so that nothing is missed in between.
        person.heard(api::accounts::visitor().await.map_err(drop)?);
    }
    if let Some(thread) = thread {
        match api::threads::snapshot(thread.id).await {
            Ok(snapshot) => {
                position.thread = Some(snapshot.seq);
                thread.reset(snapshot);
            }
            Err(Error::NotFound) => set(&thread.gone, true),
            Err(_) => return Err(()),
        }
    }
    Ok(position)
}
