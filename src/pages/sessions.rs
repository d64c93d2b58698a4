//! The sign-ins: seeing them, and ending one or all others.

use super::{format::Moment, prelude::*};
use crate::model::hex;

/// A sign-in as it is shown.
#[allow(missing_docs)] // each is what the template says it is
pub struct SessionRow {
    pub key: String,
    pub address: String,
    pub browser: String,
    pub agent: String,
    pub since: Moment,
    pub seen: Moment,
    pub own: bool,
}

/// Every sign-in that still holds, the latest first.
pub fn rows(view: &View<'_>, own: &[u8; 32]) -> Result<Vec<SessionRow>> {
    let sessions = view.app.sessions(view.now())?;
    let row = |session: &crate::store::Session| SessionRow {
        key: key(&session.token_hash),
        address: session.address.clone(),
        browser: browser(&session.agent),
        agent: session.agent.clone(),
        since: view.moment(session.created),
        seen: view.moment(session.last_seen),
        own: session.token_hash == *own,
    };
    Ok(sessions.iter().map(row).collect())
}

/// `POST /settings/sessions/end` with `session`.
pub fn end(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let form = request.form();
    let sessions = app.sessions(request.now)?;
    let meant = sessions.iter().find(|session| key(&session.token_hash) == form.text("session"));
    app.store.end_session(meant.ok_or(Error::NotFound)?.token_hash)?;
    Ok(flash::redirect(request, Flash::SessionEnded, 0, &request.at("/settings")))
}

/// `POST /settings/sessions/others`.
pub fn end_others(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let done = if app.sessions(request.now)?.len() > 1 { Flash::SessionsEnded } else { Flash::Unchanged };
    app.store.end_other_sessions(signed_in.session().token_hash)?;
    Ok(flash::redirect(request, done, 0, &request.at("/settings")))
}

/// What it is called in forms: the hash of its cookie says nothing about the cookie.
fn key(hash: &[u8; 32]) -> String {
    hex(hash)
}

/// The browser and the system in what a browser calls itself.
fn browser(agent: &str) -> String {
    const BROWSERS: &[(&str, &str)] = &[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: &[(&str, &str)] = &[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let named =
        |table: &[(&str, &'static str)]| table.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    match (named(BROWSERS), named(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) if agent.is_empty() => "?".to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}
