//! Signing in, setting the first password, signing out.

use super::{
    first_form::{First, FirstForm},
    origin::local_path,
    prelude::*,
    reply::redirect,
    stale_form::StaleForm,
    user_path,
};
use crate::{
    app::Keeper,
    auth::{self, Cookie, MIN_PASSWORD_LENGTH, Purpose},
    http::Pairs,
    model::User,
    notify,
};
use subtle::ConstantTimeEq;

/// The cookie whose value the form has to bring along too: only a page of ours can have read the one and set the other.
const COOKIE: &str = "mu_panel_form";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    f: Frame,
    t: &'static Text,
    csrf: String,
    has_password: bool,
    setup: String,
    first: FirstForm,
    next: String,
    /// A form that waits for the sign-in.
    late: StaleForm,
    error: String,
    least: usize,
}

page!(SignInPage);

/// `GET /login`.
pub fn show(app: &App, request: &Request) -> Result<Reply> {
    if let Ok(signed_in) = auth::admin(app, request) {
        let view = View::admin(app, &signed_in, request)?;
        let late = StaleForm::kept(&view);
        return late.map_or_else(|| Ok(redirect(&request.at("/"))), |late| late.page(&view, 200));
    }
    let view = visitor(app, request)?;
    if view.kept_action() == "/login" {
        return answer(&view);
    }
    if let Some(late) = StaleForm::kept(&view) {
        return waiting(&view, &late);
    }
    let link = Link { setup: request.query.text("setup"), next: request.query.text("next"), late: None };
    page(&view, 200, link, String::new(), None)
}

/// The page in the place of an answer to a form that came without a sign-in that holds: it keeps the form until
/// there is one.
pub fn keeping(app: &App, request: &Request, late: &StaleForm) -> Result<Reply> {
    waiting(&visitor(app, request)?.keeping(&[auth::CSRF_FIELD]), late)
}

fn waiting(view: &View<'_>, late: &StaleForm) -> Result<Reply> {
    page(view, 403, Link { setup: "", next: "", late: Some(late) }, view.text.stale_form.sign_in.to_owned(), None)
}

/// Where a visitor comes from, and where they want to go.
#[derive(Clone, Copy)]
struct Link<'a> {
    setup: &'a str,
    next: &'a str,
    late: Option<&'a StaleForm>,
}

/// The view of a visitor, whose forms are known by what the cookie says.
fn visitor<'a>(app: &'a App, request: &'a Request) -> Result<View<'a>> {
    // The same value for every tab, so that the form of each of them holds.
    let kept = request.cookie(COOKIE).unwrap_or_default();
    let is_ours = auth::is_signed(app, Purpose::SignInForm, kept)?;
    let csrf = if is_ours { kept.to_owned() } else { auth::signed(app, Purpose::SignInForm)? };
    Ok(View::anonymous(app, request).of_keeper(Keeper::Visitor(csrf)))
}

/// `POST /login` with `password`, and with `setup` if it is the first one; then with `language`, `name`, `address` and
/// `friend` too, which may be empty.
pub fn send(app: &App, request: &Request) -> Result<Reply> {
    // Only the first password is kept: it is asked for beside much else.
    let secrets: &[&str] = if auth::has_password(app)? { &["password"] } else { &[] };
    answer(&visitor(app, request)?.keeping(secrets))
}

