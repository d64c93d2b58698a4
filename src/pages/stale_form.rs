//! A form that came too late for its sign-in: nothing of it is done, but what was typed is kept, to be sent again.

use super::{
    labels,
    origin::{local_path, target},
    prelude::*,
};
use crate::{
    auth,
    http::{Pairs, Verb},
};

/// The longest body that is kept, in bytes: it goes to the browser and back.
pub const MAX_STALE_FORM_BYTES: usize = 256 * 1024;
/// Where passwords are typed that are in no page.
const SECRET: [&str; 2] = ["/login", "/settings/password"];
/// What a page puts into its forms itself, or a button says.
const OURS: [&str; 10] = [auth::CSRF_FIELD, "once", "seen", "revision", "back", "act", "user", "on", "sure", "shown"];

#[derive(Template)]
#[template(path = "stale_form.html")]
struct StaleFormPage {
    f: Frame,
    t: &'static Text,
    action: String,
    fields: Vec<(String, String)>,
    /// What was typed or chosen, as far as it is worth to be looked at.
    typed: Vec<Typed>,
}

page!(StaleFormPage);

/// A value under the label of its field.
struct Typed {
    label: &'static str,
    value: String,
}

/// A form that can be sent again.
#[derive(Clone, Default)]
pub struct StaleForm {
    /// Where it was sent to, as the browser calls it; empty if there is none.
    pub action: String,
    /// Its fields as a query, without what belongs to a sign-in.
    pub form: String,
}

impl StaleForm {
    /// What `request` has sent, if that is a form of a page of ours with something typed in it.
    pub fn of(request: &Request) -> Option<Self> {
        let plain = request.boundary().is_none()
            && request.body.len() <= MAX_STALE_FORM_BYTES
            && !SECRET.contains(&&*request.path);
        if request.verb != Verb::Post || !is_ours(request) || !plain {
            return None;
        }
        Self::named(request, &request.at(&target(request)), &request.form().encode_with(&[(auth::CSRF_FIELD, "")]))
    }

    /// The one that a page was given to keep.
    pub fn named(request: &Request, action: &str, form: &str) -> Option<Self> {
        let action = local_path(request, action)?;
        let late = Self { action, form: form.to_owned() };
        late.is_typed().then_some(late)
    }

    /// The one that `view` shows again: it was kept as it came, or in the form of the sign-in that it waited for.
    pub fn kept(view: &View<'_>) -> Option<Self> {
        let (form, action) = (view.form(), view.kept_action());
        match action {
            "" => None,
            "/login" => Self::named(view.request, form.text("action"), form.text("form")),
            action => Self::named(view.request, &view.request.at(action), &form.encode_with(&[(auth::CSRF_FIELD, "")])),
        }
    }

    fn fields(&self) -> impl Iterator<Item = (String, String)> {
        Pairs::decode(self.form.as_bytes()).into_pairs().filter(|(name, _)| name != auth::CSRF_FIELD)
    }

    /// Whether there is anything in it that a person typed or chose.
    fn is_typed(&self) -> bool {
        self.fields().any(|(name, value)| is_typed(&name, &value))
    }

    fn typed(&self, view: &View<'_>) -> Result<Vec<Typed>> {
        let typed = Pairs::decode(self.form.as_bytes());
        let path = self.action.strip_prefix(&*view.request.root).unwrap_or_default();
        let known = labels::of_form(view, path, &typed)?;
        let mut rows: Vec<Typed> = Vec::new();
        for (name, value) in typed.iter().filter(|(name, value)| is_typed(name, value)) {
            match known.iter().find(|(of, ..)| *of == name) {
                Some((_, label, _)) if rows.iter().any(|row| row.label == *label) => {}
                Some((_, label, value)) => rows.push(Typed { label, value: value.clone() }),
                None => rows.push(Typed { label: labels::of_field(view.text, path, name), value: value.to_owned() }),
            }
        }
        Ok(rows)
    }

    /// The page that has it sent again, for the admin.
    pub fn page(&self, view: &View<'_>, status: u16) -> Result<Reply> {
        let page = StaleFormPage {
            f: view.frame(view.text.stale_form.title, "")?.back_to("/login"),
            t: view.text,
            action: self.action.clone(),
            fields: self.fields().collect(),
            typed: self.typed(view)?,
        };
        view.page(status, &page)
    }
}

fn is_typed(name: &str, value: &str) -> bool {
    !OURS.contains(&name) && !value.trim().is_empty()
}

/// Whether it is a page of ours that has sent it: another site's form does not bring the cookie, not even one that is
/// good no longer, and a browser that says where a form comes from is believed.
fn is_ours(request: &Request) -> bool {
    let host = request.header("host").unwrap_or_default();
    let stranger = |origin: &str| origin != "null" && origin.split_once("://").is_none_or(|(_, named)| named != host);
    let brings = |name| request.cookie(name).is_some_and(|cookie| !cookie.is_empty());
    // The second stays after signing out in another tab.
    (brings(auth::COOKIE) || brings(auth::KNOWN_COOKIE))
        && request.header("sec-fetch-site").is_none_or(|site| site == "same-origin")
        && !request.header("origin").is_some_and(stranger)
}
