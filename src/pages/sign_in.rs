//! Signing in, setting the first password, signing out.

use super::{
    done::{self, Done},
    failure,
    frame::{Frame, View, guarded, local},
};
use crate::{
    app::App,
    auth::{self, Cookie, PASSWORD_LEAST, SignedIn},
    error::{Error, Fault, Result},
    http::{Reply, Request},
    text::Text,
};
use askama::Template;
use subtle::ConstantTimeEq;

/// The cookie whose value the form has to bring along too: only a page of ours can have read the one and set the other.
const COOKIE: &str = "mu_panel_form";
const COOKIE_LETTERS: usize = 32;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    f: Frame,
    t: &'static Text,
    csrf: String,
    has_password: bool,
    setup: String,
    next: String,
    error: String,
    least: usize,
}

/// `GET /login`.
pub fn show(app: &App, request: &Request) -> Result<Reply> {
    if auth::admin(app, request).is_ok() {
        return Ok(guarded(Reply::see_other(&request.at("/"))));
    }
    page(app, request, 200, request.query.text("setup"), request.query.text("next"), String::new())
}

/// `POST /login` with `password`, and with `setup` if it is the first one.
pub fn send(app: &App, request: &Request) -> Result<Reply> {
    let form = request.form();
    let (setup, next, password) = (form.text("setup"), form.text("next"), form.text("password"));
    let text = super::language::of(app, request).text();
    let kept = request.cookie(COOKIE).unwrap_or_default();
    if kept.is_empty() || !bool::from(kept.as_bytes().ct_eq(form.text(auth::CSRF_FIELD).as_bytes())) {
        return page(app, request, 403, setup, next, text.sign_in.expired.to_owned());
    }
    let first = !auth::has_password(app)? && !setup.is_empty();
    let answer =
        if first { auth::set_up(app, request, setup, password) } else { auth::sign_in(app, request, password) };
    match answer {
        Ok(cookie) => Ok(welcome(request, &cookie, first, next)),
        Err(Error::Unauthorized) => page(app, request, 400, setup, next, String::new()),
        Err(Error::Internal(cause)) => Err(Error::Internal(cause)),
        Err(error) => {
            let said = (text.sentence)(&failure::words(&error, text));
            // A link that is no longer good is not asked for a password again.
            let setup = if matches!(error, Error::Invalid(Fault::SetupLinkBad)) { "" } else { setup };
            let reply = |status| page(app, request, status, setup, next, said);
            match error {
                Error::Busy(Fault::Wait { seconds }) => Ok(reply(429)?.with("Retry-After", seconds.to_string())),
                Error::Busy(_) => Ok(reply(503)?.with("Retry-After", "10")),
                _ => reply(400),
            }
        }
    }
}

fn welcome(request: &Request, signed_in: &Cookie, first: bool, next: &str) -> Reply {
    let reply = if first {
        done::and_go(request, Done::SetUp, 0, &request.at("/"))
    } else {
        guarded(Reply::see_other(&local(request, next).unwrap_or_else(|| request.at("/"))))
    };
    reply.with("Set-Cookie", signed_in.header(request)).with("Set-Cookie", request.set_cookie(COOKIE, "", Some(0)))
}

fn page(app: &App, request: &Request, status: u16, setup: &str, next: &str, error: String) -> Result<Reply> {
    let view = View::stranger(app, request);
    let has_password = auth::has_password(app)?;
    // The same value for every tab, so that the form of each of them holds.
    let kept = request.cookie(COOKIE).filter(|kept| kept.len() == COOKIE_LETTERS);
    let csrf = kept.map_or_else(|| app.letters(COOKIE_LETTERS), str::to_owned);
    let title = if has_password { view.text.sign_in.title } else { view.text.sign_in.welcome };
    let link = if setup.is_empty() { "/login".to_owned() } else { format!("/login?setup={}", encoded(setup)) };
    let page = SignInPage {
        f: view.frame(title, "").back_to(&link),
        t: view.text,
        csrf: csrf.clone(),
        has_password,
        setup: setup.to_owned(),
        next: local(request, next).unwrap_or_default(),
        error,
        least: PASSWORD_LEAST,
    };
    Ok(view.page(status, &page)?.with("Set-Cookie", request.set_cookie(COOKIE, &csrf, None)))
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// `POST /logout`.
pub fn out(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    auth::sign_out(app, signed_in)?;
    let reply = done::and_go(request, Done::SignedOut, 0, &request.at("/login"));
    Ok(reply.with("Set-Cookie", Cookie::none(request)))
}
