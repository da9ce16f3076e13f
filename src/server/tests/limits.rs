//! Bad input: refused with a code, told in our own words, nothing written, and the server goes on.

use futures::{StreamExt, stream};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    PASSWORD, TestApp,
    calls::{CALLS, Own, rows},
    client::Said,
    on_both_engines,
};
use crate::{
    model::{Error, Position, Status},
    ui,
};

/// The longest message, by default.
const MOST: u32 = 256 * 1024;

on_both_engines! {
    async fn a_long_message_works_and_one_too_long_is_told_its_limit(app: TestApp) {
        let ada = app.admin().await;
        let long = format!("echo {}", "väl ".repeat(20 * 1024));
        assert!(long.len() > 100_000);
        let started = ada.start(&long).await.unwrap();
        let mut view = ada.open(started.thread).await;
        view.settled().await;
        assert_eq!(view.status(), Status::Completed);
        assert_eq!(ada.source(started.message).await.unwrap(), long.trim());
        assert_eq!(ada.source(started.answer).await.unwrap(), long.trim().strip_prefix("echo ").unwrap());

        let before = rows(&app).await;
        let own = Own { thread: started.thread, answer: started.answer, ..Own::nothing() };
        let texts: Vec<_> = CALLS.iter().filter(|call| (call.arguments)(&own).get("text").is_some()).collect();
        assert!(texts.len() >= 2);
        for call in texts {
            for text in ["x".repeat(1 << 20), "漢".repeat(1 << 18), "x".repeat(MOST as usize + 1)] {
                let mut arguments = (call.arguments)(&own);
                arguments["text"] = text.into();
                let said = call.send(&ada, &arguments).await;
                assert_eq!(said.status, 413);
                let error = said.error();
                assert_eq!(error, Error::too_large("text", "message_too_long", MOST), "{}", call.path);
                assert!(ui::words::error(&error).contains("256 KB"), "{}", ui::words::error(&error));
            }
        }
        assert_eq!(rows(&app).await, before);
    }

    async fn a_body_over_the_limit_is_read_by_no_call(app: TestApp) {
        let ada = app.admin().await;
        let own = Own::settled(&app, &ada, "ada@example.org").await;
        let limit = 12 * MOST + 64 * 1024;
        let before = rows(&app).await;
        let large = "x".repeat(5 << 20);
        for call in CALLS {
            let said = Said::of(call.raw(&ada, large.clone()).send().await.unwrap()).await;
            assert_eq!((said.status, said.error()), (413, Error::too_large("body", "body_too_large", limit)));
        }
        // Without a length beforehand.
        let call = CALLS.iter().find(|call| call.path == "threads/rename").unwrap();
        let parts = stream::iter((0..5).map(|_| Ok::<_, std::io::Error>("x".repeat(1 << 20))));
        let said = Said::of(call.raw(&ada, reqwest::Body::wrap_stream(parts)).send().await.unwrap()).await;
        assert_eq!(said.error(), Error::too_large("body", "body_too_large", limit));
        assert_eq!(rows(&app).await, before);
        // A browser without scripts is led back to its page, which says it.
        let from = format!("{}/chat/thread/{}", app.base, own.thread);
        let back = call.raw(&ada, large).header("accept", "text/html").header("referer", &from).send().await.unwrap();
        assert_eq!(back.status(), StatusCode::FOUND);
        let back = back.headers()["location"].to_str().unwrap();
        assert!(back.starts_with(&from) && back.contains("__err="), "{back}");
        ada.rename(own.thread, "It goes on").await.unwrap();
    }

    async fn what_cannot_be_read_is_said_so_by_every_call(app: TestApp, "--enable-signup") {
        let ada = app.admin().await;
        let own = Own::settled(&app, &ada, "ada@example.org").await;
        let unreadable = Error::invalid("arguments", "arguments_unreadable");
        let before = rows(&app).await;
        for call in CALLS {
            let said = async |request: reqwest::RequestBuilder| Said::of(request.send().await.unwrap()).await;
            let right = call.encode(&(call.arguments)(&own));
            // The type of what comes.
            let bare = || ada.request(Method::POST, &call.route());
            for request in [bare().body(right.clone()), bare().header("content-type", "text/plain").body(right), bare()] {
                let said = said(request).await;
                assert_eq!(said.error(), Error::invalid("content_type", "content_type_unusable"), "{}", call.path);
            }
            // What comes.
            let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
            let broken: &[&[u8]] = match call.is_json() {
                true => &[b"", b"{", b"null", b"[]", b"\"x\"", b"{\"id\":\"\xff\"}", b"{\"\xff\":1}", deep.as_bytes()],
                false => &[b"a=\xff", b"\xff\xfe", b"\0\xf0\x9f"],
            };
            for body in broken {
                let said = said(call.raw(&ada, body.to_vec())).await;
                assert_eq!((said.status, said.error()), (422, unreadable.clone()), "{} {body:?}", call.path);
            }
            // A field that is none of its own, among right ones: nobody becomes an administrator by it.
            for name in ["role", "is_admin", "user_id", "user", "owner", "id_"] {
                let mut arguments = (call.arguments)(&own);
                arguments[name] = "admin".into();
                let error = call.send(&ada, &arguments).await.error();
                assert_eq!(error, Error::invalid(name, "unknown_field"), "{}", call.path);
            }
            // Each right field with what it cannot be, and without it.
            for (name, value) in (call.arguments)(&own).as_object().unwrap().clone() {
                let mut without = (call.arguments)(&own);
                without.as_object_mut().unwrap().remove(&name);
                // Without an id it is all the others that end.
                let optional = ["thread", "run", "next", "model", "client"].contains(&name.as_str())
                    || call.path == "accounts/end_sessions";
                if !optional {
                    assert_eq!(call.send(&ada, &without).await.error(), unreadable, "{} without {name}", call.path);
                }
                let id = value.as_str().is_some_and(|text| uuid::Uuid::parse_str(text).is_ok());
                if !id && value.is_string() {
                    continue;
                }
                for wrong in [json!("no id"), json!("-1"), json!("\0"), json!("１２"), json!("9".repeat(40))] {
                    let mut arguments = (call.arguments)(&own);
                    arguments[&name] = wrong;
                    let said = call.send(&ada, &arguments).await;
                    assert_eq!(said.error(), unreadable, "{} {arguments}", call.path);
                    assert!(!said.body.contains("expected") && !said.body.contains("missing"), "{said:?}");
                }
            }
        }
        assert_eq!(rows(&app).await, before);
    }

    async fn calls_that_are_none_are_answered_in_our_words(app: TestApp) {
        let ada = app.admin().await;
        for path in ["/rpc/no/such", "/rpc/threads", "/rpc/threads/rename/", "/rpc/threads/%72ename", "/rpc/%00", "/rpc/a/b/c"] {
            let said = Said::of(ada.request(Method::POST, path).send().await.unwrap()).await;
            assert_eq!((said.status, said.error()), (404, Error::NotFound), "{path}");
        }
        for call in CALLS {
            for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
                let said = Said::of(ada.request(method.clone(), &call.route()).send().await.unwrap()).await;
                assert_eq!(said.status, 405, "{method} {}", call.path);
                assert_eq!(said.error(), Error::invalid("method", "method_not_allowed"));
                assert!(said.headers["allow"].contains("POST"), "{said:?}");
            }
        }
        let said = Said::of(ada.request(Method::POST, "/events").send().await.unwrap()).await;
        assert_eq!((said.status, said.error()), (405, Error::invalid("method", "method_not_allowed")));
        for query in ["after=0-0&after=0-0", "user=x", "thread=x&role=admin"] {
            let said = Said::of(ada.get(&format!("/events?{query}")).await).await;
            assert_eq!(said.error(), Error::invalid("arguments", "arguments_unreadable"), "{query}");
        }
        for thread in ["x", "", "%00", "%ff", "..%2f"] {
            let said = Said::of(ada.get(&format!("/events?thread={thread}")).await).await;
            assert!(matches!(said.error(), Error::NotFound | Error::Invalid { .. }), "{thread}");
        }
    }

    async fn characters_that_cannot_be_seen_are_kept_and_nul_is_not(app: TestApp, "--enable-signup") {
        let ada = app.admin().await;
        // Turned direction, no width, joined, marked, a lone combining one; and what no database may trip over.
        let odd = "a\u{202e}b\u{2066}c\u{200b}d\u{200d}e\u{feff}f\u{301}\u{fffe}\u{10ffff}\u{1}\u{7f}g";
        let typed = format!("echo {odd}\0{odd}");
        let kept = format!("echo {odd}\u{fffd}{odd}");
        let started = ada.start(&typed).await.unwrap();
        ada.open(started.thread).await.settled().await;
        assert_eq!(ada.source(started.message).await.unwrap(), kept);
        assert_eq!(ada.source(started.answer).await.unwrap(), kept.strip_prefix("echo ").unwrap());
        assert_eq!(ada.get(&format!("/chat/thread/{}", started.thread)).await.status(), StatusCode::OK);
        ada.rename(started.thread, &format!("{odd}\0 title")).await.unwrap();
        let title = ada.snapshot(started.thread).await.unwrap().head.title.unwrap();
        assert!(title.contains('\u{202e}') && !title.contains(char::is_control), "{title:?}");

        let fields = [("text", "echo x"), ("client", "a\0b")];
        let refused = ada.form::<Value>("messages/start_thread", &fields).await.unwrap_err();
        assert_eq!(refused, Error::invalid("client", "client_id_unusable"));
        let fields = [("text", "echo x"), ("model", "a\0b")];
        let refused = ada.form::<Value>("messages/start_thread", &fields).await.unwrap_err();
        assert_eq!(refused, Error::invalid("model", "model_unknown"));
        for email in ["a\0@example.org", "\0", "ada@example.org\0"] {
            let refused = app.stranger().sign_in(email, PASSWORD).await.unwrap_err();
            assert_eq!(refused, Error::invalid("password", "sign_in_failed"), "{email:?}");
            let refused = app.stranger().sign_up(email).await.unwrap_err();
            assert_eq!(refused, Error::invalid("email", "email_invalid"), "{email:?}");
        }
        for (name, shown) in [("B\0e\u{1}a", "B e a"), ("\u{202e}aeB", "\u{202e}aeB")] {
            let email = format!("{}@example.org", uuid::Uuid::now_v7());
            let person = app.stranger();
            let fields = [("name", name), ("email", email.as_str()), ("password", "pass\0word\u{202e}")];
            person.form::<()>("accounts/sign_up", &fields).await.unwrap();
            let mut again = app.stranger();
            again.sign_in(&email, "pass\0word\u{202e}").await.unwrap();
            let visitor: crate::model::Visitor = again.json("accounts/visitor", json!({})).await.unwrap();
            assert_eq!(visitor.account.unwrap().name, shown);
        }
    }

    async fn whoever_sends_too_much_waits_and_nobody_else_does(app: TestApp, "--enable-signup", "--sends-per-minute", "5") {
        let ada = app.admin().await;
        let mut eve = app.stranger();
        eve.sign_up("eve@example.org").await.unwrap();
        // Ten thousand are counted where the limit itself is tested; here each costs a request.
        let sends = 2_000;
        let said: Vec<_> = stream::iter(0..sends)
            .map(|_| ada.form::<Value>("messages/start_thread", &[("text", "echo again")]))
            .buffer_unordered(32)
            .collect()
            .await;
        let passed = said.iter().filter(|said| said.is_ok()).count();
        // One more becomes free each twelve seconds, should this machine be that slow.
        assert!((5..15).contains(&passed), "{passed}");
        for refused in said.into_iter().filter_map(Result::err) {
            assert!(matches!(refused, Error::Limited { retry_after: 1..=12 }), "{refused:?}");
        }
        assert_eq!(ada.sidebar(0).await.unwrap().total as usize, passed, "nothing half-written");
        let refused = ada.post("messages/start_thread", &[("text", "echo again")]).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait: u32 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=12).contains(&wait), "{wait}");
        eve.start("echo mine").await.unwrap();
    }

    async fn a_page_to_go_on_to_that_no_header_can_hold_is_passed_over(app: TestApp) {
        app.admin().await;
        for next in ["/chat\u{1}", "/chat\r\nx-evil: 1", "/chat/ü", "/chat\u{7f}", "/chat \t", &format!("/chat/{}", "x".repeat(1 << 20))] {
            let fields = [("email", "ada@example.org"), ("password", PASSWORD), ("next", next)];
            let response = app.stranger().post("accounts/sign_in", &fields).await;
            assert_eq!((response.status(), &response.headers()["location"]), (StatusCode::OK, &"/chat".parse().unwrap()));
            assert!(!response.headers().contains_key("x-evil"));
        }
    }

    async fn a_call_that_is_cut_off_writes_nothing(app: TestApp) {
        use tokio::{
            io::{AsyncReadExt, AsyncWriteExt},
            net::TcpStream,
        };
        let ada = app.admin().await;
        let before = rows(&app).await;
        let address = app.base.strip_prefix("http://").unwrap();
        let cookie = ada.cookie.clone().unwrap();
        for end in ["text=echo+half", "", "\0\0"] {
            let mut socket = TcpStream::connect(address).await.unwrap();
            let head = format!(
                "POST /rpc/messages/start_thread HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n\
                 content-type: application/x-www-form-urlencoded\r\ncontent-length: 1000\r\n\r\n{end}"
            );
            socket.write_all(head.as_bytes()).await.unwrap();
            socket.shutdown().await.unwrap();
            let mut rest = Vec::new();
            let _ = socket.read_to_end(&mut rest).await;
            assert!(!rest.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&rest));
        }
        assert_eq!(rows(&app).await, before);
        assert!(ada.events(None, Position::default(), None).await.is_ok());
    }
}
