//! Signing in and what comes of it: cookies, the work it costs, streams that end with their session.

use std::time::{Duration, Instant};

use super::{PASSWORD, TestApp, calls::rows, client::Events, on_both_engines};
use crate::{
    model::{AccountRole, Error, Position, Visitor},
    server::auth::{cookie, token},
};

/// Reads to the end of a stream.
async fn end(events: &mut Events) -> Duration {
    let start = Instant::now();
    while events.next().await.is_some() {}
    start.elapsed()
}

on_both_engines! {
    async fn the_cookie_is_for_us_alone(app: TestApp) {
        let set = |response: &reqwest::Response| response.headers()["set-cookie"].to_str().unwrap().to_owned();
        let stranger = app.stranger();
        let fields = [("name", "Ada"), ("email", "ada@example.org"), ("password", PASSWORD)];
        let up = set(&stranger.post("accounts/sign_up", &fields).await);
        let mut fixed = app.stranger();
        // A token that somebody else put there stays worth nothing.
        let planted = token::fresh();
        fixed.cookie = Some(format!("{}={planted}", cookie::NAME));
        let within = set(&fixed.post("accounts/sign_in", &fields[1..]).await);
        for set in [&up, &within] {
            let (pair, rest) = set.split_once("; ").unwrap();
            assert_eq!(rest, "Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
            let (name, value) = pair.split_once('=').unwrap();
            assert!(name == cookie::NAME && token::is_shaped(value) && value != planted, "{set}");
        }
        assert_ne!(up, within);
        assert!(fixed.sidebar(0).await.is_err());
        let stored = format!("{:?}", rows(&app).await["sessions"]);
        for set in [&up, &within] {
            let value = set.split(['=', ';']).nth(1).unwrap();
            assert!(!stored.contains(value) && stored.contains(&token::hash(value)), "only its hash is kept");
        }
        fixed.cookie = Some(within.split(';').next().unwrap().to_owned());
        let out = set(&fixed.post("accounts/sign_out", &[]).await);
        assert_eq!(out, "skein_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
        assert!(!format!("{:?}", rows(&app).await["users"]).contains(PASSWORD));
    }

    async fn behind_https_the_cookie_is_sent_there_alone(app: TestApp, "--secure-cookies") {
        let fields = [("name", "Ada"), ("email", "ada@example.org"), ("password", PASSWORD)];
        let response = app.stranger().post("accounts/sign_up", &fields).await;
        assert!(response.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"));
    }

    async fn a_name_that_nobody_has_costs_the_same_work_and_says_the_same(app: TestApp) {
        app.admin().await;
        let mut said = Vec::new();
        for email in ["ada@example.org", "nobody@example.org", "no address", "", "ada@example.org\0", " "] {
            let before = app.app.passwords.compared();
            let response = app.stranger().post("accounts/sign_in", &[("email", email), ("password", "wrong")]).await;
            said.push((response.status(), response.text().await.unwrap()));
            assert_eq!(app.app.passwords.compared() - before, 1, "{email:?}");
        }
        assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
        let error: Error = serde_json::from_str(&said[0].1).unwrap();
        assert_eq!(error, Error::invalid("password", "sign_in_failed"));
    }

    async fn closed_doors_tell_nobody_who_is_inside(app: TestApp) {
        app.admin().await;
        let mut said = Vec::new();
        for email in ["ada@example.org", "nobody@example.org"] {
            let fields = [("name", "Eve"), ("email", email), ("password", PASSWORD)];
            let response = app.stranger().post("accounts/sign_up", &fields).await;
            said.push((response.status(), response.text().await.unwrap()));
        }
        assert_eq!(said[0], said[1]);
    }

    async fn a_stream_ends_at_once_when_its_session_is_signed_out(app: TestApp, "--enable-signup") {
        let ada = app.admin().await;
        let started = ada.start("hold out for ever").await.unwrap();
        app.demo.reached("out", 1).await;
        let mut phone = app.stranger();
        phone.sign_in("ada@example.org", PASSWORD).await.unwrap();
        let mut eve = app.stranger();
        eve.sign_up("eve@example.org").await.unwrap();
        let mut on_phone = phone.events(Some(started.thread), Position::default(), None).await.unwrap();
        let mut without_thread = phone.events(None, Position::default(), None).await.unwrap();
        let mut at_desk = ada.open(started.thread).await;
        let mut eves = eve.events(None, Position::default(), None).await.unwrap();
        phone.form::<()>("accounts/sign_out", &[]).await.unwrap();
        // The next regular look would be after 15 seconds.
        assert!(end(&mut on_phone).await < Duration::from_secs(10));
        assert!(end(&mut without_thread).await < Duration::from_secs(10));
        // The same person's other session goes on, and so does everybody else's.
        app.demo.release("out");
        at_desk.settled().await;
        eve.start("echo mine").await.unwrap();
        eves.notice(|_| true).await;
    }

    async fn a_stream_ends_soon_when_its_session_ends_elsewhere(app: TestApp, "--heartbeat", "1") {
        let ada = app.admin().await;
        let started = ada.start("hold busy for ever").await.unwrap();
        app.demo.reached("busy", 1).await;
        for end_it in ["UPDATE sessions SET expires_at = 1", "DELETE FROM sessions"] {
            let mut person = app.stranger();
            person.sign_in("ada@example.org", PASSWORD).await.unwrap();
            let hash = token::hash(person.cookie.as_deref().unwrap().split_once('=').unwrap().1);
            let mut events = person.open(started.thread).await.events;
            app.database.execute(&format!("{end_it} WHERE token_hash = '{hash}'")).await;
            assert!(end(&mut events).await < Duration::from_secs(10), "{end_it}");
            assert_eq!(person.sidebar(0).await.unwrap_err(), Error::Unauthorized);
        }
        assert!(ada.sidebar(0).await.is_ok());
    }

    async fn one_administrator_comes_out_of_a_race_with_open_doors_too(app: TestApp, "--enable-signup") {
        let attempts = (0..50).map(|n| {
            let mut person = app.stranger();
            // Half of them with the same address.
            async move { person.sign_up(&format!("p{}@example.org", n % 25)).await.map(|()| person) }
        });
        let people: Vec<_> = futures::future::join_all(attempts).await.into_iter().filter_map(Result::ok).collect();
        assert_eq!(people.len(), 25);
        let mut admins = 0;
        for person in people {
            let visitor: Visitor = person.json("accounts/visitor", serde_json::json!({})).await.unwrap();
            admins += usize::from(visitor.account.unwrap().role == AccountRole::Admin);
        }
        assert_eq!(admins, 1);
    }
}
