//! Signing in, setting the first password, signing out.

use super::{
    flash::{self, Flash},
    form::Input,
    frame::{Frame, page},
    https,
    origin::{self, local_path},
    reply::redirect,
    stale_form::StaleForm,
    user_path,
    view::View,
};
use crate::{
    acme::{HTTPS_PORT, Host, Site},
    app::App,
    auth::{self, Cookie, MIN_PASSWORD_LENGTH, Purpose, SignedIn},
    error::{Error, Fault, Result},
    http::{Pairs, Reply, Request},
    model::{Address, Name, NodeDraft, NodeName, User},
    notify,
    store::Setting,
    text::{Language, Text},
};
use askama::Template;
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

/// What can be said beside the first password: the language of the panel, and the first node.
struct FirstForm {
    language: String,
    name: Input,
    address: Input,
    friend: Input,
    /// What the panel is to get a certificate for.
    https: Input,
    /// Whether it can, and is not reached by `https://` already.
    may_have_https: bool,
    /// Whether friends connect to this server.
    here: bool,
    /// Whether they can.
    may_be_here: bool,
    /// The password that was typed, if it is another field that was refused.
    password: String,
}

/// What was said of the first node and the first friend.
#[derive(Default)]
struct First {
    name: NodeName,
    address: Address,
    friend: Option<Name>,
    here: bool,
    site: Option<Site>,
}

impl FirstForm {
    /// With what was typed; in a form that was not sent yet, friends connect to this server.
    fn typed(app: &App, request: &Request, typed: &Pairs) -> Self {
        let may_be_here = app.front.built_in != Some(false);
        let suggested = || origin::public_name(request).or(app.front.own_address.as_deref());
        let address = typed.get("address").or_else(suggested).unwrap_or_default();
        Self {
            language: typed.text("language").to_owned(),
            name: Input::with(typed.text("name")),
            address: Input::with(address),
            friend: Input::with(typed.text("friend")),
            https: Input::with(typed.text("https")),
            may_have_https: !request.secure && app.https.is_offered() && app.https.check(&any_site()).is_ok(),
            here: may_be_here && typed.get("where") != Some("there"),
            may_be_here,
            password: String::new(),
        }
    }

    /// Whether something is wrong beside a field other than the password.
    fn is_refused(&self) -> bool {
        [&self.name, &self.address, &self.friend, &self.https].iter().any(|input| !input.error.is_empty())
    }

    /// Reads the node and the friend, all of which may be empty; or says what is wrong.
    fn read(&mut self, app: &App, text: &Text) -> Option<First> {
        let name = self.name.read(text, NodeName::parse);
        let here = self.here;
        let address = |typed: &str| match Address::parse(typed)? {
            // Friends cannot connect to a server without an address.
            address if here && address.as_str().is_empty() => Err(Fault::AddressMissing),
            address => Ok(address),
        };
        let address = self.address.read(text, address);
        let friend = |typed: &str| if typed.is_empty() { Ok(None) } else { Name::parse(typed).map(Some) };
        let friend = self.friend.read(text, friend);
        let site =
            self.https.read(text, |typed| if typed.is_empty() { Ok(None) } else { https::site(typed).map(Some) });
        let (name, address, friend, site) = (name?, address?, friend?, site?);
        let obstacle = site.as_ref().and_then(|site| app.https.check(site).err());
        if let Some(fault) = obstacle.as_ref().and_then(Error::fault) {
            self.https.refuse(fault, text);
            return None;
        }
        Some(First { name, address, friend, here, site })
    }

    /// Keeps what was said, and returns the first friend; without a word on a node or a friend there is none.
    fn keep(&self, app: &App, first: First, request: &Request) -> Result<Option<User>> {
        let First { name, address, friend, here, site } = first;
        if let Some(language) = Language::named(&self.language) {
            app.store.set(Setting::Language, Some(language.text().code.to_owned()))?;
        }
        if here {
            app.switch_built_in(true, name, address, request.now)?;
        } else if !name.as_str().is_empty() || !address.as_str().is_empty() {
            app.store.add_node(NodeDraft { name, address, ..NodeDraft::default() }, request.now)?;
        }
        if let Some(Err(error)) = site.map(|site| app.https.begin(&site)) {
            // It could be had a moment ago; *Settings* says what is the matter.
            log::warn!("https:// is not served: {error}");
        }
        friend.map(|friend| app.add_user(app.draft(friend, request.now)?, request.now)).transpose()
    }
}

/// Any that is served on the usual ports.
fn any_site() -> Site {
    Site { host: Host::Name(String::new()), port: HTTPS_PORT }
}

/// `GET /login`.
pub fn show(app: &App, request: &Request) -> Result<Reply> {
    if auth::admin(app, request).is_ok() {
        return Ok(redirect(&request.at("/")));
    }
    let link = Link { setup: request.query.text("setup"), next: request.query.text("next"), late: None };
    page(app, request, 200, link, String::new(), None)
}

