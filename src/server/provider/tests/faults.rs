//! What goes wrong on the way, over real sockets.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Notify,
};

use super::{
    PATIENCE, ask, converse, impatient,
    peer::{HEAD, Peer, UNFRAMED, chunk, response, says},
    providers, settings, text,
};
use crate::{
    model::{Failure, FailureKind},
    server::provider::{Chunk, ProviderSettings, Providers},
};

async fn failure(base: &str) -> Failure {
    converse(&providers(base), ask("x")).await.1.expect("a failure")
}

#[tokio::test]
async fn nobody_listens() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = failure(&format!("http://{free}/v1")).await;
    assert_eq!(failure.kind, FailureKind::Unreachable);
    let detail = failure.detail.unwrap();
    assert!(detail.contains(&free.to_string()) && detail.contains("refused"), "{detail}");
}

#[tokio::test]
async fn the_name_is_unknown() {
    let limit = Duration::from_millis(500);
    let providers = Providers::new(ProviderSettings { connect_limit: limit, ..settings("http://skein.invalid/v1") });
    let (_, failure) = converse(&providers, ask("x")).await;
    assert_eq!(failure.unwrap().kind, FailureKind::Unreachable);
}

#[tokio::test]
async fn it_speaks_no_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(response("400 Bad Request", "", "").as_bytes()).await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    let failure = failure(&format!("https://{address}/v1")).await;
    assert_eq!(failure.kind, FailureKind::Unreachable, "{failure:?}");
}

