//! Which language a page is in: the one chosen with the button, else that of the settings, else the browser's, else
//! English.

use super::{origin::local_path, reply::redirect};
use crate::{
    app::App,
    error::{Fault, Result},
    http::{Reply, Request},
    store::Setting,
    text::Language,
};

/// The cookie that keeps what was chosen with the button.
const COOKIE: &str = "lang";
/// It is kept for a year.
const COOKIE_TTL: i64 = 365 * 86_400;

/// The language to answer a request in.
pub fn of(app: &App, request: &Request) -> Language {
    let chosen = request.cookie(COOKIE).and_then(Language::named);
    // An error page has to come out even if the settings cannot be read.
    let set = || app.settings().ok().and_then(|settings| settings.get(Setting::Language).and_then(Language::named));
    let accepted = || request.header("accept-language").and_then(Language::accepted);
    chosen.or_else(set).or_else(accepted).unwrap_or(Language::English)
}

/// The language of a friend's own page: the one that they chose there, else their browser's, else that of the
/// invitation, which the address names, else that of the settings. An app shows the language of the page that it was
/// added from, which its address names.
pub fn of_friend(app: &App, request: &Request, is_app: bool) -> Language {
    let chosen = request.cookie(COOKIE).and_then(Language::named);
    let named = Language::named(request.query.text("lang"));
    let accepted = request.header("accept-language").and_then(Language::accepted);
    let liked = if is_app { named.or(accepted) } else { accepted.or(named) };
    chosen.or(liked).unwrap_or_else(|| of(app, request))
}

/// `POST /language` with `to`: keeps it, and goes back to where the button was.
pub fn switch(_: &App, request: &Request) -> Result<Reply> {
    let form = request.form();
    let to = form.text("to");
    let language =
        Language::named(to).ok_or_else(|| Fault::LanguageUnknown { given: to.chars().take(40).collect() })?;
    let back = local_path(request, form.text("back")).unwrap_or_else(|| request.at("/"));
    let kept = request.set_cookie(COOKIE, language.text().code, Some(COOKIE_TTL));
    Ok(redirect(&back).with("Set-Cookie", kept))
}

/// Whether one was chosen with the button.
pub fn is_chosen(request: &Request) -> bool {
    request.cookie(COOKIE).and_then(Language::named).is_some()
}

/// The `Set-Cookie` that forgets what was chosen with the button.
pub fn forget(request: &Request) -> String {
    request.set_cookie(COOKIE, "", Some(0))
}
