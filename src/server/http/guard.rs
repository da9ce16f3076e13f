//! What every request passes: where it comes from, and who sends it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, header},
    middleware::Next,
    response::Response,
};

use super::answer::failed;
use crate::{
    model::Error,
    server::{
        actions::accounts::{self, Origin},
        app::App,
        auth::{cookie, origin, proxy},
        call::Caller,
        config::Auth,
    },
};

/// Turns away what another site's page sent, and puts the [`Caller`] into the request.
pub async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let host = text(header::HOST).or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let public: Vec<&str> = app.settings.public_url.iter().map(String::as_str).collect();
    // Without accounts whoever reaches the server is its person, so a name that an attacker made point here must not.
    let local = app.settings.auth == Auth::None;
    if local && !origin::is_known_host(host, &public) {
        return failed(&Error::Forbidden);
    }
    if !origin::may_pass(request.method().as_str(), site, text(header::ORIGIN), host, &public) {
        return failed(&Error::Forbidden);
    }

    let token = session_token(headers);
    let agent = text(header::USER_AGENT).unwrap_or_default().to_owned();
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip().to_canonical());
    // A line that is no text tells no address.
    let lines = |name: HeaderName| headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default());
    let lists = proxy::Lists {
        x_forwarded_for: lines(HeaderName::from_static("x-forwarded-for")),
        forwarded: lines(header::FORWARDED),
    };
    let address = proxy::client(&app.settings.trusted_proxies, peer, lists);
    // Assets are the same for everybody; looking a session up for each would only cost.
    let viewer = match request.uri().path().starts_with("/pkg/") {
        true => None,
        false => match accounts::authenticate(&app, token.as_deref()).await {
            Ok(viewer) => viewer,
            Err(error) => return failed(&error),
        },
    };
    request.extensions_mut().insert(Caller { viewer, token, origin: Origin { address, agent } });
    next.run(request).await
}

/// The session's token from the request's cookies.
pub fn session_token(headers: &HeaderMap) -> Option<String> {
    headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(cookie::get)
}
