//! Signing up, in and out; who a session belongs to; another password.

use std::net::IpAddr;

use super::{
    Viewer,
    gate::{self, Action, Resource},
    internal, settings, whole,
};
use crate::{
    model::{Account, AuthMode, Error, Notice, Visitor},
    server::{
        app::App,
        auth::{password, token},
        clock::{elapsed_ms, fresh, now_ms},
        store::{NewSession, NewUser, SessionRow, Sessions},
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
        return Ok(Some(app.store.local_user(fresh(), now_ms()).await?.into()));
    }
    let Some(token) = token else { return Ok(None) };
    let person = app.store.session(&token::hash(token), now_ms()).await?;
    Ok(person.map(Viewer::from))
}

/// What a page needs to know about whoever opened it.
pub async fn visitor(app: &App, viewer: Option<Viewer>) -> Result<Visitor, Error> {
    let first = viewer.is_none() && !app.store.any_user().await?;
    Ok(seen(app, viewer, first))
}

fn seen(app: &App, viewer: Option<Viewer>, first: bool) -> Visitor {
    let preferences = settings::preferences(app, viewer.as_ref());
    let account: Option<Account> = viewer.map(|viewer| viewer.account);
    Visitor { account, auth: mode(app), first, signup: first || app.settings.enable_signup, preferences }
}

/// Tells all tabs of a person who they are now. Their streams look again whether their sessions still are: one that was
/// ended hears nothing of this, and ends.
pub fn tell(app: &App, viewer: Viewer) -> Visitor {
    let user = viewer.account.id;
    app.sessions.tell(user);
    let visitor = seen(app, Some(viewer), false);
    app.hub.notify(user, Notice::Person { visitor: visitor.clone() });
    visitor
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
    limited(app.throttle.attempt(origin.address, &email, elapsed_ms()))?;
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
    let now = elapsed_ms();
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
        tell(app, viewer.clone());
    }
    Ok(())
}

/// Signs the viewer out elsewhere: in the session of this id, or in all but the one that asks. An id that is another
/// person's is as little there as one that has ended.
pub async fn end_sessions(app: &App, viewer: &Viewer, token: Option<&str>, id: Option<&str>) -> Result<(), Error> {
    gate::authorize(viewer, Action::Write, &Resource::Account)?;
    let own = token.map(token::hash).ok_or(Error::Forbidden)?;
    let user = viewer.account.id;
    let which = id.map_or(Sessions::Others(SessionRow::id(&own)), Sessions::One);
    if app.store.end_sessions(user, which).await? == 0 && id.is_some() {
        return Err(Error::NotFound);
    }
    tell(app, viewer.clone());
    Ok(())
}

/// Gives the viewer another password, and ends all their other sessions. The current one is asked for, as often as
/// signing in may be tried: a session that was left open is not an account that was given away.
pub async fn change_password(
    app: &App,
    viewer: &Viewer,
    origin: &Origin,
    token: Option<&str>,
    current: String,
    new: String,
) -> Result<(), Error> {
    gate::authorize(viewer, Action::Write, &Resource::Account)?;
    let own = token.map(token::hash).filter(|_| mode(app) == AuthMode::Password).ok_or(Error::Forbidden)?;
    password::acceptable(&new).map_err(|code| Error::invalid("new", code))?;
    let (email, now) = (&viewer.account.email, elapsed_ms());
    limited(app.throttle.attempt(origin.address, email, now))?;
    let stored = app.store.password(viewer.account.id).await?;
    if !app.passwords.verify(current, stored).await.map_err(|error| internal(&error))? {
        return Err(Error::invalid("current", "password_wrong"));
    }
    app.throttle.success(origin.address, email, now);
    let hash = app.passwords.hash(new).await.map_err(|error| internal(&error))?;
    let (app, viewer) = (app.clone(), viewer.clone());
    whole(async move {
        app.store.set_password(viewer.account.id, &hash, &own).await?;
        tell(&app, viewer);
        Ok(())
    })
    .await
}
