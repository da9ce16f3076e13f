//! Taking in what the stream brought, and reading anew what it cannot bring any more.

use leptos::task::spawn_local;

use super::{super::row::set, Connection, Heard, wait};
use crate::{
    api, browser,
    model::{Change, Error, Notice, Position},
    state::{PersonView, SidebarView, ThreadView},
};

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
