//! Somebody who looks at a thread: folds what comes as a page does, leaves, comes back where they were, reads slowly, and
//! compares what they see with the page as the server has it at the very same place.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use tokio::{
    net::TcpSocket,
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

use super::{Soak, actor};
use crate::{
    http::{Connection, Person},
    model::{Change, Message, Position, Seq, Snapshot, ThreadId, fold},
};

/// What a viewer is told.
#[derive(Clone)]
pub enum Task {
    /// Go on, and compare with these pages where they stand.
    Look(Vec<Arc<Snapshot>>),
    /// Come to this page, compare, and leave.
    Finish(Arc<Snapshot>),
}

/// Longer than it may take to come to where a thread stands.
const PATIENCE: Duration = Duration::from_secs(30);
/// So little is read ahead for who reads slowly that the server has to wait for them.
const NARROW: u32 = 4096;

/// What somebody sees.
struct View {
    rows: Vec<Message>,
    place: Position,
    /// The newest place that was compared.
    compared: Option<Seq>,
    /// It was left, and its owner comes back to it.
    left: bool,
}

/// How a connection ended.
enum End {
    /// After a while, or because the server ended it.
    Left,
    /// The server says that something is missing for ever.
    Reset,
    /// At the page that was to be reached.
    Done,
}

/// Looks until told to finish.
pub async fn live(soak: Arc<Soak>, person: Person, thread: ThreadId, mut told: watch::Receiver<Task>) -> Result<()> {
    let mut view = None;
    let slow = rand::random_bool(0.25);
    let mut finishing: Option<Instant> = None;
    loop {
        let mut current = match view.take() {
            Some(view) => view,
            None => load(&person, thread).await?,
        };
        let task = told.borrow_and_update().clone();
        if let Task::Finish(page) = &task {
            let since = *finishing.get_or_insert_with(Instant::now);
            if since.elapsed() > PATIENCE {
                soak.tally.wrong(format!("a viewer stays at {:?}, the page is at {}", current.place.thread, page.seq));
                return Ok(());
            }
        }
        let end = connect(&soak, &person, thread, &mut current, &mut told, slow).await?;
        match end {
            End::Done => return Ok(()),
            End::Reset => soak.tally.resets.one(),
            // Some come back as a new page, the others where they were.
            End::Left if rand::random_bool(0.2) => {}
            End::Left => {
                if let (Some(place), true) = (&mut current.place.thread, rand::random_bool(0.03)) {
                    // As if the server had been started anew meanwhile: there is no such place any more.
                    place.epoch ^= 1;
                }
                view = Some(current);
            }
        }
        if matches!(*told.borrow(), Task::Look(_)) {
            let pause = Duration::from_millis(rand::random_range(0..3000));
            let _ = timeout(pause, told.wait_for(|task| matches!(task, Task::Finish(_)))).await;
        }
    }
}

async fn load(person: &Person, thread: ThreadId) -> Result<View> {
    let page = actor::snapshot(person, thread).await?;
    let place = Position { thread: Some(page.seq), user: Seq::default() };
    Ok(View { rows: page.messages, place, compared: None, left: false })
}

