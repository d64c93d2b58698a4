//! The page of the settings, with whatever was typed into one of its forms.

use super::{
    changes,
    events::EventRow,
    form::Form,
    frame::{Frame, page},
    origin,
    sessions::{self, SessionRow},
    settings_form::{APPS, LANGUAGE, NEW_USERS, PUBLIC, ZONE},
    sharing::Sharing,
    view::View,
};
use crate::{
    app::{Defaults, MIN_TOKEN_LENGTH, Snapshot},
    auth::{MIN_PASSWORD_LENGTH, SignedIn},
    error::Result,
    http::Reply,
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
    language: Form<Option<Language>>,
    public: Form<Option<String>>,
    public_offer: String,
    /// What is doubtful about the address that is saved; empty if nothing is.
    public_doubt: &'static str,
    zone: Form<Option<String>>,
    zone_now: String,
    zones: Vec<String>,
    defaults: Form<Defaults>,
    sharing: Form<Sharing>,
    sessions: Vec<SessionRow>,
    other_sessions: bool,
    /// What the admin changed.
    events: Vec<EventRow>,
}

page!(SettingsPage);

/// What is on the page beside what is always there.
#[derive(Default)]
pub struct Extra {
    /// The node token, if it was asked for.
    pub token: String,
    /// What is wrong with the present password, and with the new one.
    pub current_error: String,
    pub new_error: String,
    /// The language as it was chosen.
    pub language: Option<Form<Option<Language>>>,
    /// The public address as it was typed.
    pub public: Option<Form<Option<String>>>,
    /// The time zone as it was typed.
    pub zone: Option<Form<Option<String>>>,
    /// The defaults as they were typed.
    pub defaults: Option<Form<Defaults>>,
    /// What friends' apps are told, as it was typed.
    pub sharing: Option<Form<Sharing>>,
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
    let sessions = sessions::rows(view, &signed_in.session().token_hash)?;
    let text = view.text;
    let language = extra.language.unwrap_or_else(|| LANGUAGE.form(&settings, text));
    let public = extra.public.unwrap_or_else(|| PUBLIC.form(&settings, text));
    let zone = extra.zone.unwrap_or_else(|| ZONE.form(&settings, text));
    let defaults = extra.defaults.unwrap_or_else(|| NEW_USERS.form(&settings, text));
    let sharing = extra.sharing.unwrap_or_else(|| APPS.form(&settings, text));
    let frame = view
        .frame(text.common.settings, "settings")?
        .back_to("/settings")
        .wrong_with("current", text.settings.current, &extra.current_error)
        .wrong_with("new", text.sign_in.new_password, &extra.new_error)
        .refusing(&language)
        .refusing(&public)
        .refusing(&zone)
        .refusing(&defaults)
        .refusing(&sharing);
    let page = SettingsPage {
        f: frame,
        t: text,
        notices: notices(view, &settings),
        token: extra.token,
        least: MIN_PASSWORD_LENGTH,
        current_error: extra.current_error,
        new_error: extra.new_error,
        language,
        public,
        public_doubt: match settings.get(Setting::PublicAddress) {
            Some(public) if origin::is_loopback_url(public) => text.preferences.public_here,
            Some(public) if origin::is_word_url(public) => text.preferences.public_word,
            _ => "",
        },
        public_offer: if origin::is_loopback(view.request) {
            text.preferences.public_tunnel.to_owned()
        } else {
            (text.preferences.public_offer)(&origin::url(view.request, ""))
        },
        zone,
        zone_now: (view.text.preferences.zone_now)(&view.exactly(view.now())),
        zones: Zone::names(),
        defaults,
        sharing,
        other_sessions: sessions.len() > 1,
        sessions,
        events: changes::of_settings(view)?,
    };
    view.page(status, &page)
}
