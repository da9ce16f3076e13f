//! What every answer bears and what none tells, asked of every route there is; and files, which are only ours.

use reqwest::{Method, Response, StatusCode};

use super::{
    TestApp,
    calls::{CALLS, Own},
    client::Person,
    on_both_engines, routes,
};
use crate::server::assets;

/// What each answer must bear, and what of the policy.
fn check(response: &Response, what: &str) {
    let header = |name: &str| {
        let mut values = response.headers().get_all(name).iter();
        let value = values.next().unwrap_or_else(|| panic!("{what} has no {name}"));
        assert!(values.next().is_none(), "{what} has {name} twice");
        value.to_str().unwrap().to_owned()
    };
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(header("x-frame-options"), "DENY", "{what}");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{what}");
    assert!(header("permissions-policy").contains("camera=()"), "{what}");
    assert!(!header("cache-control").is_empty(), "{what}");
    for name in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert!(!response.headers().contains_key(name), "{what} has {name}");
    }
    let policy = header("content-security-policy");
    let rule = |name: &str| {
        policy.split(';').map(str::trim).find_map(|rule| rule.strip_prefix(name)?.strip_prefix(' ')).map(str::to_owned)
    };
    assert_eq!(rule("frame-ancestors").as_deref(), Some("'none'"), "{what}: {policy}");
    assert_eq!(rule("base-uri").as_deref(), Some("'none'"), "{what}: {policy}");
    let scripts = rule("script-src").or_else(|| rule("default-src")).unwrap();
    for never in ["unsafe-inline", "'unsafe-eval'", "*", "http:", "https:", "data:", "blob:"] {
        assert!(!scripts.contains(never), "{what}: {policy}");
    }
    let html = response.headers().get("content-type").is_some_and(|kind| kind.to_str().unwrap().contains("text/html"));
    match html {
        true => {
            assert!(scripts.contains("'nonce-") && rule("object-src").as_deref() == Some("'none'"), "{what}: {policy}")
        }
        false => assert_eq!(scripts, "'none'", "{what}: {policy}"),
    }
}

/// Every script of a page bears its policy's nonce, and nothing in it is a handler.
async fn check_page(response: Response, what: &str) -> String {
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned();
    let html = response.text().await.unwrap();
    for tag in html.split("<script").skip(1) {
        let tag = tag.split('>').next().unwrap();
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{what}: <script{tag}>");
    }
    nonce
}

async fn everybody(app: &TestApp) -> [(Person, &'static str); 2] {
    [(app.stranger(), "nobody"), (app.admin().await, "ada")]
}

on_both_engines! {
    async fn every_answer_bears_the_same_headers(app: TestApp) {
        let people = everybody(&app).await;
        let own = Own::settled(&app, &people[1].0, "ada@example.org").await;
        let mut paths = routes::all(&app);
        paths.extend(["/", "/nowhere", "/favicon.svg", "/pkg/x/none.js", "/rpc", "/rpc/no/such", "/%ff", "/chat/"].map(Into::into));
        paths.push(format!("/{}/skein.js", assets::pkg_dir()));
        paths.push(format!("/{}/skein.css", assets::pkg_dir()));
        let methods = [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS, Method::DELETE];
        let mut nonces = Vec::new();
        for (person, who) in &people {
            for path in &paths {
                for method in &methods {
                    let filled = routes::filled(path, &own.thread.to_string());
                    let response = person.request(method.clone(), &filled).send().await.unwrap();
                    let what = format!("{method} {filled} by {who}: {}", response.status());
                    assert!(!response.status().is_server_error(), "{what}");
                    check(&response, &what);
                    let html = response.headers().get("content-type").is_some_and(|kind| kind.to_str().unwrap().contains("html"));
                    if *method == Method::GET && html {
                        nonces.push(check_page(response, &what).await);
                    }
                }
            }
        }
        let count = nonces.len();
        nonces.sort();
        nonces.dedup();
        assert!(count > 8 && nonces.len() == count, "each page has a nonce of its own: {} of {count}", nonces.len());
        // Answers to calls that went well, and to another site's page.
        let mut last = None;
        for call in CALLS.iter().filter(|call| !call.path.ends_with("sign_out")) {
            let response = call.request(&people[1].0, &(call.arguments)(&own)).send().await.unwrap();
            check(&response, call.path);
            last = Some(call);
        }
        let call = last.unwrap();
        let forged = call.request(&people[1].0, &(call.arguments)(&own)).header("sec-fetch-site", "cross-site");
        let forged = forged.send().await.unwrap();
        assert_eq!(forged.status(), StatusCode::FORBIDDEN);
        check(&forged, "another site's");
    }

    async fn no_file_but_ours_has_an_address(app: TestApp) {
        let ada = app.admin().await;
        let pkg = assets::pkg_dir();
        let ups = ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%2f..", "..%5c..", "..\\..", "%c0%ae%c0%ae", "%00", "....//"];
        let ends = ["Cargo.toml", "etc/passwd", "skein.db", "src/main.rs", "favicon.svg", "pkg/skein.js"];
        for before in ["/".to_owned(), "/pkg/".into(), format!("/{pkg}/"), "/chat/".into(), "/chat/thread/".into()] {
            for up in ups {
                for end in ends {
                    for slash in ["/", "%2f", "//"] {
                        let path = format!("{before}{}{end}", format!("{up}{slash}").repeat(4));
                        let said = raw(&app, &ada, &path).await;
                        let status: u16 = said.split(' ').nth(1).unwrap_or_default().parse().unwrap();
                        assert!((300..500).contains(&status), "{path}: {said}");
                        for secret in ["[package]", "root:", "SQLite format", "fn main", "<svg xmlns"] {
                            assert!(!said.contains(secret), "{path}: {said}");
                        }
                    }
                }
            }
        }
    }

    async fn what_breaks_in_the_server_stays_in_its_log(app: TestApp) {
        let ada = app.admin().await;
        let own = Own::settled(&app, &ada, "ada@example.org").await;
        // A database that lost a table: each call that needs it fails, and none says why.
        app.database.execute("ALTER TABLE messages RENAME TO gone").await;
        let mut broke = 0;
        for call in CALLS.iter().filter(|call| !call.path.ends_with("sign_out")) {
            let response = call.request(&ada, &(call.arguments)(&own)).send().await.unwrap();
            check(&response, call.path);
            if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
                continue;
            }
            broke += 1;
            let error: crate::model::Error = response.json().await.unwrap();
            let crate::model::Error::Internal { reference } = error else { panic!("{error:?}") };
            uuid::Uuid::parse_str(&reference).unwrap();
        }
        assert!(broke >= 3, "{broke}");
        let page = ada.get(&format!("/chat/thread/{}", own.thread)).await;
        check(&page, "the page");
        let html = page.text().await.unwrap();
        for inner in ["no such table", "does not exist", "relation", "sqlx"] {
            assert!(!html.contains(inner), "{inner}");
        }
    }
}

/// Asks for a path as it is; a client would tidy it up first.
async fn raw(app: &TestApp, person: &Person, path: &str) -> String {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };
    let address = app.base.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).await.unwrap();
    let cookie = person.cookie.as_deref().unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    socket.read_to_end(&mut said).await.unwrap();
    String::from_utf8_lossy(&said).into_owned()
}
