//! All routes of the server. The only module here that knows pages and server functions.

pub(super) mod inputs;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRef, Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware,
    response::Response,
    routing::{any, get},
};
use leptos::{config::LeptosOptions, context::provide_context, nonce::use_nonce, prelude::use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use leptos_router::location::RequestUrl;
use tower::Layer;
use tower_http::{CompressionLevel, compression::CompressionLayer, trace::TraceLayer};

use super::{
    actions::settings,
    app::App,
    assets,
    call::{Caller, InPage},
    http::{answer, calls, events, guard, health, metrics},
};
use crate::{
    model::{Base, Error, Language},
    ui,
};

/// The largest body of a call, in bytes, besides a message: the other fields, with their names and encoding.
const BODY_OVER_MESSAGE: u32 = 64 * 1024;
/// How many times the longest message a body may be. Form encoding makes up to three bytes of one, and a message that is
/// somewhat too long is to be told so by its own limit, not by the body's.
const BODY_MESSAGES: u32 = 12;

/// Further levels take longer than they save on the way.
const COMPRESSION: CompressionLevel = CompressionLevel::Precise(4);

#[derive(Clone)]
struct Served {
    app: App,
    options: LeptosOptions,
}

impl FromRef<Served> for App {
    fn from_ref(served: &Served) -> Self {
        served.app.clone()
    }
}

impl FromRef<Served> for LeptosOptions {
    fn from_ref(served: &Served) -> Self {
        served.options.clone()
    }
}

/// The whole server as a service.
pub fn router(app: App) -> Router {
    let options = LeptosOptions::builder().output_name("skein").site_pkg_dir(assets::pkg_dir()).build();
    let served = Served { app: app.clone(), options: options.clone() };
    let routes = generate_route_list(ui::App);
    let shell = {
        let options = options.clone();
        move || ui::shell(options.clone())
    };
    let in_context = {
        let app = app.clone();
        move || context(&app)
    };
    let limit = app.settings.max_message.saturating_mul(BODY_MESSAGES).saturating_add(BODY_OVER_MESSAGE);
    let calls = calls::Calls { inputs: Arc::new(inputs::all()), limit };
    let base = app.settings.base_path.clone();
    let router = Router::new()
        .route("/events", get(events::events).fallback(calls::no_such_method))
        .leptos_routes_with_context(&served, routes, in_context, shell)
        // Server functions came with the pages' routes; any other name below them is none.
        .route("/rpc/{*name}", any(no_such_call))
        .fallback(other)
        // Calls have read theirs by then; nothing else reads one.
        .layer(DefaultBodyLimit::max(limit as usize))
        .layer(middleware::from_fn_with_state(calls, calls::calls))
        .layer(middleware::from_fn_with_state(app, guard::guard))
        .route("/health", get(health::health))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .layer(TraceLayer::new_for_http())
        .layer(middleware::from_fn(answer::answer))
        // Pages and answers; the stream of events is left as it is, and files of ours are compressed already.
        .layer(CompressionLayer::new().quality(COMPRESSION))
        .with_state(served);
    if base.is_empty() { router } else { below(base, router) }
}

/// The same below this path too: a proxy may leave it there or take it off.
fn below(base: Base, router: Router) -> Router {
    let take_off = middleware::map_request(move |mut request: Request| {
        let within = request.uri().path_and_query().map(|path| base.within(path.as_str()));
        // Only `/base?query` has no path of its own left.
        let within = within.map(|path| if path.starts_with('?') { format!("/{path}") } else { path.to_owned() });
        if let Some(uri) = within.and_then(|path| path.parse().ok()) {
            *request.uri_mut() = uri;
        }
        std::future::ready(request)
    });
    // Around all routes: which of them it is, is found out by what is left.
    Router::new().fallback_service(take_off.layer(router))
}

/// What pages and server functions find in their context.
fn context(app: &App) {
    provide_context(app.clone());
    let Some(parts) = use_context::<Parts>() else { return };
    if let Some(caller) = parts.extensions.get::<Caller>() {
        provide_context(caller.clone());
    }
    let viewer = parts.extensions.get::<Caller>().and_then(|caller| caller.viewer.as_ref());
    let base = &app.settings.base_path;
    provide_context(base.clone());
    // Pages are told where they are from outside.
    if let (false, Some(path)) = (base.is_empty(), parts.uri.path_and_query()) {
        provide_context(RequestUrl::new(&base.at(path.as_str())));
    }
    let preferences = settings::preferences(app, viewer);
    provide_context(preferences.language.unwrap_or_else(|| language(&parts)));
    provide_context(preferences);
    if !parts.uri.path().starts_with(calls::PREFIX) {
        in_page();
    }
}

/// The language that the browser likes best of those we have: for who chose none.
fn language(parts: &Parts) -> Language {
    let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    header.and_then(ui::words::accepted).unwrap_or_default()
}

/// What only pages have.
fn in_page() {
    provide_context(InPage);
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Some(policy) = use_nonce().and_then(|nonce| HeaderValue::from_str(&policy(&nonce)).ok()) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    provide_context(ui::HttpStatus(Arc::new(move |status| {
        if let Ok(status) = StatusCode::from_u16(status) {
            response.set_status(status);
        }
    })));
}

/// Scripts are ours, by file or by this page's nonce; images may come from elsewhere, on a click.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data: blob: https: http:; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}

async fn no_such_call() -> Response {
    answer::failed(&Error::NotFound)
}

/// Everything else: a file of ours, or the page that says there is no such page.
async fn other(State(served): State<Served>, request: Request<Body>) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(file) = assets::serve(request.uri().path(), request.headers()).await
    {
        return file;
    }
    let (app, options) = (served.app.clone(), served.options.clone());
    let render = leptos_axum::render_app_async_with_context(move || context(&app), move || ui::shell(options.clone()));
    let mut response = render(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
