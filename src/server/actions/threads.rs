//! Lists, pages, names and ends of threads.

use super::{
    Viewer,
    gate::{self, Action, Resource},
    whole,
};
use crate::{
    model::{
        Change, Error, Message, MessageId, Notice, Older, Origin, SidebarPage, Snapshot, ThreadHead, ThreadId,
        ThreadProperty,
    },
    server::{
        app::App,
        clock::now_ms,
        run::view,
        store::{Milestone, ThreadRow, Window},
    },
};

/// Rows of a page of the sidebar, and of a window of a thread (contract B.7).
const SIDEBAR_ROWS: u32 = 15;
const WINDOW_ROWS: u32 = 30;
/// No place's clocks are further from UTC, in minutes.
const FURTHEST_ZONE: i32 = 15 * 60;
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
    seen(app, &thread).await;
    // Before the rows: what is sent in between is in both, not in neither.
    let queue = app.store.queue(id).await?;
    let (Window { rows, older, .. }, mended) = newest(app, id).await?;
    let mut messages: Vec<Message> = Vec::with_capacity(rows.len() + live.rows.len());
    for row in rows {
        match live.rows.iter().find(|live| live.id == row.id) {
            Some(live) => messages.push(view::live(live, &row)),
            None => messages.push(view::message(row)),
        }
    }
    let shown: Vec<_> = messages.iter().map(|row| row.id).collect();
    // What a run is doing that writes a row which is shown.
    let here = |row: &Message| row.is_transient() && row.parent.is_some_and(|parent| shown.contains(&parent));
    messages.extend(live.rows.into_iter().filter(here));
    messages.extend(queue.into_iter().filter(|row| !shown.contains(&row.id)).map(view::queued));
    let origin = origin(app, viewer, thread.origin).await?;
    let run = live.run.or(thread.running);
    let head = ThreadHead { id, title: thread.title, model: thread.model, run, origin, mended };
    Ok(Snapshot { head, messages, older, seq })
}

/// The end of a thread. One whose tree is damaged is mended first; whether it was.
async fn newest(app: &App, id: ThreadId) -> Result<(Window, bool), Error> {
    let window = app.store.window(id, None, WINDOW_ROWS).await?;
    if !window.broken && !app.store.is_lost(id).await? {
        return Ok((window, false));
    }
    let mended = app.store.repair(id).await?;
    tracing::warn!(thread = %id, rows = mended.rows, orphans = mended.orphans, leaf = mended.leaf, "mended a thread");
    Ok((app.store.window(id, None, WINDOW_ROWS).await?, true))
}

