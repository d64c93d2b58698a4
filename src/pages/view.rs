//! Who looks at a page, in which language and when.

use super::{language, origin};
use crate::{
    app::{App, Keeper, Kept},
    auth::SignedIn,
    error::{Error, Result},
    http::Request,
    model::{Date, Time, Zone},
    store::Setting,
    text::Text,
};
use std::{cell::RefCell, sync::Arc};

/// All that a page needs beside what it is about.
pub struct View<'a> {
    /// What the handlers share.
    pub app: &'a App,
    /// What was asked.
    pub request: &'a Request,
    /// The sentences in the reader's language.
    pub text: &'static Text,
    /// The zone in which days begin.
    pub zone: Zone,
    /// The public address of the panel, if it is set.
    pub public: Option<String>,
    csrf: Option<&'a str>,
    /// Whose form is kept; `None`: none is.
    pub(super) keeper: Option<Keeper>,
    /// Whether a form that comes to a page is kept, and without which fields.
    pub(super) keeps: Option<&'static [&'static str]>,
    /// The kept form that is shown.
    pub(super) kept: Option<Arc<Kept>>,
    /// Why what was last tried was not done.
    pub(super) error: RefCell<Option<Error>>,
}

impl<'a> View<'a> {
    /// A view of the admin.
    pub fn admin(app: &'a App, signed_in: &'a SignedIn, request: &'a Request) -> Result<Self> {
        let mut view = Self::anonymous(app, request);
        view.csrf = Some(signed_in.csrf());
        view.of_keeper(Keeper::Admin(signed_in.csrf().to_owned())).with_settings()
    }

    /// With the zone and the public address that are set.
    pub fn with_settings(mut self) -> Result<Self> {
        let settings = self.app.settings()?;
        self.zone = settings.zone.clone();
        self.public = settings.get(Setting::PublicAddress).map(str::to_owned);
        Ok(self)
    }

    /// A view of a reader who has not signed in.
    pub fn anonymous(app: &'a App, request: &'a Request) -> Self {
        Self {
            app,
            request,
            text: language::of(app, request).text(),
            zone: Zone::utc(),
            public: None,
            csrf: None,
            keeper: None,
            keeps: None,
            kept: None,
            error: RefCell::default(),
        }
    }

    /// The view of a reader whose forms can be kept, with the one that the address names.
    #[must_use]
    pub(super) fn of_keeper(mut self, keeper: Keeper) -> Self {
        self.kept = self.app.kept_form(&keeper, self.request);
        self.keeper = Some(keeper);
        self
    }

    /// The whole address of a path of ours: below the public address, or else as the reader reached the panel.
    pub fn url(&self, path: &str) -> String {
        match &self.public {
            Some(public) => format!("{public}{path}"),
            None => origin::url(self.request, path),
        }
    }

    /// The address of `path` with the query of this page, but for what is given: a name and its value, empty for none.
    pub fn link(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let query = self.request.query.encode_with(changes);
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{path}{mark}{query}", self.request.root)
    }

    /// Whether such an address leads to the panel on this machine alone.
    pub fn is_loopback(&self) -> bool {
        match &self.public {
            Some(public) => origin::is_loopback_url(public),
            None => origin::is_loopback(self.request),
        }
    }

    /// Whether the admin looks.
    pub fn is_admin(&self) -> bool {
        self.csrf.is_some()
    }

    /// The token that each form of the admin brings along; empty for others.
    pub fn csrf(&self) -> &str {
        self.csrf.unwrap_or_default()
    }

    /// When it is.
    pub fn now(&self) -> Time {
        self.request.now
    }

    /// The day on which it is.
    pub fn today(&self) -> Date {
        self.zone.date(self.now())
    }

    /// An error in words, without a capital and a full stop.
    pub fn error_words(&self, error: &Error) -> String {
        match error {
            Error::Invalid(fault) | Error::Conflict(fault) | Error::Busy(fault) => (self.text.fault)(fault),
            Error::Unauthorized => self.text.unauthorized.to_owned(),
            Error::NotFound => self.text.not_found.to_owned(),
            Error::Internal(_) => self.text.internal.to_owned(),
        }
    }
}
