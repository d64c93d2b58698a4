//! A form that was refused is shown again by looking at its page, so that going back, another language and loading
//! anew lose nothing. Programs, which ask for no HTML, are answered at once.

use super::{origin::target, prelude::*, reply::redirect};
use crate::{
    app::{KEPT, Kept},
    http::{Pairs, Verb},
};

impl View<'_> {
    /// Where the kept form that is shown was sent to; empty if none is.
    pub fn kept_action(&self) -> &str {
        self.kept.as_ref().map_or("", |kept| &kept.action)
    }

    /// Whether a kept form is only shown.
    pub fn is_shown_again(&self) -> bool {
        self.kept.is_some()
    }

    /// What was typed: in the form that is sent, or in the one that was kept.
    pub fn form(&self) -> &Pairs {
        self.kept.as_ref().map_or_else(|| self.request.form(), |kept| &kept.form)
    }

    /// The view of a form that is kept, but for the fields `secrets`, if it comes to a page instead of being done.
    #[must_use]
    pub fn keeping(mut self, secrets: &'static [&'static str]) -> Self {
        self.keeps = Some(secrets);
        self
    }

    /// Where a form leads that would change nothing, which is told unless it is only shown.
    pub fn unchanged(&self, location: &str) -> Reply {
        match self.kept {
            Some(_) => redirect(location),
            None => flash::redirect(self.request, Flash::Unchanged, 0, location),
        }
    }

    /// Does what a form asks for. Where a kept form is only shown, nothing is done, and it is refused as it was.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn write<T>(&self, write: impl FnOnce() -> Result<T>) -> Result<T> {
        if let Some(kept) = &self.kept {
            let error = kept.error.as_ref().and_then(Error::repeated);
            return Err(error.unwrap_or(Error::Conflict(Fault::NotSaved)));
        }
        let written = write();
        self.error.replace(written.as_ref().err().and_then(Error::repeated));
        written
    }

    /// What a form that comes to the page at `back` is answered, if it can be kept: that page, which shows it.
    pub(super) fn keep(&self, back: &str) -> Option<Reply> {
        let request = self.request;
        let wants_page = request.header("accept").is_some_and(|accept| accept.contains("text/html"));
        let secrets = self.keeps.filter(|_| request.verb == Verb::Post && wants_page)?;
        let path = back.strip_prefix(&*request.root)?.split(['?', '#']).next().filter(|path| !path.is_empty())?;
        let form = request.form().without(secrets);
        let (keeper, error) = (self.keeper.clone()?, self.error.take());
        let (action, page) = (target(request), path.to_owned());
        let token = self.app.keep_form(Kept { keeper, action, page, form, error, at: request.now })?;
        let mark = if back.contains('?') { '&' } else { '?' };
        Some(redirect(&format!("{back}{mark}{KEPT}={token}")))
    }
}