/// What a thread is a copy of, if its viewer may still see that.
async fn origin(app: &App, viewer: &Viewer, origin: Option<(ThreadId, MessageId)>) -> Result<Option<Origin>, Error> {
    let Some((thread, message)) = origin else { return Ok(None) };
    match gate::thread(app, viewer, Action::View, thread).await {
        Ok(row) => Ok(Some(Origin { thread, message, title: row.title })),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Somebody looks at the thread: what ended in it unseen is seen now.
pub(super) async fn seen(app: &App, thread: &ThreadRow) {
    if thread.mark.is_none() {
        return;
    }
    match app.store.mark(thread.id, None).await {
        Ok(Some(row)) => drop(app.hub.notify(row.user, Notice::Thread { summary: view::summary(&row) })),
        Ok(None) => {}
        // It is only a mark: the thread is shown all the same.
        Err(error) => tracing::warn!(thread = %thread.id, %error, "could not take a mark away"),
    }
}

/// The window before a row.
pub async fn older(app: &App, viewer: &Viewer, id: ThreadId, before: i64) -> Result<Older, Error> {
    gate::thread(app, viewer, Action::View, id).await?;
    if before <= 0 {
        return Ok(Older { messages: Vec::new(), older: None });
    }
    let Window { rows, older, .. } = app.store.window(id, Some(before), WINDOW_ROWS).await?;
    Ok(Older { messages: rows.into_iter().map(view::message).collect(), older })
}

/// Where in a thread somebody wants to go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// To the rows from this sequence on.
    From(i64),
    /// To what was said from this day on, `2026-11-21`, where it begins `zone` minutes before UTC's.
    Day { day: String, zone: i32 },
}

/// The address of the page that begins with this place.
pub async fn place(app: &App, viewer: &Viewer, id: ThreadId, place: Place) -> Result<String, Error> {
    gate::thread(app, viewer, Action::View, id).await?;
    let from = match place {
        Place::From(from) => Milestone::Sequence(from),
        Place::Day { day, zone } => {
            Milestone::Time(begins(&day, zone).ok_or_else(|| Error::invalid("day", "day_invalid"))?)
        }
    };
    let page = format!("/chat/thread/{id}");
    let Some(stretch) = app.store.stretch(id, from, WINDOW_ROWS).await? else { return Ok(page) };
    // Where nothing comes behind it the newest window has it.
    let before = stretch.next.map(|next| format!("?before={next}")).unwrap_or_default();
    Ok(format!("{page}{before}#row-{}", stretch.first))
}

/// When a day begins where it does so `zone` minutes before UTC's, in milliseconds since 1970.
fn begins(day: &str, zone: i32) -> Option<i64> {
    let there = (-FURTHEST_ZONE..=FURTHEST_ZONE).contains(&zone);
    Some(midnight(day).filter(|_| there)? - i64::from(zone) * 60_000)
}

/// When a day begins in UTC, in milliseconds since 1970. Days are counted in eras of 400 years that begin in March, so
/// that the leap day is the last of its year.
fn midnight(day: &str) -> Option<i64> {
    let mut parts = day.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year / 400, year % 400);
    let days = of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1;
    Some((era * 146_097 + days - 719_468) * 86_400_000)
}

/// A title as it is stored: on one line, and neither empty nor too long.
pub(super) fn title(typed: &str) -> Result<String, Error> {
    let title: String = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = title.chars().filter(|c| !c.is_control()).collect();
    if title.is_empty() {
        return Err(Error::invalid("title", "title_empty"));
    }
    if title.chars().count() > TITLE_CHARACTERS {
        return Err(Error::invalid("title", "title_too_long"));
    }
    Ok(title)
}

/// Names a thread. What a person chose is never replaced by anything but a person.
pub async fn rename(app: &App, viewer: &Viewer, id: ThreadId, title: String) -> Result<(), Error> {
    gate::thread(app, viewer, Action::Write, id).await?;
    let title = self::title(&title)?;
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
    let origin = gate::thread(app, viewer, Action::Write, id).await?.origin;
    let (app, user) = (app.clone(), viewer.account.id);
    whole(async move {
        app.runs.stop_thread(id).await;
        if !app.store.delete(user, id).await? {
            return Err(Error::NotFound);
        }
        app.hub.append(id, Change::Thread { property: ThreadProperty::Gone });
        app.hub.notify(user, Notice::Removed { id });
        // Where it was forked off may be no origin any more.
        if let Some((thread, message)) = origin
            && let Some(row) = app.store.message(user, message).await?.filter(|row| row.status.is_settled())
        {
            app.hub.append(thread, Change::Replace { id: message, row: Box::new(view::message(row)) });
        }
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::{begins, midnight};

    #[test]
    fn days_begin_when_they_do() {
        let days = [("1970-01-01", 0), ("2000-02-29", 951_782_400_000), ("2024-03-01", 1_709_251_200_000)];
        for (day, time) in days {
            assert_eq!(midnight(day), Some(time), "{day}");
        }
        for day in [
            "",
            "2024",
            "2024-13-01",
            "2024-00-10",
            "1969-12-31",
            "10000-01-01",
            "2024-01-32",
            "x-y-z",
            "2024-01-01-01",
        ] {
            assert_eq!(midnight(day), None, "{day}");
        }
        // Kathmandu's begin before UTC's, Honolulu's after it.
        assert_eq!(begins("1970-01-02", 345), Some(86_400_000 - 20_700_000));
        assert_eq!(begins("1970-01-02", -600), Some(86_400_000 + 36_000_000));
        assert_eq!([begins("1970-01-02", 901), begins("1970-01-02", i32::MIN)], [None; 2]);
    }
}
