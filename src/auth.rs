//! Proofs of who the caller is, which only this module can make, and the passwords behind them.

mod secrets;

pub use secrets::{
    MIN_PASSWORD_LENGTH, Purpose, fingerprint, is_password, is_secret, is_signed, password_hash, salted_hash, signed,
};

use crate::{
    app::{App, Guess, Guesser, SESSION_IDLE_TTL, SESSION_TTL, Snapshot},
    error::{Error, Fault, Result},
    http::{Reply, Request, Verb},
    model::Time,
    store::{Session, Setting},
};
use secrets::hash;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// The name of the cookie of a sign-in.
pub const COOKIE: &str = "mu_panel";
/// The name of the cookie that says that the admin has signed in from this browser before.
pub const KNOWN_COOKIE: &str = "mu_panel_known";
/// How long that cookie is kept, in seconds: as long as browsers do.
const KNOWN_TTL: i64 = 400 * 86_400;
/// The name of the field that every form brings along.
pub const CSRF_FIELD: &str = "csrf";
/// A sign-in's last use is written down at most this often, in seconds.
const TOUCH_INTERVAL: i64 = 60;

/// Proves that the caller knows the node token.
pub struct KnownNode {
    settings: Arc<Snapshot>,
}

impl KnownNode {
    /// The settings of which the token is one.
    pub fn settings(&self) -> &Snapshot {
        &self.settings
    }
}

/// Proves that the caller is the admin, and that a form they send is one of our pages'.
pub struct SignedIn {
    session: Session,
}

impl SignedIn {
    /// The token that each form of this sign-in carries.
    pub fn csrf(&self) -> &str {
        &self.session.csrf
    }

    /// The sign-in itself.
    pub fn session(&self) -> &Session {
        &self.session
    }
}

/// Proves that the caller knows the node token or is the admin, and so may read measurements.
pub struct Watcher {
    _proof: (),
}

/// A sign-in that has just been made: the values of its cookies.
pub struct Cookie {
    session: String,
    known: String,
}

impl Cookie {
    /// The answer with the cookies.
    pub fn attach(&self, request: &Request, reply: Reply) -> Reply {
        reply
            .with("Set-Cookie", request.set_cookie(COOKIE, &self.session, None))
            .with("Set-Cookie", request.set_cookie(KNOWN_COOKIE, &self.known, Some(KNOWN_TTL)))
    }

    /// The request as it is once the browser has them.
    pub fn brought(&self, request: &Request) -> Request {
        request.with_cookie(COOKIE, &self.session)
    }

    /// The `Set-Cookie` header that takes it away again.
    pub fn none(request: &Request) -> String {
        request.set_cookie(COOKIE, "", Some(0))
    }
}

/// Admits a node whose request carries the token, in the header `Token` or `Key` or as the query's `key`.
///
/// # Errors
/// [`Error::Unauthorized`].
pub fn node(settings: &Arc<Snapshot>, request: &Request) -> Result<KnownNode> {
    let token = settings.get(Setting::NodeToken).unwrap_or_default();
    let brought = [request.header("token"), request.header("key"), request.query.get("key")];
    let same = |given: &str| bool::from(token.as_bytes().ct_eq(given.as_bytes()));
    if !token.trim().is_empty() && brought.into_iter().flatten().any(same) {
        Ok(KnownNode { settings: Arc::clone(settings) })
    } else {
        Err(Error::Unauthorized)
    }
}

/// Admits the admin, whose request carries the cookie of a sign-in and, with a form, the token of our pages.
///
/// # Errors
/// [`Error::Unauthorized`] without a sign-in that holds, [`Fault::FormStale`] with a form that is not ours.
pub fn admin(app: &App, request: &Request) -> Result<SignedIn> {
    let signed_in = signed_in(app, request)?;
    if request.verb != Verb::Get {
        let form = request.form();
        if !bool::from(signed_in.csrf().as_bytes().ct_eq(form.text(CSRF_FIELD).as_bytes())) {
            return Err(Fault::FormStale.into());
        }
    }
    Ok(signed_in)
}

/// Whether a request brings a token at all.
pub fn brings_token(request: &Request) -> bool {
    let brought = [request.header("token"), request.header("key"), request.query.get("key")];
    brought.into_iter().flatten().any(|token| !token.is_empty())
}

/// Whether a request comes from a browser in which the admin has signed in. That is no proof, but a reason not to let
/// strangers hold it up.
pub fn is_known(app: &App, request: &Request) -> bool {
    let was_seen = |cookie: &str| app.seen_sessions.contains(&hash(cookie));
    let is_signed = |cookie: &str| is_signed(app, Purpose::KnownBrowser, cookie).unwrap_or_default();
    request.cookie(COOKIE).is_some_and(was_seen) || request.cookie(KNOWN_COOKIE).is_some_and(is_signed)
}

/// Admits the admin to an upload address that was given to this very sign-in, once.
///
/// # Errors
/// [`Error::Unauthorized`] without a sign-in that holds, [`Fault::UploadStale`] at any other address.
pub fn upload(app: &App, request: &Request) -> Result<SignedIn> {
    let signed_in = signed_in(app, request)?;
    let ticket = request.captured.first().map_or("", String::as_str);
    if !app.restore.tickets.is_good(ticket, &signed_in.session.token_hash, request.now) {
        return Err(Fault::UploadStale.into());
    }
    Ok(signed_in)
}

