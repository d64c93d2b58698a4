//! Forms that were sent twice: the second time nothing is done again.

use super::lock;
use crate::{error::Result, model::Time};
use std::{collections::HashMap, sync::Mutex};

/// How long a form that was sent is remembered: an hour.
const SECONDS: Time = 3600;
/// How many are remembered.
const MOST: usize = 1000;

/// What came of each form, by the word in it.
#[derive(Default)]
pub struct Once(Mutex<HashMap<String, (Time, i64)>>);

impl Once {
    /// Forgets all of them.
    pub(super) fn forget(&self) {
        lock(&self.0).clear();
    }

    /// Does what a form asks for and remembers what came of it; a form with the same word gets that, and nothing is done.
    /// Who sends it again meanwhile waits.
    pub fn or_again(&self, word: &str, now: Time, make: impl FnOnce() -> Result<i64>) -> Result<i64> {
        if word.is_empty() || word.len() > 64 {
            return make();
        }
        let mut known = lock(&self.0);
        if let Some((_, outcome)) = known.get(word) {
            return Ok(*outcome);
        }
        let outcome = make()?;
        known.retain(|_, (at, _)| (*at..*at + SECONDS).contains(&now));
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(word.to_owned(), (now, outcome));
        Ok(outcome)
    }
}
