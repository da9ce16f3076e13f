//! Following what happens: the viewer's own channel, and the thread that is open.

use std::task::{Context, Poll};

use super::{
    Viewer,
    gate::{self, Action},
    threads,
};
use crate::{
    model::{Error, Position, Seq, ThreadId},
    server::{
        app::App,
        hub::{Follower, Live, Next},
    },
};

pub use crate::server::hub::Place;

/// What one connection carries.
pub struct Events {
    user: Follower<()>,
    thread: Option<Follower<Live>>,
}

/// Something to be sent to the viewer.
pub enum Sent {
    /// Encoded events, each with where the viewer stands after it.
    Thread(Vec<(Position, std::sync::Arc<str>)>),
    User(Vec<(Position, std::sync::Arc<str>)>),
    /// The viewer has missed something for ever and needs a new page.
    Reset,
}

/// Follows from just after `after`. The thread must be one the viewer may see.
pub async fn follow(app: &App, viewer: &Viewer, thread: Option<ThreadId>, after: Position) -> Result<Events, Error> {
    let thread = match thread {
        Some(id) => {
            gate::thread(app, viewer, Action::View, id).await?;
            // A position without a thread's place is from before the thread was opened; nothing can be resumed from it.
            let follower = app.hub.follow(id, after.thread.unwrap_or_default());
            // Read again now that it is followed: what ends from here on is seen.
            threads::seen(app, &gate::thread(app, viewer, Action::View, id).await?).await;
            Some(follower)
        }
        None => None,
    };
    // A viewer that never had a place in its own channel (a page made before it had one) starts at its end.
    let user = viewer.account.id;
    let place = if after.user == Seq::default() { app.hub.user_seq(user) } else { after.user };
    Ok(Events { user: app.hub.follow_user(user, place), thread })
}

impl Events {
    /// Whether nothing has been missed for ever so far.
    pub fn is_held(&self) -> bool {
        self.user.is_held() && self.thread.as_ref().is_none_or(Follower::is_held)
    }

    /// What comes next. If there is nothing yet, the task is woken up when there is.
    pub fn poll_next(&mut self, task: &Context<'_>) -> Poll<Sent> {
        let (user, thread) = self.places();
        // First what comes seldom: a thread may always have more.
        if let Poll::Ready(next) = self.user.poll_next(task) {
            return Poll::Ready(sent_user(next, thread));
        }
        match &mut self.thread {
            Some(follower) => follower.poll_next(task).map(|next| sent_thread(next, user)),
            None => Poll::Pending,
        }
    }

    /// What there is by now, if anything.
    pub fn ready(&mut self) -> Option<Sent> {
        let (user, thread) = self.places();
        let of_thread = self.thread.as_mut().and_then(Follower::ready).map(|next| sent_thread(next, user));
        of_thread.or_else(|| self.user.ready().map(|next| sent_user(next, thread)))
    }

    fn places(&self) -> (Seq, Option<Seq>) {
        (self.user.seq(), self.thread.as_ref().map(Follower::seq))
    }
}

fn sent_thread(next: Next, user: Seq) -> Sent {
    match next {
        Next::Reset => Sent::Reset,
        Next::Events(entries) => {
            Sent::Thread(entries.into_iter().map(|e| (Position { user, thread: Some(e.seq) }, e.data)).collect())
        }
    }
}

fn sent_user(next: Next, thread: Option<Seq>) -> Sent {
    match next {
        Next::Reset => Sent::Reset,
        Next::Events(entries) => {
            Sent::User(entries.into_iter().map(|e| (Position { user: e.seq, thread }, e.data)).collect())
        }
    }
}
