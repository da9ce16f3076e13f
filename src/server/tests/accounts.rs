//! Who may come in, and what they may not see.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{PASSWORD, TestApp, client::Person, on_both_engines};
use crate::model::{AccountRole, Error, Position, Visitor};

async fn visitor(person: &Person) -> Visitor {
    person.json("accounts/visitor", json!({})).await.unwrap()
}

on_both_engines! {
    async fn the_first_account_is_the_administrators_and_closes_the_door(app: TestApp) {
        let stranger = app.stranger();
        let before = visitor(&stranger).await;
        assert!(before.first && before.signup && before.account.is_none());
        let ada = app.admin().await;
        let account = visitor(&ada).await.account.unwrap();
        assert_eq!((account.role, account.email.as_str()), (AccountRole::Admin, "ada@example.org"));
        assert!(!visitor(&stranger).await.signup);
        assert_eq!(app.stranger().sign_up("eve@example.org").await.unwrap_err(), Error::Forbidden);
    }

    async fn fifty_at_once_make_one_administrator(app: TestApp) {
        let attempts = (0..50).map(|n| {
            let mut person = app.stranger();
            async move { person.sign_up(&format!("p{n}@example.org")).await.map(|()| person) }
        });
        let people: Vec<_> = futures::future::join_all(attempts).await.into_iter().filter_map(Result::ok).collect();
        assert_eq!(people.len(), 1, "sign-up was closed, so only the administrator came in");
        assert_eq!(visitor(&people[0]).await.account.unwrap().role, AccountRole::Admin);
    }

    async fn with_open_doors_everybody_after_the_first_is_a_user(app: TestApp, "--enable-signup") {
        app.admin().await;
        let mut eve = app.stranger();
        eve.sign_up("Eve@Example.org").await.unwrap();
        assert_eq!(visitor(&eve).await.account.unwrap().role, AccountRole::User);
        assert_eq!(app.stranger().sign_up("eve@example.ORG").await.unwrap_err(), Error::conflict("email_taken"));
        for (field, name, email, password) in [
            ("name", "", "x@example.org", PASSWORD),
            ("email", "X", "no address", PASSWORD),
            ("password", "X", "x@example.org", "short"),
        ] {
            let fields = [("name", name), ("email", email), ("password", password)];
            let refused = app.stranger().form::<()>("accounts/sign_up", &fields).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid { field: ref at, .. } if at == field), "{refused:?}");
        }
    }

    async fn a_session_lasts_over_a_restart_until_it_is_ended(app: TestApp) {
        let ada = app.admin().await;
        let app = app.restarted().await;
        let mut again = app.stranger();
        again.sign_in("ADA@example.org ", PASSWORD).await.unwrap();
        assert_ne!(again.cookie, ada.cookie);
        let mut events = again.events(None, Position::default(), None).await.unwrap();
        let old = again.clone();
        again.form::<()>("accounts/sign_out", &[]).await.unwrap();
        assert!(visitor(&old).await.account.is_none(), "the cookie is worth nothing any more");
        assert_eq!(old.sidebar(0).await.unwrap_err(), Error::Unauthorized);
        let mut first = app.stranger();
        first.cookie = ada.cookie.clone();
        assert!(visitor(&first).await.account.is_some(), "the other session lives");
        drop(events.next().await);
    }

    async fn a_wrong_password_and_an_unknown_name_say_the_same_and_are_slowed_down(app: TestApp) {
        app.admin().await;
        let wrong = app.stranger().sign_in("ada@example.org", "wrong password").await.unwrap_err();
        let nobody = app.stranger().sign_in("nobody@example.org", "wrong password").await.unwrap_err();
        assert_eq!(wrong, nobody);
        let mut last = wrong;
        for _ in 0..40 {
            last = app.stranger().sign_in("ada@example.org", "wrong password").await.unwrap_err();
            if matches!(last, Error::Limited { .. }) {
                break;
            }
        }
        assert!(matches!(last, Error::Limited { retry_after } if retry_after > 0), "{last:?}");
        let right = app.stranger().sign_in("ada@example.org", PASSWORD).await.unwrap_err();
        assert!(matches!(right, Error::Limited { .. }), "the right password waits as well");
    }

    async fn behind_a_trusted_proxy_attempts_count_for_who_made_them(app: TestApp, "--trusted-proxies", "10.0.0.0/8,127.0.0.1") {
        app.admin().await;
        let guess = async |header: &str| attempt(&app, "x-forwarded-for", header).await;
        // Whatever a client writes before what the proxy adds, it is the same client.
        for n in 0..10 {
            assert_eq!(guess(&format!("198.51.100.{n}, 203.0.113.9")).await, 422);
        }
        assert_eq!(guess("198.51.100.77, 203.0.113.9").await, 429);
        assert_eq!(guess("203.0.113.9, 10.0.0.7").await, 429, "through one more proxy of ours");
        assert_eq!(guess("203.0.113.10").await, 422, "somebody else behind the same proxy");
        assert_eq!(attempt(&app, "forwarded", "for=203.0.113.9").await, 429);
        assert_eq!(attempt(&app, "forwarded", "for=203.0.113.11").await, 422);
    }

    async fn without_a_trusted_proxy_no_header_is_believed(app: TestApp, "--trusted-proxies", "192.0.2.1") {
        app.admin().await;
        // The account was made from here, which counts too.
        for n in 0..9 {
            assert_eq!(attempt(&app, "x-forwarded-for", &format!("203.0.113.{n}")).await, 422);
        }
        assert_eq!(attempt(&app, "x-forwarded-for", "203.0.113.99").await, 429);
        assert_eq!(attempt(&app, "forwarded", "for=203.0.113.99").await, 429);
    }

    async fn what_is_anothers_is_not_there(app: TestApp, "--enable-signup") {
        let ada = app.admin().await;
        let started = ada.start("hold private the secret").await.unwrap();
        app.demo.reached("private", 1).await;
        let mut eve = app.stranger();
        eve.sign_up("eve@example.org").await.unwrap();
        let thread = started.thread;
        let missing = crate::model::ThreadId(uuid::Uuid::now_v7());
        for id in [thread, missing] {
            assert_eq!(eve.snapshot(id).await.unwrap_err(), Error::NotFound);
            assert_eq!(eve.older(id, 100).await.unwrap_err(), Error::NotFound);
            assert_eq!(eve.submit(id, "hello").await.unwrap_err(), Error::NotFound);
            assert_eq!(eve.rename(id, "mine").await.unwrap_err(), Error::NotFound);
            assert_eq!(eve.delete(id).await.unwrap_err(), Error::NotFound);
            assert_eq!(eve.events(Some(id), Position::default(), None).await.err(), Some(Error::NotFound));
            assert_eq!(eve.get(&format!("/chat/thread/{id}")).await.status(), StatusCode::NOT_FOUND);
        }
        assert_eq!(eve.source(started.message).await.unwrap_err(), Error::NotFound);
        assert_eq!(eve.retry(started.answer).await.unwrap_err(), Error::NotFound);
        assert_eq!(eve.stop(started.run).await.unwrap_err(), Error::NotFound);
        assert_eq!(app.demo.counts().open, 1, "the run goes on");
        let nobody = app.stranger();
        assert_eq!(nobody.snapshot(thread).await.unwrap_err(), Error::Unauthorized);
        assert_eq!(nobody.events(Some(thread), Position::default(), None).await.err(), Some(Error::Unauthorized));
        assert_eq!(nobody.start("hello").await.unwrap_err(), Error::Unauthorized);
        assert_eq!(eve.sidebar(0).await.unwrap().total, 0);
        assert!(ada.snapshot(thread).await.is_ok());
        app.demo.release("private");
    }

    async fn another_sites_page_changes_nothing(app: TestApp) {
        let ada = app.admin().await;
        let send = |headers: &[(&str, &str)]| {
            let mut request = ada
                .request(Method::POST, "/rpc/messages/start_thread")
                .form(&[("text", "echo forged")])
                .headers(Default::default());
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request
        };
        for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
            let response = send(&[(name, value)]).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{name}: {value}");
        }
        for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
            let client = reqwest::Client::new();
            let response = client
                .post(format!("{}/rpc/messages/start_thread", app.base))
                .header("cookie", ada.cookie.as_deref().unwrap())
                .header("origin", origin)
                .form(&[("text", "echo forged")])
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{origin}");
        }
        assert_eq!(ada.sidebar(0).await.unwrap().total, 0);
        let cookie = ada.post("accounts/sign_in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
        let cookie = cookie.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    }

    async fn without_accounts_one_local_person_is_served(app: TestApp, "--auth", "none") {
        let local = app.stranger();
        let seen = visitor(&local).await;
        assert!(seen.account.is_some() && !seen.first && seen.auth == crate::model::AuthMode::None);
        let started = local.start("echo local").await.unwrap();
        local.open(started.thread).await.settled().await;
        assert_eq!(app.stranger().sidebar(0).await.unwrap().total, 1, "everybody here is the same person");
        assert_eq!(app.stranger().sign_up("x@example.org").await.unwrap_err(), Error::Forbidden);
    }
}

/// Tries a wrong password with this header.
async fn attempt(app: &TestApp, name: &str, value: &str) -> u16 {
    let request = app.stranger().request(Method::POST, "/rpc/accounts/sign_in").header(name, value);
    let fields = [("email", "ada@example.org"), ("password", "wrong password")];
    request.form(&fields).send().await.unwrap().status().as_u16()
}
