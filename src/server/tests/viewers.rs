//! Many who look at the same thing: the tabs of one browser, which have few connections, and one who does not read.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::{
    PASSWORD, TestApp,
    client::{Event, Events, Person, event},
    on_both_engines,
};
use crate::{
    model::{Error, Notice, Position, ThreadId},
    server::{http::serve, router, store::testing::TestStore},
};

/// Where a page of this thread follows from.
async fn place(person: &Person, thread: ThreadId) -> Position {
    let seq = person.snapshot(thread).await.unwrap().seq;
    Position { user: person.sidebar(0).await.unwrap().seq, thread: Some(seq) }
}

/// Reads an answer to its end: what it brought, and whether that end was a stepping back.
async fn to_the_end(mut events: Events) -> (Vec<Event>, bool) {
    let mut all = Vec::new();
    while let Some(event) = events.next().await {
        if event == Event::Yield {
            assert_eq!(events.next().await, None, "nothing comes after it");
            return (all, true);
        }
        all.push(event);
    }
    (all, false)
}

/// Whether a notice says that a thread is called so now.
fn names(notice: &Notice, title: &str) -> bool {
    matches!(notice, Notice::Thread { summary } if summary.title.as_deref() == Some(title))
}

on_both_engines! {
    async fn the_oldest_tab_of_a_browser_steps_back_for_the_newest(app: TestApp, "--streams", "2") {
        let ada = app.admin().await;
        let mut elsewhere = app.stranger();
        elsewhere.sign_in("ada@example.org", PASSWORD).await.unwrap();
        let thread = ada.start("echo x").await.unwrap().thread;
        ada.open(thread).await.settled().await;
        let after = place(&ada, thread).await;
        let one = ada.tab("one", false, Some(thread), after).await.unwrap();
        let mut two = ada.tab("two", false, Some(thread), after).await.unwrap();
        let mut far = elsewhere.tab("one", false, Some(thread), after).await.unwrap();
        let mut plain = ada.events(Some(thread), after, None).await.unwrap();
        ada.rename(thread, "Before").await.unwrap();
        let mut three = ada.tab("three", false, Some(thread), after).await.unwrap();
        // It is told what there is first, so that it stands where it can go on from.
        let (brought, stepped_back) = to_the_end(one).await;
        assert!(stepped_back);
        assert!(brought.iter().any(|event| matches!(event, Event::Thread(..))), "{brought:?}");
        ada.rename(thread, "After").await.unwrap();
        for events in [&mut two, &mut three, &mut far, &mut plain] {
            events.notice(|notice| names(notice, "After")).await;
        }
    }

    async fn a_tab_that_stepped_back_gets_everything_once_and_in_order(app: TestApp, "--streams", "1") {
        let ada = app.admin().await;
        let started = ada.start("step polled one **two** three four five, and `six` too").await.unwrap();
        let after = place(&ada, started.thread).await;
        let mut streamed = ada.tab("seen", false, Some(started.thread), after).await.unwrap();
        let (mut polled, mut at, mut polls, mut empty) = (Vec::new(), after, 0, 0);
        let is_end = |event: &Event| format!("{event:?}").contains("Run(None)");
        while !polled.last().is_some_and(is_end) {
            app.demo.release("polled");
            let poll = ada.tab("asks", true, Some(started.thread), at).await.unwrap();
            let (brought, stepped_back) = to_the_end(poll).await;
            assert!(stepped_back, "no place is free");
            polls += 1;
            empty += u32::from(brought.is_empty());
            for event in brought {
                match &event {
                    Event::Thread(position, _) => {
                        at = *position;
                        polled.push(event);
                    }
                    Event::User(position, _) => at = *position,
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(polls > 1 && empty < polls, "{empty} of {polls} brought nothing");
        for polled in polled {
            let streamed = loop {
                match streamed.next().await.unwrap() {
                    Event::User(..) => {}
                    event => break event,
                }
            };
            let (Event::Thread(a, one), Event::Thread(b, other)) = (&polled, &streamed) else { panic!("{streamed:?}") };
            assert_eq!((a.thread, one), (b.thread, other));
        }
    }

    async fn a_place_that_becomes_free_is_the_next_ones_who_asks(app: TestApp, "--streams", "1") {
        let ada = app.admin().await;
        let thread = ada.start("echo x").await.unwrap().thread;
        ada.open(thread).await.settled().await;
        let after = place(&ada, thread).await;
        let seen = ada.tab("seen", false, None, after).await.unwrap();
        assert!(to_the_end(ada.tab("asks", true, None, after).await.unwrap()).await.1);
        drop(seen);
        // The server notices in its own time that nobody is there any more.
        let mut events = loop {
            let mut events = ada.tab("asks", true, None, after).await.unwrap();
            ada.rename(thread, "Again").await.unwrap();
            let renamed = async |events: &mut Events| loop {
                match events.next().await {
                    Some(Event::User(_, notice)) if names(&notice, "Again") => break true,
                    Some(Event::Yield) | None => break false,
                    Some(_) => {}
                }
            };
            if renamed(&mut events).await {
                break events;
            }
        };
        ada.rename(thread, "Live").await.unwrap();
        events.notice(|notice| names(notice, "Live")).await;
        // And when that tab is looked at, it is another's turn.
        let _newest = ada.tab("newest", false, None, after).await.unwrap();
        assert!(to_the_end(events).await.1);
    }

    async fn a_tab_learns_that_its_thread_is_gone(app: TestApp) {
        let ada = app.admin().await;
        let thread = ada.start("echo x").await.unwrap().thread;
        ada.open(thread).await.settled().await;
        let after = place(&ada, thread).await;
        ada.delete(thread).await.unwrap();
        for poll in [false, true] {
            let (brought, stepped_back) = to_the_end(ada.tab("t", poll, Some(thread), after).await.unwrap()).await;
            assert_eq!((brought, stepped_back), (vec![Event::Reset], false));
        }
        assert_eq!(ada.events(Some(thread), after, None).await.err(), Some(Error::NotFound), "a client that is no tab");
        for tab in ["", &"x".repeat(65)] {
            assert!(matches!(ada.tab(tab, false, None, after).await, Err(Error::Invalid { .. })), "{tab}");
        }
    }
}

/// How many bytes the system keeps of what was sent and not read, so that what does not fit waits in the server.
const KEPT: u32 = 16 << 10;
/// What the server may hold for one who does not read, with what the system holds: a megabyte.
const MOST: usize = 1 << 20;

/// The same server at an address that sends into small buffers.
async fn tight(app: &TestApp) -> SocketAddr {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(KEPT).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(16).unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve::serve(listener, router::router(app.app.clone()), std::future::pending()));
    address
}

/// One who opens the stream of a thread and does not read it.
async fn deaf(to: SocketAddr, person: &Person, thread: ThreadId, after: Position) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(KEPT).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    let cookie = person.cookie.as_deref().unwrap();
    // Of this version, the answer is what the server sends and nothing else, to the connection's end.
    let request = format!("GET /events?after={after}&thread={thread} HTTP/1.0\r\ncookie: {cookie}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_delays_nobody_and_costs_little() {
    let app = TestApp::start(Arc::new(TestStore::sqlite().await)).await;
    let ada = app.admin().await;
    let thread = ada.start("echo x").await.unwrap().thread;
    ada.open(thread).await.settled().await;
    let (to, after) = (tight(&app).await, place(&ada, thread).await);
    let mut slow = Vec::new();
    for _ in 0..3 {
        slow.push(deaf(to, &ada, thread, after).await);
    }
    let mut quick = ada.open(thread).await;
    let mut sent = 0;
    // Until so much was sent that neither they nor the log can have it all: each of them is past its reach.
    while sent < 3 * MOST {
        let started = ada.submit(thread, "long 300").await.unwrap();
        loop {
            let Some(Event::Thread(position, change)) = quick.events.next().await else { continue };
            sent += serde_json::to_string(&change).unwrap().len();
            quick.apply(position, change);
            let settled = quick.snapshot.messages.iter().any(|row| row.id == started.answer && row.status.is_settled());
            if settled && quick.snapshot.head.run.is_none() {
                break;
            }
        }
    }
    let stored = ada.snapshot(thread).await.unwrap().messages;
    assert!(quick.snapshot.messages.ends_with(&stored), "who reads saw all of it meanwhile");
    for mut stream in slow {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        assert!(all.len() < MOST, "{} bytes were kept", all.len());
        let text = String::from_utf8(all).unwrap();
        let events: Vec<Event> = text.split("\n\n").filter_map(event).collect();
        assert_eq!(events.last(), Some(&Event::Reset));
        let number = |event: &Event| match event {
            Event::Thread(position, _) => Some(position.thread.unwrap().number),
            _ => None,
        };
        let numbers: Vec<u64> = events.iter().filter_map(number).collect();
        let first = after.thread.unwrap().number + 1;
        assert!(!numbers.is_empty());
        assert_eq!(numbers, (first..first + numbers.len() as u64).collect::<Vec<_>>(), "without a gap up to there");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_so_many_streams_in_all() {
    let app = TestApp::with(Arc::new(TestStore::sqlite().await), &["--max-streams", "2"]).await;
    let ada = app.admin().await;
    let stream = || ada.events(None, Position::default(), None);
    let (first, second) = (stream().await.unwrap(), stream().await.unwrap());
    let refused = stream().await.err().expect("there are two already");
    assert!(matches!(refused, Error::Limited { retry_after } if retry_after > 0), "{refused:?}");
    drop((first, second));
    // The server hears of it when it next wants to write.
    ada.rename(ada.start("echo a word").await.unwrap().thread, "Something to tell").await.unwrap();
    while app.app.streams.open.get() > 0 {
        tokio::task::yield_now().await;
    }
    stream().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_has_a_connection_to_itself_and_its_end_is_noticed_at_once() {
    let app = TestApp::start(Arc::new(TestStore::sqlite().await)).await;
    let ada = app.admin().await;
    let mut stream = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).await.unwrap();
    // The one before it is answered in the usual way.
    for (path, end) in [("/health", "\r\n\r\nok"), ("/events", ": open\n\n")] {
        let cookie = ada.cookie.as_deref().unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\ncookie: {cookie}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        while !answer.contains(end) {
            let mut part = [0; 1024];
            let read = stream.read(&mut part).await.unwrap();
            assert!(read > 0, "{answer}");
            answer += str::from_utf8(&part[..read]).unwrap();
        }
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let own = answer.contains("\r\nconnection: close\r\n") && answer.contains("\r\n\r\n8\r\n: open\n\n");
        assert_eq!(own, path == "/events", "{answer}");
    }
    assert_eq!(app.app.streams.open.get(), 1);
    drop(stream);
    while app.app.streams.open.get() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_for_before_a_stream_is_answered_before_it() {
    let app = TestApp::start(Arc::new(TestStore::sqlite().await)).await;
    let ada = app.admin().await;
    let mut stream = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).await.unwrap();
    let cookie = ada.cookie.as_deref().unwrap();
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: here\r\ncookie: {cookie}\r\n\r\n");
    // All of it at once, without waiting for an answer.
    let requests = [request("/health"), request("/settings"), request("/events")].concat();
    stream.write_all(requests.as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    while !answers.ends_with(b": open\n\n\r\n") {
        let mut part = [0; 1024];
        let read = stream.read(&mut part).await.unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&answers));
        answers.extend_from_slice(&part[..read]);
    }
    let answers = String::from_utf8_lossy(&answers);
    assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 3, "{answers}");
    assert!(answers.contains("</html>"), "{answers}");
}
