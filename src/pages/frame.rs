//! The frame around every page.

use super::{
    assets::{ICON, SCRIPT, STYLE},
    flash,
    flash_message::{self, FlashMessage},
    form::{Form, Input},
    origin::{local_path, target},
    reply::with_security_headers,
    theme,
    view::View,
};
use crate::{
    error::{Error, Result},
    http::{Reply, Verb},
    text::{Text, isolated},
};
use askama::Template;
use std::sync::Arc;

/// The characters of the word in a form: 95 random bits.
const ONCE_LETTERS: usize = 16;

/// A page: what stands in the frame, which is rendered apart, so that its code is there once.
pub trait Page: Template {
    /// What the frame needs.
    fn frame(&self) -> &Frame;
    /// The sentences in the language of the page.
    fn text(&self) -> &'static Text;
}

/// Makes a page of a struct with the fields `f` and `t`.
macro_rules! page {
    ($name:ty) => {
        impl $crate::pages::frame::Page for $name {
            fn frame(&self) -> &$crate::pages::frame::Frame {
                &self.f
            }

            fn text(&self) -> &'static $crate::text::Text {
                self.t
            }
        }
    };
}
pub(super) use page;

#[derive(Template)]
#[template(path = "base.html")]
struct Whole<'a> {
    f: &'a Frame,
    t: &'static Text,
    main: String,
}

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
    /// What each form has to bring along; empty for others.
    pub csrf: String,
    /// A word by which a form is known again when it is sent twice.
    pub once: String,
    /// What has just been done.
    pub flash: Option<FlashMessage>,
    /// Why what was sent was not done, if that is about no field in particular.
    pub general: String,
    /// What is wrong with the fields of what was sent.
    pub wrong: Vec<Wrong>,
    /// Where the language button comes back to; empty: the start page.
    pub back: String,
    /// Whether the page answers a form, so that going back to it would send that again.
    pub answers: bool,
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

impl View<'_> {
    /// A frame, with the message about what has just been done.
    ///
    /// # Errors
    /// If the database cannot tell whom that was done to.
    pub fn frame(&self, title: impl Into<String>, section: &'static str) -> Result<Frame> {
        let flash = if self.request.verb == Verb::Get { flash_message::message(self)? } else { None };
        Ok(Frame { flash, ..self.plain_frame(title, section) })
    }

    /// A frame that needs no database.
    pub fn plain_frame(&self, title: impl Into<String>, section: &'static str) -> Frame {
        let shown = self.request.verb == Verb::Get;
        let here = || {
            local_path(self.request, &self.request.at(&target(self.request))).unwrap_or_else(|| self.request.at("/"))
        };
        Frame {
            root: Arc::clone(&self.request.root),
            title: isolated(&title.into()).into_owned(),
            section,
            signed_in: self.is_admin(),
            csrf: self.csrf().to_owned(),
            once: if self.is_admin() { self.app.letters(ONCE_LETTERS) } else { String::new() },
            flash: None,
            general: String::new(),
            wrong: Vec::new(),
            back: if shown { here() } else { String::new() },
            answers: !shown,
            theme: theme::of(self.request),
            style: self.request.at(&STYLE.path),
            script: self.request.at(&SCRIPT.path),
            icon: self.request.at(&ICON.path),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// The page as an answer.
    pub fn page(&self, status: u16, page: &impl Page) -> Result<Reply> {
        if let Some(shown_again) = self.keep(&page.frame().back) {
            return Ok(shown_again);
        }
        let html = page.render().and_then(|main| Whole { f: page.frame(), t: page.text(), main }.render());
        let html = html.map_err(|error| Error::internal(error.to_string()))?;
        let reply = with_security_headers(Reply::html(status, html));
        let shown = self.request.verb == Verb::Get && flash::is_set(self.request);
        Ok(if shown { reply.with("Set-Cookie", flash::clear(self.request)) } else { reply })
    }
}

/// What is wrong with a field, said above everything, since the field may be further down.
pub struct Wrong {
    /// The field.
    pub id: String,
    /// What it is called.
    pub label: &'static str,
    /// What is wrong with it.
    pub words: String,
}

impl Frame {
    /// With what stands in the way of a form that was sent.
    #[must_use]
    pub fn refusing<T>(self, form: &Form<T>) -> Self {
        let general = if form.general.is_empty() { self.general } else { form.general.clone() };
        let wrong = |frame: Self, input: &Input| {
            let words = if input.error.is_empty() { &input.saved } else { &input.error };
            frame.wrong_with(&input.id, input.label, words)
        };
        form.inputs.iter().fold(Self { general, ..self }, wrong)
    }

    /// With what is wrong with a field; nothing if that is empty.
    #[must_use]
    pub fn wrong_with(mut self, id: &str, label: &'static str, words: &str) -> Self {
        if !words.is_empty() {
            self.wrong.push(Wrong { id: id.to_owned(), label, words: words.to_owned() });
        }
        self
    }

    /// With another address for the language button to come back to, for pages that answer a form.
    #[must_use]
    pub fn back_to(mut self, path: &str) -> Self {
        if self.back.is_empty() {
            self.back = format!("{}{path}", self.root);
        }
        self
    }
}
