//! Whatever comes, to whatever route: an answer that is nobody's fault but the sender's, and nothing written by what was
//! refused.

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use reqwest::Method;

use super::{
    PASSWORD, TestApp,
    calls::{CALLS, Own, Rows, rows},
    client::{Person, Said},
    on_both_engines, routes,
};
use crate::{model::Error, server::auth::cookie};

/// How many requests are made up, on each engine.
const CASES: u32 = 400;

#[derive(Clone, Debug)]
struct Made {
    /// A call by whoever may make it, as it is made: only what it says is made up.
    nearly_right: bool,
    route: Index,
    within: String,
    query: Vec<u8>,
    method: &'static str,
    content_type: Option<Vec<u8>>,
    cookie: Cookie,
    accept: Option<&'static str>,
    body: Body,
}

#[derive(Clone, Debug)]
enum Cookie {
    None,
    Good,
    Bytes(Vec<u8>),
}

#[derive(Clone, Debug)]
enum Body {
    Bytes(Vec<u8>),
    /// The call's own arguments, with something about them changed.
    Changed(Index, Vec<u8>),
    /// The same, with this in the place of one of them.
    Field(Index, String),
    /// Each of its fields with this.
    Fields(String),
}

/// Texts with much in them that means something somewhere.
fn nasty() -> impl Strategy<Value = String> {
    const MEANING: &[char] =
        &['\0', '\n', '\r', '"', '\\', '\'', '<', '&', '%', '=', '[', ']', '/', '\u{202e}', '\u{feff}', '0', '-'];
    vec(prop_oneof![any::<char>(), select(MEANING), prop::char::range(' ', '~')], 0..40)
        .prop_map(|text| text.into_iter().collect())
}

fn made() -> impl Strategy<Value = Made> {
    const TYPES: &[&str] =
        &["application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"];
    let content_type = prop_oneof![
        Just(None),
        select(TYPES).prop_map(|kind| Some(kind.as_bytes().to_vec())),
        select(&TYPES[..2]).prop_map(|kind| Some(kind.as_bytes().to_vec())),
        vec(0x20..0x7fu8, 0..20).prop_map(Some),
    ];
    let cookie = prop_oneof![
        1 => Just(Cookie::None),
        4 => Just(Cookie::Good),
        1 => vec(any::<u8>().prop_filter("no control", |byte| *byte >= 0x20 && *byte != 0x7f), 0..60).prop_map(Cookie::Bytes),
    ];
    let body = prop_oneof![
        1 => vec(any::<u8>(), 0..300).prop_map(Body::Bytes),
        2 => (any::<Index>(), vec(any::<u8>(), 0..4)).prop_map(|(at, bytes)| Body::Changed(at, bytes)),
        1 => nasty().prop_map(Body::Fields),
        5 => (any::<Index>(), nasty()).prop_map(|(field, text)| Body::Field(field, text)),
    ];
    const METHODS: &[&str] =
        &["GET", "HEAD", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];
    let accept = select(vec![None, None, Some("text/html"), Some("application/json"), Some("*/*")]);
    let place = (any::<bool>(), any::<Index>());
    (place, nasty(), vec(any::<u8>(), 0..40), select(METHODS), content_type, cookie, accept, body).prop_map(
        |((nearly_right, route), within, query, method, content_type, cookie, accept, body)| Made {
            nearly_right,
            route,
            within,
            query,
            method,
            content_type,
            cookie,
            accept,
            body,
        },
    )
}

impl Made {
    fn path(&self, routes: &[String]) -> String {
        if self.nearly_right {
            return self.route.get(CALLS).route();
        }
        let escaped = |bytes: &[u8]| bytes.iter().map(|byte| format!("%{byte:02x}")).collect::<String>();
        let within = match self.within.is_empty() {
            true => "x".to_owned(),
            false => escaped(self.within.as_bytes()),
        };
        let path = routes::filled(self.route.get::<String>(routes), &within);
        match (self.query.len() % 3, self.query.is_ascii()) {
            (0, _) => path,
            (1, _) => format!("{path}?{}", escaped(&self.query)),
            _ => format!("{path}?thread={}&after={}", escaped(&self.query), escaped(&self.query)),
        }
    }