async fn connect(
    soak: &Soak,
    person: &Person,
    thread: ThreadId,
    view: &mut View,
    told: &mut watch::Receiver<Task>,
    slow: bool,
) -> Result<End> {
    soak.tally.connections.one();
    if std::mem::replace(&mut view.left, true) {
        soak.tally.resumed.one();
    }
    let mut connection = open(person, slow).await?;
    let (host, place) = (person.address.to_string(), view.place.to_string());
    let mut fields = vec![("host", host.as_str()), ("cookie", person.cookie.as_str())];
    let mut path = format!("/events?thread={thread}");
    // A browser that comes back by itself says it in this way, our page that wakes up in the other.
    match rand::random_bool(0.5) {
        true => fields.push(("last-event-id", place.as_str())),
        false => path += &format!("&after={place}"),
    }
    connection.send("GET", &path, &fields, "").await?;
    match connection.head().await?.context("no answer")?.status() {
        200 => {}
        status => bail!("following a thread: {status}"),
    }
    let leave = Instant::now() + Duration::from_millis(rand::random_range(100..8000));
    let mut unread = Vec::new();
    loop {
        if compare(soak, view, told)? {
            return Ok(End::Done);
        }
        if slow && matches!(*told.borrow(), Task::Look(_)) {
            tokio::time::sleep(Duration::from_millis(rand::random_range(0..500))).await;
        }
        // Whoever waits for the end looks again when it is told.
        let wake = leave.min(Instant::now() + Duration::from_secs(10));
        let read = async {
            tokio::select! {
                read = connection.chunk() => read.map(Some),
                _ = told.wait_for(|task| matches!(task, Task::Finish(page) if Some(page.seq) == view.place.thread)) => Ok(None),
            }
        };
        let bytes = match timeout_at(wake, read).await {
            // Left in the middle of whatever was coming.
            Err(_) | Ok(Err(_)) => return Ok(End::Left),
            Ok(Ok(None)) => continue,
            Ok(Ok(Some(bytes))) if bytes.is_empty() => return Ok(End::Left),
            Ok(Ok(Some(bytes))) => bytes,
        };
        unread.extend(bytes);
        while let Some(end) = unread.windows(2).position(|two| two == b"\n\n") {
            let frame: Vec<u8> = unread.drain(..end + 2).collect();
            if !take(soak, view, &String::from_utf8(frame)?)? {
                return Ok(End::Reset);
            }
            if compare(soak, view, told)? {
                return Ok(End::Done);
            }
        }
    }
}

async fn open(person: &Person, slow: bool) -> Result<Connection> {
    if !slow {
        return Connection::open(person.address).await;
    }
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(NARROW)?;
    Ok(Connection::new(socket.connect(person.address).await?))
}

/// Folds one event. False: a new page is to be taken.
fn take(soak: &Soak, view: &mut View, frame: &str) -> Result<bool> {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    match field("event") {
        Some("reset") => return Ok(false),
        Some("thread") => {
            let before = view.place.thread;
            view.place = field("id").context("no id")?.parse()?;
            let change: Change = serde_json::from_str(field("data").context("no data")?)?;
            let next = before.map(|seq| Seq { number: seq.number + 1, ..seq });
            if view.place.thread != next {
                soak.tally.wrong(format!("after {before:?} came {:?}", view.place.thread));
            }
            fold(&mut view.rows, change);
        }
        Some(_) => view.place = field("id").context("no id")?.parse()?,
        None => {}
    }
    Ok(true)
}

/// Compares with the page of this very place, if there is one. True: that was the last.
fn compare(soak: &Soak, view: &mut View, told: &watch::Receiver<Task>) -> Result<bool> {
    let task = told.borrow();
    let (pages, last) = match &*task {
        Task::Look(pages) => (&pages[..], false),
        Task::Finish(page) => (std::slice::from_ref(page), true),
    };
    let Some(page) = pages.iter().find(|page| Some(page.seq) == view.place.thread) else { return Ok(false) };
    if last || view.compared != view.place.thread {
        view.compared = view.place.thread;
        soak.tally.compared.one();
        if page.messages != view.rows {
            soak.tally.wrong(difference(&page.messages, &view.rows, page.seq));
        }
    }
    Ok(last)
}

fn difference(page: &[Message], view: &[Message], seq: Seq) -> String {
    let ids = |rows: &[Message]| rows.iter().map(|row| (row.sequence, row.status)).collect::<Vec<_>>();
    let row = page.iter().zip(view).find(|(page, view)| page != view);
    let row = row.map(|(page, view)| format!("; the page has {page:?}, the viewer {view:?}"));
    format!("at {seq} a viewer sees {:?}, the page {:?}{}", ids(view), ids(page), row.unwrap_or_default())
}