fn answer(view: &View<'_>) -> Result<Reply> {
    let (app, request, text, form) = (view.app, view.request, view.text, view.form());
    let (setup, next, password) = (form.text("setup"), form.text("next"), form.text("password"));
    let late = StaleForm::named(request, form.text("action"), form.text("form"));
    let link = Link { setup, next, late: late.as_ref() };
    let kept = request.cookie(COOKIE).unwrap_or_default();
    let same = bool::from(kept.as_bytes().ct_eq(form.text(auth::CSRF_FIELD).as_bytes()));
    if !same || !auth::is_signed(app, Purpose::SignInForm, kept)? {
        return page(view, 403, link, text.sign_in.expired.to_owned(), None);
    }
    let first = !auth::has_password(app)? && !setup.is_empty();
    let mut typed = FirstForm::typed(app, request, form);
    // A form without the field `where` has not asked where friends connect.
    typed.here &= form.get("where").is_some();
    // What ports are free is told to the bearer of the link alone.
    let read = first && app.is_setup_link(setup, request.now)?;
    let Some(said) = (if read { typed.read(app, text) } else { Some(First::default()) }) else {
        password.clone_into(&mut typed.password);
        return page(view, 400, link, String::new(), Some(typed));
    };
    let answer = view.write(|| {
        if first { auth::set_up(app, request, setup, password) } else { auth::sign_in(app, request, password) }
    });
    match answer {
        Ok(cookie) => {
            notify::signed_in(app, request);
            let friend = if first { typed.keep(app, said, request)? } else { None };
            match &late {
                Some(late) => go_on(app, request, &cookie, late),
                None => Ok(welcome(request, &cookie, first, friend.as_ref(), next)),
            }
        }
        Err(Error::Unauthorized) => page(view, 400, link, String::new(), None),
        Err(Error::Internal(cause)) => Err(Error::Internal(cause)),
        Err(error) => {
            let said = (text.sentence)(&view.error_words(&error));
            // A link that is no longer good is not asked for a password again.
            let setup = if matches!(error, Error::Invalid(Fault::SetupLinkBad)) { "" } else { setup };
            let reply = |status| page(view, status, Link { setup, ..link }, said, Some(typed));
            match error {
                Error::Busy(Fault::Wait { seconds }) => Ok(reply(429)?.with("Retry-After", seconds.to_string())),
                Error::Busy(_) => Ok(reply(503)?.with("Retry-After", "10")),
                _ => reply(400),
            }
        }
    }
}

/// Where a sign-in leads: after the set-up to the first friend, whose link is there, or to where one is added.
fn welcome(request: &Request, signed_in: &Cookie, first: bool, friend: Option<&User>, next: &str) -> Reply {
    let reply = if let Some(friend) = friend {
        flash::redirect(request, Flash::UserAdded, friend.id, &user_path::address(request, friend.id))
    } else if first {
        flash::redirect(request, Flash::SetUp, 0, &request.at("/"))
    } else {
        redirect(&local_path(request, next).unwrap_or_else(|| request.at("/")))
    };
    signed(request, signed_in, reply)
}

/// What follows a sign-in that a late form has asked for.
fn go_on(app: &App, request: &Request, cookie: &Cookie, late: &StaleForm) -> Result<Reply> {
    let request = cookie.brought(request);
    let signed_in = auth::admin(app, &request.as_get())?;
    let view = View::admin(app, &signed_in, &request)?.keeping(&["password"]);
    let reply = late.page(&view, 200)?;
    Ok(signed(&request, cookie, reply))
}

fn signed(request: &Request, cookie: &Cookie, reply: Reply) -> Reply {
    cookie.attach(request, reply).with("Set-Cookie", request.set_cookie(COOKIE, "", Some(0)))
}

fn page(
    view: &View<'_>,
    status: u16,
    Link { setup, next, late }: Link<'_>,
    error: String,
    first: Option<FirstForm>,
) -> Result<Reply> {
    let (app, request) = (view.app, view.request);
    let has_password = auth::has_password(app)?;
    let csrf = match &view.keeper {
        Some(Keeper::Visitor(csrf)) => csrf.clone(),
        _ => String::new(),
    };
    let title = if has_password { view.text.sign_in.title } else { view.text.sign_in.welcome };
    let link = if setup.is_empty() { "/login".to_owned() } else { format!("/login?setup={}", encoded(setup)) };
    let first = first.unwrap_or_else(|| FirstForm::typed(app, request, &Pairs::default()));
    let mut frame = view.frame(title, "")?.back_to(&link);
    if !has_password && !setup.is_empty() {
        let text = view.text;
        frame = frame
            .wrong_with("password", text.sign_in.new_password, &error)
            .wrong_with("name", text.form.name, &first.name.error)
            .wrong_with("address", text.nodes.address, &first.address.error)
            .wrong_with("https", text.https.site, &first.https.error)
            .wrong_with("friend", text.setup.friend_title, &first.friend.error);
    }
    let page = SignInPage {
        f: frame,
        t: view.text,
        csrf: csrf.clone(),
        has_password,
        setup: setup.to_owned(),
        first,
        next: local_path(request, next).unwrap_or_default(),
        late: late.cloned().unwrap_or_default(),
        error,
        least: MIN_PASSWORD_LENGTH,
    };
    Ok(view.page(status, &page)?.with("Set-Cookie", request.set_cookie(COOKIE, &csrf, None)))
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// `POST /logout`.
pub fn out(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    auth::sign_out(app, signed_in)?;
    app.kept_forms.forget_those_of(&Keeper::Admin(signed_in.csrf().to_owned()));
    let reply = flash::redirect(request, Flash::SignedOut, 0, &request.at("/login"));
    Ok(reply.with("Set-Cookie", Cookie::none(request)))
}
