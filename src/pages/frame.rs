//! What all pages share: the frame around them, their headers, and the addresses in them.

use super::{
    assets::{ICON, SCRIPT, STYLE},
    flash::{self, FlashMessage},
    language, theme,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Result},
    http::{Reply, Request, Verb},
    model::{Date, Time, Zone},
    text::{Text, isolated},
};
use askama::Template;
use std::sync::Arc;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'; script-src 'self'";

/// The characters of the word in a form: 95 random bits.
const ONCE_LETTERS: usize = 16;

/// What a template needs for the frame.
pub struct Frame {
    /// What stands before every path.
    pub root: Arc<str>,
    /// What the browser's tab says.
    pub title: String,
    /// Which entry of the navigation this is under.
    pub section: &'static str,
    /// Whether the reader is the admin.
    pub signed_in: bool,
    /// What each form has to bring along; empty for a stranger.
    pub csrf: String,
    /// A word by which a form is known again when it is sent twice.
    pub once: String,
    /// What has just been done.
    pub flash: Option<FlashMessage>,
    /// Where the language button comes back to; empty: the start page.
    pub back: String,
    /// `light` or `dark` if that was chosen; empty: as the system has it.
    pub theme: &'static str,
    /// The address of the style sheet.
    pub style: String,
    /// The address of the script.
    pub script: String,
    /// The address of the icon.
    pub icon: String,
    /// The version of the program.
    pub version: &'static str,
}

/// Who looks, in which language and when: all that a page needs beside what it is about.
pub struct View<'a> {
    /// What the handlers share.
    pub app: &'a App,
    /// What was asked.
    pub request: &'a Request,
    /// The sentences in his language.
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

    /// A view of somebody who has not signed in.
    pub fn anonymous(app: &'a App, request: &'a Request) -> Self {
        Self { app, request, text: language::of(app, request).text(), zone: Zone::utc(), csrf: None }
    }

    /// Whether the admin looks.
    pub fn is_admin(&self) -> bool {
        self.csrf.is_some()
    }

    /// When it is.
    pub fn now(&self) -> Time {
        self.request.now
    }

    /// The day on which it is.
    pub fn today(&self) -> Date {
        self.zone.date(self.now())
    }

    /// A frame, for a page that is also to be had at the address that was asked for.
    pub fn frame(&self, title: impl Into<String>, section: &'static str) -> Frame {
        let query = self.request.query.encode();
        let asked = if query.is_empty() { self.request.path.clone() } else { format!("{}?{query}", self.request.path) };
        let shown = self.request.verb == Verb::Get;
        let back = if shown {
            local_path(self.request, &self.request.at(&asked)).unwrap_or_else(|| self.request.at("/"))
        } else {
            String::new()
        };
        Frame {
            root: Arc::clone(&self.request.root),
            title: isolated(&title.into()),
            section,
            signed_in: self.csrf.is_some(),
            csrf: self.csrf.unwrap_or_default().to_owned(),
            once: if self.csrf.is_some() { self.app.letters(ONCE_LETTERS) } else { String::new() },
            flash: if shown { flash::read(self) } else { None },
            back,
            theme: theme::of(self.request),
            style: self.request.at(&STYLE.path),
            script: self.request.at(&SCRIPT.path),
            icon: self.request.at(&ICON.path),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// The page as an answer.
    pub fn page(&self, status: u16, page: &impl Template) -> Result<Reply> {
        let html = page.render().map_err(|error| Error::internal(error.to_string()))?;
        let reply = with_security_headers(Reply::html(status, html));
        let told =
            self.request.verb == Verb::Get && self.request.cookie(flash::COOKIE).is_some_and(|key| !key.is_empty());
        Ok(if told { reply.with("Set-Cookie", flash::clear(self.request)) } else { reply })
    }
}

impl Frame {
    /// With another address for the language button to come back to, for pages that answer a form.
    #[must_use]
    pub fn back_to(mut self, path: &str) -> Self {
        if self.back.is_empty() {
            self.back = format!("{}{path}", self.root);
        }
        self
    }
}

/// With the headers that every page has.
pub fn with_security_headers(reply: Reply) -> Reply {
    reply
        .with("Content-Security-Policy", POLICY)
        .with("X-Content-Type-Options", "nosniff")
        .with("X-Frame-Options", "DENY")
        .with("Referrer-Policy", "no-referrer")
        .with("Cache-Control", "no-store")
}

/// An address that somebody else named, if it surely lies on this panel.
pub fn local_path(request: &Request, address: &str) -> Option<String> {
    let rest = address.strip_prefix(&*request.root)?;
    let safe = rest.starts_with('/')
        && !rest.starts_with("//")
        && rest.len() <= 1000
        && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    safe.then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_are_local() {
        let mut request = Request::new(Verb::Get, "/");
        for good in ["/", "/users?q=a%20b&page=2", "/users/3"] {
            assert!(local_path(&request, good).is_some(), "{good}");
        }
        for bad in
            ["", "users", "//evil.example", "/\\evil.example", "https://evil.example/", "/a\r\nX: y", "/ü", "/a b"]
        {
            assert!(local_path(&request, bad).is_none(), "{bad}");
        }
        request.root = "/panel".into();
        assert!(local_path(&request, "/panel/users").is_some());
        for bad in ["/users", "/panel", "/panels/users", "/panel//evil.example"] {
            assert!(local_path(&request, bad).is_none(), "{bad}");
        }
    }
}