fn signed_in(app: &App, request: &Request) -> Result<SignedIn> {
    let cookie = request.cookie(COOKIE).filter(|cookie| !cookie.is_empty()).ok_or(Error::Unauthorized)?;
    let now = request.now;
    let session = app.store.session(hash(cookie), now - SESSION_TTL, now - SESSION_IDLE_TTL)?;
    let session = session.ok_or(Error::Unauthorized)?;
    if session.last_seen > now + SESSION_IDLE_TTL {
        // The clock was ahead when it was used: by this one it would hold for ever.
        return Err(Error::Unauthorized);
    }
    if (now - session.last_seen).abs() >= TOUCH_INTERVAL
        && let Err(error) = app.store.touch_session(session.token_hash, now)
    {
        // A disk that is full must not keep the admin out.
        log::warn!("cannot note the use of a sign-in: {error}");
    }
    app.seen_sessions.note(session.token_hash, now);
    Ok(SignedIn { session })
}

/// Admits a node or the admin.
///
/// # Errors
/// [`Error::Unauthorized`].
pub fn watcher(app: &App, settings: &Arc<Snapshot>, request: &Request) -> Result<Watcher> {
    node(settings, request).map(|_| ()).or_else(|_| admin(app, request).map(|_| ()))?;
    Ok(Watcher { _proof: () })
}

/// Signs in with the admin's password.
///
/// # Errors
/// [`Fault::AdminPasswordWrong`], or [`Fault::Wait`] after too many guesses.
pub fn sign_in(app: &App, request: &Request, password: &str) -> Result<Cookie> {
    if !has_password(app)? {
        return Err(Error::Unauthorized);
    }
    check_password(app, request, guesser(app, request)?, password)?;
    begin(app, request)
}

/// Sets the first password with the one-time link, and signs in.
///
/// # Errors
/// [`Fault::SetupLinkBad`], [`Fault::AdminPasswordShort`], [`Fault::AdminPasswordLong`].
pub fn set_up(app: &App, request: &Request, link: &str, password: &str) -> Result<Cookie> {
    let guess = count_guess(app, guesser(app, request)?, request.now)?;
    if !app.is_setup_link(link, request.now)? {
        return Err(Fault::SetupLinkBad.into());
    }
    app.login_throttle.succeeded(&guess);
    let hash = password_hash(app, password)?;
    if !app.store.set_admin_password(hash, true)? {
        return Err(Fault::SetupLinkBad.into());
    }
    app.end_setup_link()?;
    begin(app, request)
}

/// Changes the admin's password, ends every sign-in and begins a new one.
///
/// # Errors
/// [`Fault::AdminPasswordWrong`], [`Fault::Wait`], [`Fault::AdminPasswordShort`], [`Fault::AdminPasswordLong`].
pub fn change_password(app: &App, signed_in: &SignedIn, request: &Request, current: &str, new: &str) -> Result<Cookie> {
    check_password(app, request, Guesser::Known(signed_in.session.token_hash), current)?;
    let hash = password_hash(app, new)?;
    app.store.set_admin_password(hash, false)?;
    app.store.note_changed(Setting::AdminPasswordHash, request.now)?;
    begin(app, request)
}

/// Ends a sign-in.
pub fn sign_out(app: &App, signed_in: &SignedIn) -> Result<()> {
    app.store.end_session(signed_in.session.token_hash)
}

/// Whether a password has been set.
pub fn has_password(app: &App) -> Result<bool> {
    Ok(app.settings()?.get(Setting::AdminPasswordHash).is_some())
}

/// Counts a guess of the admin's password, and checks it.
fn check_password(app: &App, request: &Request, guesser: Guesser, password: &str) -> Result<()> {
    let guess = count_guess(app, guesser, request.now)?;
    let settings = app.settings()?;
    if !is_password(password, settings.get(Setting::AdminPasswordHash).unwrap_or_default())? {
        return Err(Fault::AdminPasswordWrong.into());
    }
    app.login_throttle.succeeded(&guess);
    Ok(())
}

/// Counts a guess, or says how long it has to wait. Another password, also one set by the command line beside a running
/// server, makes the guesses of the old one void.
fn count_guess(app: &App, guesser: Guesser, now: Time) -> Result<Guess> {
    let settings = app.settings()?;
    let target = settings.get(Setting::AdminPasswordHash).unwrap_or_default();
    app.login_throttle.begin(guesser, target, now).map_err(|seconds| Error::Busy(Fault::Wait { seconds }))
}

/// Where a password comes from: the browser if it is signed in or once was, else the address.
fn guesser(app: &App, request: &Request) -> Result<Guesser> {
    let known = request.cookie(KNOWN_COOKIE).unwrap_or_default();
    if is_signed(app, Purpose::KnownBrowser, known)? {
        return Ok(Guesser::Known(hash(known)));
    }
    match signed_in(app, request) {
        Ok(signed_in) => Ok(Guesser::Known(signed_in.session.token_hash)),
        Err(Error::Unauthorized) => Ok(Guesser::Address(request.peer)),
        Err(error) => Err(error),
    }
}

fn begin(app: &App, request: &Request) -> Result<Cookie> {
    let value = app.letters(43);
    app.store.add_session(Session {
        token_hash: hash(&value),
        csrf: app.letters(32),
        created: request.now,
        last_seen: request.now,
        address: request.peer.to_string(),
        agent: request.header("user-agent").unwrap_or_default().chars().take(200).collect(),
    })?;
    let known = request.cookie(KNOWN_COOKIE).unwrap_or_default();
    let known = if is_signed(app, Purpose::KnownBrowser, known)? {
        known.to_owned()
    } else {
        signed(app, Purpose::KnownBrowser)?
    };
    Ok(Cookie { session: value, known })
}
