//! The settings: the node token, the admin's password, the language.

use super::{
    changes,
    confirm::{ConfirmPage, Question},
    events::EventRow,
    flash::{self, Flash},
    form::{Choice, Form, Input, refused},
    frame::Frame,
    language as chosen_language,
    node::present_token,
    origin,
    sessions::{self, SessionRow},
    sharing::{SHARING, Sharing},
    user_form::DEFAULTS,
    view::View,
};
use crate::{
    app::{App, Defaults, MIN_TOKEN_LENGTH, Snapshot},
    auth::{self, MIN_PASSWORD_LENGTH, SignedIn},
    error::{Error, Fault, Field, Result},
    http::{Reply, Request},
    model::Zone,
    store::Setting,
    text::{Language, Text},
};
use askama::Template;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    f: Frame,
    t: &'static Text,
    /// What is to be said of how it is reached and set up.
    notices: Vec<String>,
    token: String,
    least: usize,
    current_error: String,
    new_error: String,
    languages: Vec<Choice>,
    language_error: String,
    public: Input,
    public_offer: String,
    zone: Input,
    zone_now: String,
    /// The zone that the form showed.
    seen_zone: String,
    zones: Vec<String>,
    defaults: Form<Defaults>,
    sharing: Form<Sharing>,
    sessions: Vec<SessionRow>,
    other_sessions: bool,
    /// What the admin changed.
    events: Vec<EventRow>,
}

/// What is on the page beside what is always there.
#[derive(Default)]
pub struct Extra {
    pub(super) token: String,
    pub(super) current_error: String,
    pub(super) new_error: String,
    pub(super) language_error: String,
    /// The public address as it was typed.
    pub public: Option<Input>,
    /// The time zone as it was typed.
    pub zone: Option<Input>,
    /// The defaults as they were typed.
    pub defaults: Option<Form<Defaults>>,
    /// What friends' apps are told, as it was typed.
    pub sharing: Option<Form<Sharing>>,
}

/// `GET /settings`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    page(&View::admin(app, signed_in, request)?, signed_in, 200, Extra::default())
}

/// `POST /settings/token`: the same page, with the token on it.
pub fn token(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let token = present_token(app)?;
    page(&View::admin(app, signed_in, request)?, signed_in, 200, Extra { token, ..Extra::default() })
}

/// `GET /settings/rotate`.
pub fn ask_rotate(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.settings;
    let question = Question {
        before: text.ask_rotate,
        name: String::new(),
        after: "",
        lines: vec![text.ask_rotate_what.to_owned(), text.ask_rotate_how.to_owned()],
        action: request.at("/settings/rotate"),
        go: text.ask_rotate_go,
        danger: true,
        cancel: request.at("/settings"),
    };
    view.page(200, &ConfirmPage { f: view.frame(text.ask_rotate_go, "settings")?, t: view.text, question })
}

/// `POST /settings/rotate`.
pub fn rotate(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    app.rotate_token()?;
    app.store.note_changed(Setting::NodeToken, request.now)?;
    Ok(flash::redirect(request, Flash::TokenRotated, 0, &request.at("/settings")))
}

/// `POST /settings/password` with `current` and `new`.
pub fn password(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let form = request.form();
    match auth::change_password(app, signed_in, request, form.text("current"), form.text("new")) {
        Ok(cookie) => {
            let reply = flash::redirect(request, Flash::PasswordChanged, 0, &request.at("/settings"));
            Ok(cookie.attach(request, reply))
        }
        Err(error) => {
            let Some(fault) = error.fault() else { return Err(error) };
            let said = (view.text.sentence)(&(view.text.fault)(fault));
            let extra = match fault.field() {
                Some(Field::AdminPassword) => Extra { new_error: said, ..Extra::default() },
                _ => Extra { current_error: said, ..Extra::default() },
            };
            if let Fault::Wait { seconds } = fault {
                return Ok(page(&view, signed_in, 429, extra)?.with("Retry-After", seconds.to_string()));
            }
            page(&view, signed_in, refused(&error), extra)
        }
    }
}

/// `POST /settings/language` with `language`; empty leaves it to the browser.
pub fn language(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let form = request.form();
    let given = form.text("language");
    let chosen = Language::named(given);
    if chosen.is_none() && !given.is_empty() {
        let view = View::admin(app, signed_in, request)?;
        let fault = Fault::LanguageUnknown { given: given.chars().take(40).collect() };
        let language_error = (view.text.sentence)(&(view.text.fault)(&fault));
        return page(&view, signed_in, refused(&Error::Invalid(fault)), Extra { language_error, ..Extra::default() });
    }
    let code = chosen.map(|language| language.text().code.to_owned());
    app.store.change_settings(vec![(Setting::Language, code)], request.now)?;
    // What was chosen with the button before would hide what was chosen here.
    let reply = flash::redirect(request, Flash::LanguageChanged, 0, &request.at("/settings"));
    Ok(reply.with("Set-Cookie", chosen_language::forget(request)))
}

fn notices(view: &View<'_>, settings: &Snapshot) -> Vec<String> {
    let (front, text) = (&view.app.front, &view.text.settings);
    let mut notices = Vec::new();
    if front.bare {
        notices.push(text.bare.to_owned());
    }
    if let Some(proxy) = view.app.unnamed_proxy() {
        notices.push((text.unnamed_proxy)(&proxy.to_string()));
    }
    if settings.get(Setting::NodeToken).is_some_and(|token| token.len() < MIN_TOKEN_LENGTH) {
        notices.push(text.short_token.to_owned());
    }
    notices.extend(front.environment.iter().map(|variable| (text.environment)(variable)));
    notices
}

/// The page, with what is on it beside what is always there.
pub fn page(view: &View<'_>, signed_in: &SignedIn, status: u16, extra: Extra) -> Result<Reply> {
    let settings = view.app.settings()?;
    let set = settings.get(Setting::Language).unwrap_or_default();
    let choice =
        |value: &str, label: &str| Choice { selected: value == set, value: value.to_owned(), label: label.to_owned() };
    let set_zone = settings.get(Setting::TimeZone).unwrap_or_default();
    let sessions = sessions::rows(view, &signed_in.session().token_hash)?;
    let defaults = view.app.defaults()?;
    let page = SettingsPage {
        f: view.frame(view.text.common.settings, "settings")?.back_to("/settings"),
        t: view.text,
        notices: notices(view, &settings),
        token: extra.token,
        least: MIN_PASSWORD_LENGTH,
        current_error: extra.current_error,
        new_error: extra.new_error,
        languages: vec![choice("", view.text.settings.browsers), choice("en", "English"), choice("zh", "中文")],
        language_error: extra.language_error,
        public: extra.public.unwrap_or_else(|| Input::with(view.public.clone().unwrap_or_default())),
        public_offer: if origin::is_loopback(view.request) {
            view.text.preferences.public_tunnel.to_owned()
        } else {
            (view.text.preferences.public_offer)(&origin::url(view.request, ""))
        },
        zone: extra.zone.unwrap_or_else(|| Input::with(set_zone)),
        zone_now: view.exactly(view.now()),
        zones: Zone::names(),
        seen_zone: set_zone.to_owned(),
        defaults: extra.defaults.unwrap_or_else(|| Form::of(DEFAULTS, &defaults, view.text)),
        sharing: extra
            .sharing
            .unwrap_or_else(|| Form::of(SHARING, &Sharing::of(&settings), view.text).prefixed("sharing-")),
        other_sessions: sessions.len() > 1,
        sessions,
        events: changes::of_settings(view)?,
    };
    view.page(status, &page)
}
