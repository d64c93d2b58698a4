//! Forms that were not done as they were sent. They are kept for a while, in memory alone, so that the page that says
//! why can be looked at again: in another language, after going back, or once it has been loaded anew.

use super::{App, lock};
use crate::{
    error::Error,
    http::{Pairs, Request, Verb},
    model::Time,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// How long a form is kept, in seconds: half an hour.
const KEPT_TTL: Time = 1800;
/// The most forms that are kept of the admin, and of visitors who have not signed in.
const MAX_FORMS: usize = 64;
/// The most bytes of either.
const MAX_BYTES: usize = 1 << 20;
/// The characters of the word that names a form: 142 random bits.
const TOKEN_LETTERS: usize = 24;

/// What names a kept form in the address of its page.
pub const KEPT: &str = "kept";

/// Whose a form is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// The admin, by the token of the forms of their sign-in.
    Admin(String),
    /// A visitor of the sign-in page, by its cookie.
    Visitor(String),
}

/// A form that was sent.
pub struct Kept {
    /// Whose it is.
    pub keeper: Keeper,
    /// The address below the root that it was sent to.
    pub action: String,
    /// The path of the page that shows it.
    pub page: String,
    /// What was in it.
    pub form: Pairs,
    /// Why it was not done, if that is more than what its fields say.
    pub error: Option<Error>,
    /// When it was sent.
    pub at: Time,
}

impl Kept {
    fn bytes(&self) -> usize {
        let pairs = self.form.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        pairs + self.action.len() + self.page.len()
    }
}

/// Forms, each with the word that names it; the oldest first.
type Forms = Mutex<VecDeque<(String, Arc<Kept>)>>;

/// The forms of the admin and those of visitors, apart, so that these displace none of those.
#[derive(Default)]
pub struct KeptForms([Forms; 2]);

impl KeptForms {
    /// Forgets all of them.
    pub(super) fn forget(&self) {
        self.0.iter().for_each(|forms| lock(forms).clear());
    }

    /// Forgets those of a keeper.
    pub fn forget_those_of(&self, keeper: &Keeper) {
        lock(self.of(keeper)).retain(|(_, kept)| kept.keeper != *keeper);
    }

    fn of(&self, keeper: &Keeper) -> &Forms {
        &self.0[usize::from(matches!(keeper, Keeper::Visitor(_)))]
    }
}

impl App {
    /// Keeps a form, and returns the word that names it; `None` if it is too large.
    pub fn keep_form(&self, kept: Kept) -> Option<String> {
        if kept.bytes() > MAX_BYTES / 2 {
            return None;
        }
        let (token, now) = (self.letters(TOKEN_LETTERS), kept.at);
        let mut forms = lock(self.kept_forms.of(&kept.keeper));
        forms.retain(|(_, kept)| holds(kept, now));
        forms.push_back((token.clone(), Arc::new(kept)));
        while forms.len() > MAX_FORMS || forms.iter().map(|(_, kept)| kept.bytes()).sum::<usize>() > MAX_BYTES {
            forms.pop_front();
        }
        Some(token)
    }

    /// The form of that keeper that the address names, if it is still kept, and this is the page that shows it.
    pub fn kept_form(&self, keeper: &Keeper, request: &Request) -> Option<Arc<Kept>> {
        let token = request.query.get(KEPT).filter(|_| request.verb == Verb::Get)?;
        let forms = lock(self.kept_forms.of(keeper));
        let (_, kept) = forms.iter().find(|(known, _)| known == token)?;
        let is_shown = kept.keeper == *keeper && kept.page == request.path && holds(kept, request.now);
        is_shown.then(|| Arc::clone(kept))
    }
}

fn holds(kept: &Kept, now: Time) -> bool {
    (kept.at..kept.at + KEPT_TTL).contains(&now)
}
