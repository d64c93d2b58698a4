//! Light or dark: as the system has it, or as chosen with the buttons at the foot of each page.

use super::{origin::local_path, reply::redirect};
use crate::{
    app::App,
    error::Result,
    http::{Reply, Request},
};

/// The cookie that keeps what was chosen.
const COOKIE: &str = "theme";
/// It is kept for a year.
const COOKIE_TTL: i64 = 365 * 86_400;

/// `light` or `dark`; empty: as the system has it.
pub fn of(request: &Request) -> &'static str {
    named(request.cookie(COOKIE).unwrap_or_default())
}

fn named(name: &str) -> &'static str {
    ["light", "dark"].into_iter().find(|known| *known == name).unwrap_or_default()
}

/// `POST /theme` with `to`: keeps it, and goes back to where the button was.
pub fn switch(_: &App, request: &Request) -> Result<Reply> {
    let form = request.form();
    let chosen = named(form.text("to"));
    let back = local_path(request, form.text("back")).unwrap_or_else(|| request.at("/"));
    let kept = request.set_cookie(COOKIE, chosen, Some(if chosen.is_empty() { 0 } else { COOKIE_TTL }));
    Ok(redirect(&back).with("Set-Cookie", kept))
}