#[tokio::test]
async fn it_refuses() {
    let page = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>";
    let cases = [
        ("401 Unauthorized", "", r#"{"error":{"message":"bad key"}}"#, FailureKind::Unauthorized, "401: bad key", None),
        ("403 Forbidden", "", "", FailureKind::Unauthorized, "403 Forbidden", None),
        (
            "404 Not Found",
            "",
            r#"{"error":"model 'm' not found"}"#,
            FailureKind::UnknownModel,
            "404: model 'm' not found",
            None,
        ),
        (
            "400 Bad Request",
            "",
            r#"{"error":{"code":"model_not_found","message":"no m"}}"#,
            FailureKind::UnknownModel,
            "400: no m",
            None,
        ),
        ("400 Bad Request", "", r#"{"error":{"message":"too long"}}"#, FailureKind::Rejected, "400: too long", None),
        (
            "422 Unprocessable Entity",
            "",
            r#"{"detail":[{"msg":"bad role"}]}"#,
            FailureKind::Rejected,
            "422: bad role",
            None,
        ),
        ("429 Too Many Requests", "retry-after: 20\r\n", "wait", FailureKind::Limited, "429: wait", Some(20)),
        (
            "429 Too Many Requests",
            "date: Sun, 06 Nov 1994 08:49:07 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
            "",
            FailureKind::Limited,
            "429 Too Many Requests",
            Some(30),
        ),
        ("500 Internal Server Error", "", "{}", FailureKind::Server, "500 Internal Server Error", None),
        ("502 Bad Gateway", "content-type: text/html\r\n", page, FailureKind::Server, "502 Bad Gateway", None),
        (
            "503 Service Unavailable",
            "retry-after: 5\r\n",
            r#"{"error":{"code":503,"message":"Loading model"}}"#,
            FailureKind::Server,
            "503: Loading model",
            Some(5),
        ),
    ];
    for (status, headers, body, kind, detail, retry_after) in cases {
        let peer = Peer::saying(response(status, headers, body)).await;
        let failure = failure(&peer.base()).await;
        assert_eq!(failure, Failure { kind, detail: Some(detail.into()), retry_after }, "{status}");
    }
}

#[tokio::test]
async fn an_endless_refusal_is_read_to_a_limit() {
    let peer = Peer::new(|_, mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 500 Internal Server Error\r\ntransfer-encoding: chunked\r\n\r\n").await;
        while stream.write_all(chunk(&"no ".repeat(1000)).as_bytes()).await.is_ok() {}
    })
    .await;
    let detail = failure(&peer.base()).await.detail.unwrap();
    assert_eq!(detail.chars().count(), 500);
}

#[tokio::test]
async fn the_key_is_in_no_failure() {
    let echo = r#"{"error":{"message":"Incorrect API key: sk-very-secret, Bearer sk\u002dvery-secret"}}"#;
    for bytes in [response("401 Unauthorized", "", echo), response("200 OK", "", echo)] {
        let peer = Peer::saying(bytes).await;
        let failure = failure(&peer.base()).await;
        assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
        assert!(failure.detail.unwrap().contains("Incorrect API key: …"));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Peer::saying(response("200 OK", "", "{}")).await;
    let to = format!("location: http://user:pass@{}/elsewhere?token=t0ken\r\n", other.address);
    for status in ["301 Moved Permanently", "307 Temporary Redirect"] {
        let peer = Peer::saying(response(status, &to, "")).await;
        let failure = failure(&peer.base()).await;
        assert_eq!(failure.kind, FailureKind::Rejected);
        let detail = failure.detail.unwrap();
        assert!(detail.contains(&format!("redirects to http://{}/elsewhere,", other.address)), "{detail}");
        assert!(!detail.contains("pass") && !detail.contains("t0ken"), "{detail}");
    }
    assert_eq!(other.received(), Vec::<String>::new());
}

/// Sends one piece of an answer and, once it was read, lets `cut` do what it does to the connection.
async fn after_one_piece(head: &'static str, piece: String, reset: bool) -> (Vec<Chunk>, Option<Failure>) {
    let read = Arc::new(Notify::new());
    let go = read.clone();
    let peer = Peer::new(move |_, mut stream| {
        let (piece, go) = (piece.clone(), go.clone());
        async move {
            stream.write_all(format!("{head}{piece}").as_bytes()).await.unwrap();
            go.notified().await;
            if reset {
                stream.set_zero_linger().unwrap();
            }
        }
    })
    .await;
    let mut answer = providers(&peer.base()).stream(ask("x")).await.unwrap();
    let first = answer.next().await.unwrap().unwrap();
    read.notify_one();
    let (mut rest, failure) = tokio::time::timeout(PATIENCE, super::read(answer)).await.unwrap();
    rest.insert(0, first);
    (rest, failure)
}

#[tokio::test]
async fn the_connection_breaks_in_the_middle() {
    for (head, piece, reset) in [
        (HEAD, chunk(&says("half")), false),
        (HEAD, chunk(&says("half")), true),
        (HEAD, chunk(&format!("{}data: {{\"cho", says("half"))), false),
        (UNFRAMED, says("half"), false),
        (UNFRAMED, says("half"), true),
        (UNFRAMED, format!("{}data: {{\"cho", says("half")), false),
    ] {
        let (chunks, failure) = after_one_piece(head, piece, reset).await;
        assert_eq!(text(&chunks), "half");
        assert_eq!(failure.unwrap().kind, FailureKind::Disconnected);
    }
}

#[tokio::test]
async fn a_break_after_the_model_ended_loses_nothing() {
    let ended = "data: {\"choices\":[{\"delta\":{\"content\":\"whole\"},\"finish_reason\":\"stop\"}]}\n\n";
    for reset in [false, true] {
        let (chunks, failure) = after_one_piece(HEAD, chunk(ended), reset).await;
        assert_eq!((text(&chunks).as_str(), failure), ("whole", None));
    }
}

#[tokio::test]
async fn a_clean_end_without_a_mark_is_an_end() {
    let peer = Peer::saying(format!("{HEAD}{}0\r\n\r\n", chunk(&says("whole")))).await;
    let (chunks, failure) = converse(&providers(&peer.base()), ask("x")).await;
    assert_eq!((text(&chunks).as_str(), failure), ("whole", None));
}

#[tokio::test]
async fn it_says_nothing() {
    for start in [String::new(), HEAD.into(), format!("{HEAD}{}", chunk(&says("half")))] {
        let spoke = start.contains("half");
        let peer = Peer::new(move |_, mut stream| {
            let start = start.clone();
            async move {
                stream.write_all(start.as_bytes()).await.unwrap();
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        })
        .await;
        let (chunks, failure) = converse(&impatient(&peer.base()), ask("x")).await;
        assert_eq!(text(&chunks), if spoke { "half" } else { "" });
        assert_eq!(failure, Some(Failure::new(FailureKind::Silent)));
    }
}

#[tokio::test]
async fn silence_after_the_model_ended_is_an_end() {
    let ended = "data: {\"choices\":[{\"delta\":{\"content\":\"whole\"},\"finish_reason\":\"stop\"}]}\n\n";
    let peer = Peer::new(move |_, mut stream| async move {
        stream.write_all(format!("{HEAD}{}", chunk(ended)).as_bytes()).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let (chunks, failure) = converse(&impatient(&peer.base()), ask("x")).await;
    assert_eq!((text(&chunks).as_str(), failure), ("whole", None));
}

#[tokio::test]
async fn a_slow_prompt_is_no_dead_peer() {
    let peer = Peer::new(|_, mut stream| async move {
        stream.write_all(HEAD.as_bytes()).await.unwrap();
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            stream.write_all(chunk(": still reading\n\n").as_bytes()).await.unwrap();
        }
        stream.write_all(chunk(&format!("{}data: [DONE]\n\n", says("late"))).as_bytes()).await.unwrap();
    })
    .await;
    let limit = Duration::from_millis(1500);
    let providers = Providers::new(ProviderSettings { idle_limit: limit, ..settings(&peer.base()) });
    let (chunks, failure) = converse(&providers, ask("x")).await;
    assert_eq!((text(&chunks).as_str(), failure), ("late", None));
}

#[tokio::test]
async fn leaving_ends_the_request_before_and_after_it_began() {
    for head in ["", HEAD] {
        let left = Arc::new(Notify::new());
        let arrived = Arc::new(Notify::new());
        let (gone, here) = (left.clone(), arrived.clone());
        let peer = Peer::new(move |_, mut stream| {
            let (gone, here) = (gone.clone(), here.clone());
            async move {
                stream.write_all(head.as_bytes()).await.unwrap();
                here.notify_one();
                let _ = stream.read_to_end(&mut Vec::new()).await;
                gone.notify_one();
            }
        })
        .await;
        let providers = providers(&peer.base());
        if head.is_empty() {
            tokio::select! {
                _ = providers.stream(ask("x")) => panic!("an answer without a head"),
                () = arrived.notified() => {}
            }
        } else {
            drop(providers.stream(ask("x")).await.unwrap());
        }
        tokio::time::timeout(PATIENCE, left.notified()).await.expect("the connection ends");
    }
}