/// The page in the place of an answer to a form that came without a sign-in that holds: it keeps the form until
/// there is one.
pub fn keeping(app: &App, request: &Request, late: &StaleForm) -> Result<Reply> {
    let text = super::language::of(app, request).text();
    page(app, request, 403, Link { setup: "", next: "", late: Some(late) }, text.stale_form.sign_in.to_owned(), None)
}

/// Where a visitor comes from, and where they want to go.
#[derive(Clone, Copy)]
struct Link<'a> {
    setup: &'a str,
    next: &'a str,
    late: Option<&'a StaleForm>,
}

/// `POST /login` with `password`, and with `setup` if it is the first one; then with `language`, `name`, `address` and
/// `friend` too, which may be empty.
pub fn send(app: &App, request: &Request) -> Result<Reply> {
    let form = request.form();
    let (setup, next, password) = (form.text("setup"), form.text("next"), form.text("password"));
    let text = super::language::of(app, request).text();
    let late = StaleForm::named(request, form.text("action"), form.text("form"));
    let link = Link { setup, next, late: late.as_ref() };
    let kept = request.cookie(COOKIE).unwrap_or_default();
    let same = bool::from(kept.as_bytes().ct_eq(form.text(auth::CSRF_FIELD).as_bytes()));
    if !same || !auth::is_signed(app, Purpose::SignInForm, kept)? {
        return page(app, request, 403, link, text.sign_in.expired.to_owned(), None);
    }
    let first = !auth::has_password(app)? && !setup.is_empty();
    let mut typed = FirstForm::typed(app, request, form);
    // A form without the field `where` has not asked where friends connect.
    typed.here &= form.get("where").is_some();
    // What ports are free is told to the bearer of the link alone.
    let read = first && app.is_setup_link(setup, request.now)?;
    let Some(said) = (if read { typed.read(app, text) } else { Some(First::default()) }) else {
        password.clone_into(&mut typed.password);
        return page(app, request, 400, link, String::new(), Some(typed));
    };
    let answer =
        if first { auth::set_up(app, request, setup, password) } else { auth::sign_in(app, request, password) };
    match answer {
        Ok(cookie) => {
            notify::signed_in(app, request);
            let friend = if first { typed.keep(app, said, request)? } else { None };
            match &late {
                Some(late) => go_on(app, request, &cookie, late),
                None => Ok(welcome(request, &cookie, first, friend.as_ref(), next)),
            }
        }
        Err(Error::Unauthorized) => page(app, request, 400, link, String::new(), None),
        Err(Error::Internal(cause)) => Err(Error::Internal(cause)),
        Err(error) => {
            let said = (text.sentence)(&View::anonymous(app, request).error_words(&error));
            // A link that is no longer good is not asked for a password again.
            let setup = if matches!(error, Error::Invalid(Fault::SetupLinkBad)) { "" } else { setup };
            let reply = |status| page(app, request, status, Link { setup, ..link }, said, Some(typed));
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
    let reply = late.page(&View::admin(app, &signed_in, &request)?, 200)?;
    Ok(signed(&request, cookie, reply))
}

fn signed(request: &Request, cookie: &Cookie, reply: Reply) -> Reply {
    cookie.attach(request, reply).with("Set-Cookie", request.set_cookie(COOKIE, "", Some(0)))
}

fn page(
    app: &App,
    request: &Request,
    status: u16,
    Link { setup, next, late }: Link<'_>,
    error: String,
    first: Option<FirstForm>,
) -> Result<Reply> {
    let view = View::anonymous(app, request);
    let has_password = auth::has_password(app)?;
    // The same value for every tab, so that the form of each of them holds.
    let kept = request.cookie(COOKIE).unwrap_or_default();
    let is_ours = auth::is_signed(app, Purpose::SignInForm, kept)?;
    let csrf = if is_ours { kept.to_owned() } else { auth::signed(app, Purpose::SignInForm)? };
    let title = if has_password { view.text.sign_in.title } else { view.text.sign_in.welcome };
    let link = if setup.is_empty() { "/login".to_owned() } else { format!("/login?setup={}", encoded(setup)) };
    let first = first.unwrap_or_else(|| FirstForm::typed(app, request, &Pairs::default()));
    let mut frame = view.frame(title, "")?.back_to(&link);
    if !has_password && !setup.is_empty() {
        let text = view.text;
        frame = frame
            .wrong_with("password", text.sign_in.new_password, &error)
            .wrong_with("name", text.nodes.name, &first.name.error)
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
    let reply = flash::redirect(request, Flash::SignedOut, 0, &request.at("/login"));
    Ok(reply.with("Set-Cookie", Cookie::none(request)))
}
