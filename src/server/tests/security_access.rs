//! Who may do what, asked of every route there is: another person's things, no session, another site's page.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};

use super::{
    PASSWORD, TestApp,
    calls::{CALLS, Own, Rows, rows},
    client::{Person, Said},
    on_both_engines, routes,
};
use crate::{
    model::{Error, Position},
    server::auth::{cookie, token},
};

/// Names of arguments that are ids.
const IDS: [&str; 5] = ["id", "thread", "run", "answer", "message"];

/// A page without what is new in each: the nonce, and the id that it was asked for.
fn without(page: &str, id: &str) -> String {
    let nonce = page.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("none");
    page.replace(nonce, "NONCE").replace(id, "ID")
}

/// The headers without the policy's nonce.
fn plain(said: &Said) -> BTreeMap<String, String> {
    let mut headers = said.headers.clone();
    headers.retain(|name, _| name != "content-security-policy");
    headers
}

on_both_engines! {
    async fn anothers_things_and_unknown_ones_are_the_same_to_every_call(app: TestApp, "--enable-signup") {
        let ada = app.admin().await;
        let mut eve = app.stranger();
        eve.sign_up("eve@example.org").await.unwrap();
        // Of what she has herself she sees everything: what follows is no accident.
        let mine = Own::settled(&app, &eve, "eve@example.org").await;
        let unknown = Own::nothing();
        let mut tried = 0;
        for own in [Own::settled(&app, &ada, "ada@example.org").await, Own::running(&app, &ada, "ada@example.org").await] {
            let before = rows(&app).await;
            for call in CALLS.iter().filter(|call| !call.open) {
                let (theirs, nobodys) = ((call.arguments)(&own), (call.arguments)(&unknown));
                let named = call.input().fields.iter().any(|name| IDS.contains(name));
                assert_eq!(theirs != nobodys, named, "{}: its line in the list leaves out an id", call.path);
                if !named {
                    continue;
                }
                tried += 1;
                let (theirs, nobodys) = (call.send(&eve, &theirs).await, call.send(&eve, &nobodys).await);
                assert_eq!((theirs.status, theirs.error()), (404, Error::NotFound), "{}", call.path);
                assert_eq!(theirs, nobodys, "{}: to the byte", call.path);
                // Mixed with an own one where a call takes two, and in other clothes.
                for id in IDS {
                    let mut mixed = (call.arguments)(&mine);
                    let Some(value) = mixed.get(id) else { continue };
                    assert!(value.is_string(), "{}", call.path);
                    mixed[id] = (call.arguments)(&own)[id].as_str().unwrap().to_uppercase().into();
                    assert_eq!(call.send(&eve, &mixed).await.error(), Error::NotFound, "{}", call.path);
                }
            }
            let ids = [own.thread.to_string(), own.message.to_string(), own.run.to_string()];
            let nobody = unknown.thread.to_string();
            for id in ids {
                let stream = async |id: &str| Said::of(eve.get(&format!("/events?thread={id}")).await).await;
                let theirs = stream(&id).await;
                assert_eq!((theirs.status, theirs.error()), (404, Error::NotFound));
                assert_eq!(theirs, stream(&nobody).await);
                for route in routes::all(&app).iter().filter(|path| path.contains("{id}")) {
                    let page = async |id: &str| Said::of(eve.get(&routes::filled(route, id)).await).await;
                    let (theirs, nobodys) = (page(&id).await, page(&nobody).await);
                    assert_eq!(theirs.status, 404, "{route}");
                    assert_eq!(without(&theirs.body, &id), without(&nobodys.body, &nobody), "{route}");
                    assert_eq!(plain(&theirs), plain(&nobodys), "{route}");
                }
            }
            let after = rows(&app).await;
            // A run that goes on writes by itself, but no row came or went.
            let counts = |rows: &Rows| -> Vec<usize> {
                rows.iter().filter(|(table, _)| *table != "pieces").map(|(_, rows)| rows.len()).collect()
            };
            assert_eq!(counts(&before), counts(&after));
            assert_eq!(before["threads"], after["threads"]);
            tried += 1;
        }
        assert!(tried > 12, "{tried}");
        assert_eq!(app.demo.counts().open, 1, "the run goes on");
        assert_eq!(eve.sidebar(0).await.unwrap().total, 1);
    }

    async fn without_a_session_that_holds_nothing_opens(app: TestApp) {
        let ada = app.admin().await;
        let own = Own::settled(&app, &ada, "ada@example.org").await;
        let good = ada.cookie.clone().unwrap();
        let secret = good.split_once('=').unwrap().1.to_owned();
        let signed_out = {
            let mut person = app.stranger();
            person.sign_in("ada@example.org", PASSWORD).await.unwrap();
            person.form::<()>("accounts/sign_out", &[]).await.unwrap();
            person.cookie.unwrap()
        };
        let expired = {
            let mut person = app.stranger();
            person.sign_in("ada@example.org", PASSWORD).await.unwrap();
            let cookie = person.cookie.unwrap();
            let hash = token::hash(cookie.split_once('=').unwrap().1);
            app.database.execute(&format!("UPDATE sessions SET expires_at = 1 WHERE token_hash = '{hash}'")).await;
            cookie
        };
        let name = cookie::NAME;
        let before = rows(&app).await;
        for cookie in [
            None,
            Some(String::new()),
            Some(format!("{name}=")),
            Some(format!("{name}={}", "0".repeat(64))),
            Some(format!("{name}={}", secret.to_uppercase())),
            Some(format!("{name}={secret}0")),
            Some(format!("{name}={}", token::hash(&secret))),
            Some(format!("{name}2={secret}")),
            Some(format!("session={secret}")),
            Some("\u{1}\u{ff}=;;;===".replace('\u{1}', "")),
            Some(signed_out),
            Some(expired),
        ] {
            let mut person = app.stranger();
            person.cookie = cookie.clone();
            let refused = Said::of(person.get("/events").await).await;
            assert_eq!((refused.status, refused.error()), (401, Error::Unauthorized), "{cookie:?}");
            for call in CALLS.iter().filter(|call| !call.open) {
                let said = call.send(&person, &(call.arguments)(&own)).await;
                assert_eq!((said.status, &said.body), (401, &refused.body), "{} {cookie:?}", call.path);
            }
            for path in routes::all(&app).iter().filter(|path| path.starts_with("/chat")) {
                let page = person.get(&routes::filled(path, &own.thread.to_string())).await;
                assert!(page.status().is_redirection(), "{path} {cookie:?}: {}", page.status());
                assert!(page.headers()["location"].to_str().unwrap().starts_with("/login"), "{path}");
                let html = page.text().await.unwrap();
                assert!(!html.contains(&own.message.to_string()), "{path} {cookie:?}");
            }
        }
        // There is no other way in: the same token, sent by other means.
        let stranger = app.stranger();
        for call in CALLS.iter().filter(|call| !call.open) {
            let arguments = (call.arguments)(&own);
            let request = call
                .request(&stranger, &arguments)
                .header("authorization", format!("Bearer {secret}"))
                .header("x-api-key", &secret);
            assert_eq!(Said::of(request.send().await.unwrap()).await.error(), Error::Unauthorized, "{}", call.path);
        }
        let stream = stranger.get(&format!("/events?{name}={secret}")).await;
        assert_eq!(stream.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(rows(&app).await, before);
        assert!(ada.events(Some(own.thread), Position::default(), None).await.is_ok(), "the good one does");
    }

    async fn another_sites_page_can_call_nothing(app: TestApp) {
        let ada = app.admin().await;
        let own = Own::settled(&app, &ada, "ada@example.org").await;
        let before = rows(&app).await;
        // Without what the client here says by itself.
        let bare = Person::stranger(&app.base);
        let methods = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        for (header, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:1"),
        ] {
            // These tell nothing of anybody, or want a token that no browser sends by itself.
            let open = ["/health", "/readyz", "/metrics"];
            for path in routes::all(&app).into_iter().filter(|path| !open.contains(&path.as_str())) {
                for method in &methods {
                    let request = bare.elsewhere(method.clone(), &routes::filled(&path, &own.thread.to_string()));
                    let request = request.header(header, value).header("cookie", ada.cookie.as_deref().unwrap());
                    let said = Said::of(request.send().await.unwrap()).await;
                    assert_eq!((said.status, said.error()), (403, Error::Forbidden), "{method} {path} {header}: {value}");
                }
            }
            for call in CALLS {
                let arguments = call.encode(&(call.arguments)(&own));
                let request = bare
                    .elsewhere(Method::POST, &call.route())
                    .header(header, value)
                    .header("cookie", ada.cookie.as_deref().unwrap())
                    .header("content-type", call.input().content_type)
                    .body(arguments);
                assert_eq!(Said::of(request.send().await.unwrap()).await.error(), Error::Forbidden, "{}", call.path);
            }
        }
        assert_eq!(rows(&app).await, before);
    }
}
