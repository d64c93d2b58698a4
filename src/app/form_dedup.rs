//! Forms that were sent twice: the second time nothing is done again, and the answer is that of the first time.

use super::{KEPT, lock, restore};
use crate::{
    error::Result,
    http::{Reply, Request},
    model::Time,
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// The field of a form that carries its random id, by which a repeat is recognised.
const FIELD: &str = "once";
/// How long a form that was sent is remembered: an hour.
const FORM_TTL: Time = 3600;
/// How many are remembered.
const MAX_FORMS: usize = 1000;

/// What came of each form, by all that was in it. While one is being dealt with its own lock is held, and no other.
#[derive(Default)]
pub struct FormDedup(Mutex<HashMap<[u8; 32], (Time, Outcome)>>);

type Outcome = Arc<Mutex<Option<Reply>>>;

impl FormDedup {
    /// Forgets all of them.
    pub(super) fn forget(&self) {
        lock(&self.0).clear();
    }

    /// Does what a form asks for, or answers as before if the very same one has been dealt with. A form that comes back
    /// to be mended counts as not dealt with, and one without the field is never recognised. A repeat that arrives
    /// meanwhile waits.
    pub fn run_once(&self, request: &Request, make: impl FnOnce() -> Result<Reply>) -> Result<Reply> {
        if request.form().text(FIELD).is_empty() {
            return make();
        }
        let outcome = self.outcome(request);
        let mut known = lock(&outcome);
        if let Some(reply) = &*known {
            return Ok(reply.clone());
        }
        let reply = make()?;
        let comes_back = reply.header("Location").is_some_and(|to| to.contains(&format!("{KEPT}=")));
        if reply.status == 303 && !comes_back {
            *known = Some(reply.clone());
        }
        Ok(reply)
    }

    fn outcome(&self, request: &Request) -> Outcome {
        let mut hash = Sha256::new();
        hash.update(&request.path);
        hash.update([0]);
        hash.update(request.query.encode());
        hash.update([0]);
        // The whole form: after going back in the browser, the same form with other values is a new one.
        if request.boundary().is_some() {
            // The boundary between the parts differs each time it is sent.
            for (name, value) in request.form().iter() {
                hash.update(name);
                hash.update([0]);
                hash.update(value);
                hash.update([0]);
            }
            hash.update(request.chosen(restore::FIELD).ok().flatten().unwrap_or_default());
        } else {
            hash.update(&**request.body);
        }
        let now = request.now;
        let mut known = lock(&self.0);
        known.retain(|_, (at, _)| (*at..*at + FORM_TTL).contains(&now));
        if known.len() >= MAX_FORMS {
            known.clear();
        }
        Arc::clone(&known.entry(hash.finalize().into()).or_insert_with(|| (now, Outcome::default())).1)
    }
}