    fn body(&self, path: &str, own: &Own) -> Vec<u8> {
        let call = CALLS.iter().find(|call| call.route() == path.split('?').next().unwrap_or_default());
        match (&self.body, call) {
            (Body::Bytes(bytes), _) => bytes.clone(),
            (Body::Changed(at, bytes), Some(call)) => {
                let mut body = call.encode(&(call.arguments)(own)).into_bytes();
                let at = at.index(body.len() + 1);
                body.splice(at..(at + bytes.len()).min(body.len()), bytes.iter().copied());
                body
            }
            (Body::Fields(text), Some(call)) => {
                let fields = call.input().fields.iter().map(|name| ((*name).to_owned(), text.as_str().into()));
                call.encode(&serde_json::Value::Object(fields.collect())).into_bytes()
            }
            (Body::Field(field, text), Some(call)) => {
                let mut arguments = (call.arguments)(own);
                if let [_, ..] = call.input().fields {
                    arguments[*field.get(call.input().fields)] = text.as_str().into();
                }
                call.encode(&arguments).into_bytes()
            }
            (Body::Changed(_, bytes), None) => bytes.clone(),
            (Body::Fields(text) | Body::Field(_, text), None) => text.clone().into_bytes(),
        }
    }

    fn request(&self, person: &Person, path: &str, own: &Own) -> reqwest::RequestBuilder {
        if let Some(call) = CALLS.iter().find(|call| self.nearly_right && call.route() == path) {
            return call.raw(person, self.body(path, own));
        }
        let mut request = person.elsewhere(Method::from_bytes(self.method.as_bytes()).unwrap(), path);
        if let Some(kind) = &self.content_type {
            request = request.header("content-type", &kind[..]);
        }
        match &self.cookie {
            Cookie::None => {}
            Cookie::Good => request = request.header("cookie", person.cookie.as_deref().unwrap()),
            Cookie::Bytes(bytes) => {
                request = request.header("cookie", [format!("{}=", cookie::NAME).as_bytes(), bytes].concat())
            }
        }
        if let Some(accept) = self.accept {
            request = request.header("accept", accept).header("referer", format!("{}/login", "http://here"));
        }
        request.body(self.body(path, own))
    }
}

/// One server under many requests.
struct Under<'a> {
    app: &'a TestApp,
    routes: Vec<String>,
    person: Person,
    own: Own,
    /// All rows, as they are between two requests.
    rows: Rows,
    went_well: u32,
}

impl Under<'_> {
    async fn holds(&mut self, made: &Made) {
        let path = made.path(&self.routes);
        let request = made.request(&self.person, &path, &self.own);
        let response = request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        let status = response.status();
        let what = format!("{} {path}: {status}", made.method);
        assert!(!status.is_server_error(), "{what}");
        for name in ["x-content-type-options", "content-security-policy", "referrer-policy"] {
            assert!(response.headers().contains_key(name), "{what} without {name}");
        }
        if response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream") {
            return;
        }
        let said = Said::of(response).await;
        if status.is_client_error() {
            if path.starts_with("/rpc") && made.method != "HEAD" {
                assert!(!matches!(said.error(), Error::Internal { .. } | Error::Offline), "{what}: {said:?}");
            }
            assert_eq!(rows(self.app).await, self.rows, "{what}, but something was written");
            return;
        }
        self.went_well += u32::from(path.starts_with("/rpc"));
        // What it began is over before the next request looks at the rows.
        for thread in &rows(self.app).await["threads"] {
            self.app.app.runs.stop_thread(thread[0].parse().unwrap()).await;
        }
        // Whoever can change the password can also change it back.
        if let Some(old) = self.rows["users"].first().map(|user| &user[4]) {
            self.app.database.execute(&format!("UPDATE users SET password = '{old}'")).await;
        }
        if self.person.snapshot(self.own.thread).await.is_err() {
            // It signed itself out, or deleted what it had: anew.
            self.person.sign_in("ada@example.org", PASSWORD).await.unwrap();
            self.own = Own::settled(self.app, &self.person, "ada@example.org").await;
        }
        self.rows = rows(self.app).await;
    }
}

on_both_engines! {
    async fn no_request_breaks_anything(app: TestApp, "--sends-per-minute", "100000") {
        let person = app.admin().await;
        let own = Own::settled(&app, &person, "ada@example.org").await;
        let under = Under { routes: routes::all(&app), rows: rows(&app).await, app: &app, person, own, went_well: 0 };
        let under = std::cell::RefCell::new(under);
        let runtime = tokio::runtime::Handle::current();
        // The same requests each time: what is found is found by everybody.
        let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 50, ..Config::default() };
        let result = tokio::task::block_in_place(|| {
            let mut runner = TestRunner::new_with_rng(config, random);
            let result = runner.run(&made(), |made| {
                runtime.block_on(under.borrow_mut().holds(&made));
                Ok(())
            });
            result.map_err(|error| error.to_string())
        });
        assert_eq!(result, Ok(()));
        let Under { person, went_well, .. } = under.into_inner();
        assert!(went_well > CASES / 50, "only {went_well} requests got as far as doing something");
        let started = person.start("echo still here").await.unwrap();
        person.open(started.thread).await.settled().await;
    }
}
