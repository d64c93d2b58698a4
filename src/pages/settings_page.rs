//! The page of the settings, with whatever was typed into one of its forms.

use super::{
    changes,
    events::EventRow,
    form::Form,
    origin,
    prelude::*,
    sessions::{self, SessionRow},
    settings_form::{APPS, LANGUAGE, NEW_USERS, PUBLIC, ZONE},
    sharing::Sharing,
};
use crate::{
    app::{Defaults, MIN_TOKEN_LENGTH, Snapshot},
    auth::MIN_PASSWORD_LENGTH,
    model::Zone,
    store::Setting,
    text::Language,
};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    f: Frame,
    t: &'static Text,
    /// What is to be said of how it is reached and set up.
    notices: Vec<String>,
    least: usize,
    forms: Forms,
    public_offer: String,
    /// What is doubtful about the address that is saved; empty if nothing is.
    public_doubt: &'static str,
    zone_now: String,
    zones: Vec<String>,
    sessions: Vec<SessionRow>,
    other_sessions: bool,
    /// What the admin changed.
    events: Vec<EventRow>,
}

page!(SettingsPage);

/// The forms on the page.
pub struct Forms {
    /// The node token, if it was asked for.
    pub token: String,
    /// What is wrong with the present password, and with the new one.
    pub current_error: String,
    pub new_error: String,
    pub language: Form<Option<Language>>,
    pub public: Form<Option<String>>,
    pub zone: Form<Option<String>>,
    pub defaults: Form<Defaults>,
    /// What friends' apps are told.
    pub sharing: Form<Sharing>,
}

impl Forms {
    /// As everything is set.
    fn of(settings: &Snapshot, text: &'static Text) -> Self {
        Self {
            token: String::new(),
            current_error: String::new(),
            new_error: String::new(),
            language: LANGUAGE.form(settings, text),
            public: PUBLIC.form(settings, text),
            zone: ZONE.form(settings, text),
            defaults: NEW_USERS.form(settings, text),
            sharing: APPS.form(settings, text),
        }
    }
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

/// The page; `change` puts what was typed or asked for into its forms.
pub fn page(view: &View<'_>, signed_in: &SignedIn, status: u16, change: impl FnOnce(&mut Forms)) -> Result<Reply> {
    let settings = view.app.settings()?;
    let sessions = sessions::rows(view, &signed_in.session().token_hash)?;
    let text = view.text;
    let mut forms = Forms::of(&settings, text);
    change(&mut forms);
    let frame = view
        .frame(text.common.settings, "settings")?
        .back_to("/settings")
        .wrong_with("current", text.settings.current, &forms.current_error)
        .wrong_with("new", text.sign_in.new_password, &forms.new_error)
        .refusing(&forms.language)
        .refusing(&forms.public)
        .refusing(&forms.zone)
        .refusing(&forms.defaults)
        .refusing(&forms.sharing);
    let page = SettingsPage {
        f: frame,
        t: text,
        notices: notices(view, &settings),
        least: MIN_PASSWORD_LENGTH,
        forms,
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
        zone_now: (view.text.preferences.zone_now)(&view.exactly(view.now())),
        zones: Zone::names(),
        other_sessions: sessions.len() > 1,
        sessions,
        events: changes::of_settings(view)?,
    };
    view.page(status, &page)
}
