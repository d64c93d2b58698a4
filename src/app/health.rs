//! Whether the database can be written, for a health check that may come at any time.

use super::{App, lock};
use crate::model::Time;
use std::sync::Mutex;

/// How long a successful write counts as proof, in seconds.
const HEALTH_TTL: Time = 5;

/// The last known state.
#[derive(Default)]
pub(super) struct Health(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// When a write last succeeded, unless one has failed since.
    well: Option<Time>,
    /// Since when a check is trying to write, if one is.
    trying: Option<Time>,
    /// Whether a write failed, and none has succeeded since.
    failed: bool,
    /// How many writes failed.
    doubts: u64,
}

impl App {
    /// Whether the database can be written; a success counts for 5 s. One check at a time tries, and the others get the
    /// last known state, so that health checks do not occupy workers while writing has to wait.
    pub fn is_writable(&self, now: Time) -> bool {
        let Health(known) = &self.health;
        let mut before = lock(known);
        if before.well.is_some_and(|at| (at..at + HEALTH_TTL).contains(&now)) {
            return true;
        }
        if let Some(since) = before.trying {
            // A check that waits for a slow disk is no failure yet.
            return !before.failed && (since..since + HEALTH_TTL).contains(&now);
        }
        before.trying = Some(now);
        let doubts = before.doubts;
        // A failing write reports itself here, and this write may wait for that one.
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

    /// Notes that a write failed.
    pub fn doubt_writing(&self) {
        let mut known = lock(&self.health.0);
        known.well = None;
        known.failed = true;
        known.doubts += 1;
    }
}

/// A check that tries to write. Dropping it, also in a panic, lets the next one try.
struct Trying<'a>(&'a Mutex<Known>);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        lock(self.0).trying = None;
    }
}
