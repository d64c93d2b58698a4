//! Proofs of who calls, which only this module can make, and the passwords behind them.

use crate::{
    app::{App, SESSION_IDLE_TTL, Snapshot},
    error::{Error, Fault, Result},
    http::{Request, Verb},
    store::{Session, Setting},
};
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use sha2::{Digest, Sha256};
use std::sync::Mutex;
use subtle::ConstantTimeEq;

/// The name of the cookie of a sign-in.
pub const COOKIE: &str = "mu_panel";
/// The name of the field that every form brings along.
pub const CSRF_FIELD: &str = "csrf";
/// The fewest characters of the admin's password.
pub const MIN_PASSWORD_LENGTH: usize = 8;
const MAX_PASSWORD_LENGTH: usize = 1024;
/// A sign-in's last use is written down at most this often, in seconds.
const TOUCH_INTERVAL: i64 = 60;

/// Proves that the caller knows the node token.
pub struct KnownNode {
    _proof: (),
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

/// A sign-in that has just been made: what the cookie has to say.
pub struct Cookie(String);

impl Cookie {
    /// The `Set-Cookie` header for it.
    pub fn header(&self, request: &Request) -> String {
        request.set_cookie(COOKIE, &self.0, None)
    }

    /// A request as it is once the browser has it.
    pub fn brought(&self, request: &Request) -> Request {
        let mut request = request.clone();
        request.headers.insert(0, ("cookie".to_owned(), format!("{COOKIE}={}", self.0)));
        request
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
pub fn node(settings: &Snapshot, request: &Request) -> Result<KnownNode> {
    let token = settings.get(Setting::NodeToken).unwrap_or_default();
    let brought = [request.header("token"), request.header("key"), request.query.get("key")];
    let same = |given: &str| bool::from(token.as_bytes().ct_eq(given.as_bytes()));
    if !token.trim().is_empty() && brought.into_iter().flatten().any(same) {
        Ok(KnownNode { _proof: () })
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
    let session = app.store.session(hash(cookie), now - SESSION_IDLE_TTL)?.ok_or(Error::Unauthorized)?;
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
    Ok(SignedIn { session })
}

/// Admits a node or the admin.
///
/// # Errors
/// [`Error::Unauthorized`].
pub fn watcher(app: &App, settings: &Snapshot, request: &Request) -> Result<Watcher> {
    node(settings, request).map(|_| ()).or_else(|_| admin(app, request).map(|_| ()))?;
    Ok(Watcher { _proof: () })
}

/// Signs in with the admin's password.
///
/// # Errors
/// [`Fault::AdminPasswordWrong`], or [`Fault::Wait`] after too many of those from one address.
pub fn sign_in(app: &App, request: &Request, password: &str) -> Result<Cookie> {
    wait_over(app, request)?;
    let settings = app.settings()?;
    let hash = settings.get(Setting::AdminPasswordHash).ok_or(Error::Unauthorized)?;
    if !is_password(password, hash)? {
        app.login_throttle.wrong(request.peer, request.now);
        return Err(Fault::AdminPasswordWrong.into());
    }
    app.login_throttle.right(request.peer);
    begin(app, request)
}

/// Sets the first password with the one-time link, and signs in.
///
/// # Errors
/// [`Fault::SetupLinkBad`], [`Fault::AdminPasswordShort`], [`Fault::AdminPasswordLong`].
pub fn set_up(app: &App, request: &Request, link: &str, password: &str) -> Result<Cookie> {
    wait_over(app, request)?;
    if !app.is_setup_link(link, request.now)? {
        app.login_throttle.wrong(request.peer, request.now);
        return Err(Fault::SetupLinkBad.into());
    }
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
pub fn change_password(app: &App, _: &SignedIn, request: &Request, current: &str, new: &str) -> Result<Cookie> {
    wait_over(app, request)?;
    let settings = app.settings()?;
    let hash = settings.get(Setting::AdminPasswordHash).unwrap_or_default();
    if !is_password(current, hash)? {
        app.login_throttle.wrong(request.peer, request.now);
        return Err(Fault::AdminPasswordWrong.into());
    }
    let hash = password_hash(app, new)?;
    app.store.set_admin_password(hash, false)?;
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

fn wait_over(app: &App, request: &Request) -> Result<()> {
    match app.login_throttle.wait(request.peer, request.now) {
        0 => Ok(()),
        seconds => Err(Error::Busy(Fault::Wait { seconds })),
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
    Ok(Cookie(value))
}

fn hash(cookie: &str) -> [u8; 32] {
    Sha256::digest(cookie).into()
}

/// The argon2id hash of a password, to be stored.
///
/// # Errors
/// [`Fault::AdminPasswordShort`], [`Fault::AdminPasswordLong`].
pub fn password_hash(app: &App, password: &str) -> Result<String> {
    let least = MIN_PASSWORD_LENGTH;
    if password.chars().count() < least {
        return Err(Fault::AdminPasswordShort { least }.into());
    }
    if password.len() > MAX_PASSWORD_LENGTH {
        return Err(Fault::AdminPasswordLong { most: MAX_PASSWORD_LENGTH }.into());
    }
    let _alone = one_at_a_time();
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &app.random::<16>());
    Ok(hash.map_err(|error| Error::internal(error.to_string()))?.to_string())
}

/// Whether a password is the one of which `hash` was stored.
///
/// # Errors
/// Only if `hash` is none.
pub fn is_password(password: &str, hash: &str) -> Result<bool> {
    let hash = PasswordHash::new(hash).map_err(|error| Error::internal(error.to_string()))?;
    let _alone = one_at_a_time();
    Ok(password.len() <= MAX_PASSWORD_LENGTH && Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Each hash takes 19 MiB: many at once would take all that a small server has.
fn one_at_a_time() -> std::sync::MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
