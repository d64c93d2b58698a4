//! Who looks at a page, in which language and when.

use super::language;
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Result},
    http::Request,
    model::{Date, Time, Zone},
    text::Text,
};

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
    csrf: Option<&'a str>,
}

impl<'a> View<'a> {
    /// A view of the admin.
    pub fn admin(app: &'a App, signed_in: &'a SignedIn, request: &'a Request) -> Result<Self> {
        let zone = app.settings()?.zone.clone();
        Ok(Self { app, request, text: language::of(app, request).text(), zone, csrf: Some(signed_in.csrf()) })
    }

    /// A view of a reader who has not signed in.
    pub fn anonymous(app: &'a App, request: &'a Request) -> Self {
        Self { app, request, text: language::of(app, request).text(), zone: Zone::utc(), csrf: None }
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
