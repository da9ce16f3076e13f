//! Signing up, in and out; who a session belongs to.

use std::net::IpAddr;

use super::{Viewer, internal};
use crate::{
    model::{Account, AuthMode, Error, Visitor},
    server::{
        app::App,
        auth::{password, token},
        clock::{fresh, now_ms},
        store::{NewSession, NewUser},
    },
};

/// How long a session lives, in milliseconds.
pub const SESSION_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// The longest user agent that is kept, in bytes.
const AGENT_BYTES: usize = 200;

/// Where a request to sign in comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    pub address: IpAddr,
    pub agent: String,
}

/// The account a session token belongs to; none for a token that is unknown, ended or expired.
pub async fn authenticate(app: &App, token: Option<&str>) -> Result<Option<Viewer>, Error> {
    if mode(app) == AuthMode::None {
        return Ok(Some(Viewer { account: app.store.local_user(fresh(), now_ms()).await? }));
    }
    let Some(token) = token else { return Ok(None) };
    let account = app.store.session(&token::hash(token), now_ms()).await?;
    Ok(account.map(|account| Viewer { account }))
}

/// What a page needs to know about whoever opened it.
pub async fn visitor(app: &App, viewer: Option<Viewer>) -> Result<Visitor, Error> {
    let account: Option<Account> = viewer.map(|viewer| viewer.account);
    let first = account.is_none() && !app.store.any_user().await?;
    Ok(Visitor { account, auth: mode(app), first, signup: first || app.settings.enable_signup })
}

fn mode(app: &App) -> AuthMode {
    app.settings.auth.into()
}

/// Makes an account and a session for it; returns the session's token.
pub async fn sign_up(app: &App, origin: &Origin, name: String, email: String, secret: String) -> Result<String, Error> {
    if mode(app) == AuthMode::None {
        return Err(Error::Forbidden);
    }
    let name = password::name(&name).map_err(|code| Error::invalid("name", code))?;
    let email = password::email(&email).map_err(|code| Error::invalid("email", code))?;
    password::acceptable(&secret).map_err(|code| Error::invalid("password", code))?;
    let open = app.settings.enable_signup;
    // Before the dear part; the store decides once more, in the transaction that counts.
    if !open && app.store.any_user().await? {
        return Err(Error::Forbidden);
    }
    limited(app.throttle.attempt(origin.address, &email, now_ms()))?;
    let hash = app.passwords.hash(secret).await.map_err(|error| internal(&error))?;
    let user = NewUser { id: fresh(), email, name, password: hash, now: now_ms() };
    let account = app.store.create_user(user, open).await?;
    begin(app, origin, &account).await
}

/// Signs in; returns the session's token. A name nobody has costs the same work as a wrong password and says the same.
pub async fn sign_in(app: &App, origin: &Origin, email: String, secret: String) -> Result<String, Error> {
    if mode(app) == AuthMode::None {
        return Err(Error::Forbidden);
    }
    let email = email.trim().to_lowercase();
    let now = now_ms();
    limited(app.throttle.attempt(origin.address, &email, now))?;
    // What can be nobody's address is not looked up (a database may even refuse to), but costs the same work.
    let found = match password::email(&email) {
        Ok(email) => app.store.user_by_email(&email).await?,
        Err(_) => None,
    };
    let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), Some(hash)));
    let right = app.passwords.verify(secret, hash).await.map_err(|error| internal(&error))?;
    match account.filter(|_| right) {
        Some(account) => {
            app.throttle.success(origin.address, &email, now);
            begin(app, origin, &account).await
        }
        None => Err(Error::invalid("password", "sign_in_failed")),
    }
}

fn limited(wait: Result<(), u32>) -> Result<(), Error> {
    wait.map_err(|retry_after| Error::Limited { retry_after })
}

async fn begin(app: &App, origin: &Origin, account: &Account) -> Result<String, Error> {
    let secret = token::fresh();
    let now = now_ms();
    let mut agent = origin.agent.clone();
    agent.truncate(agent.floor_char_boundary(AGENT_BYTES));
    let token_hash = token::hash(&secret);
    let session =
        NewSession { token_hash: &token_hash, user: account.id, user_agent: &agent, now, expires_at: now + SESSION_MS };
    app.store.create_session(session).await?;
    Ok(secret)
}

/// Ends a session on the server, whatever the browser does with its cookie. Streams that it opened end too.
pub async fn sign_out(app: &App, viewer: Option<&Viewer>, token: Option<&str>) -> Result<(), Error> {
    if let Some(token) = token {
        app.store.delete_session(&token::hash(token)).await?;
    }
    if let Some(viewer) = viewer {
        // Nobody listens where nobody has a page open.
        let _ = app.sessions.send(viewer.account.id);
    }
    Ok(())
}
