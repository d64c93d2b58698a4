//! Whether the database can be written, which anybody may ask at any time.

use super::{App, lock};
use crate::model::Time;
use std::sync::Mutex;

/// How long it is believed that the database can be written, in seconds.
const HEALTH_TTL: Time = 5;

/// What is known of it.
#[derive(Default)]
pub(super) struct Health(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// When it was found that it can be written, unless somebody could not since.
    well: Option<Time>,
    /// Since when somebody is trying, if somebody is.
    trying: Option<Time>,
    /// Whether somebody could not, and nobody could since.
    failed: bool,
    /// How often somebody could not write.
    doubts: u64,
}

impl App {
    /// Whether the database can be written. That it could is believed for 5 s. One asker at a time tries, and the others are told what
    /// is known, so that those who ask take nobody's place while writing has to wait.
    pub fn is_writable(&self, now: Time) -> bool {
        let Health(known) = &self.health;
        let mut before = lock(known);
        if before.well.is_some_and(|at| (at..at + HEALTH_TTL).contains(&now)) {
            return true;
        }
        if let Some(since) = before.trying {
            // Whoever waits for a disk that does not answer is not told that it failed.
            return !before.failed && (since..since + HEALTH_TTL).contains(&now);
        }
        before.trying = Some(now);
        let doubts = before.doubts;
        // Whoever tells another that he could not write comes by here, and this write may wait for him.
        drop(before);
        let _trying = Trying(known);
        let tried = self.store.probe(now);
        if let Err(error) = &tried {
            log::warn!("the database cannot be written: {error}");
        }
        let mut after = lock(known);
        after.failed = tried.is_err() || after.doubts != doubts;
        after.well = (!after.failed).then_some(now);
        tried.is_ok()
    }

    /// Believes no longer that the database can be written: somebody could not.
    pub fn doubt_writing(&self) {
        let mut known = lock(&self.health.0);
        known.well = None;
        known.failed = true;
        known.doubts += 1;
    }
}

/// Somebody who tries. Whatever befalls him, another can try after him.
struct Trying<'a>(&'a Mutex<Known>);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        lock(self.0).trying = None;
    }
}
