//! How far long work is.

use std::sync::Arc;

/// What long work is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading what was sent.
    Reading,
    /// Looking whether a database is sound.
    Checking,
    /// Copying the present database before another takes its place.
    Keeping,
    /// Copying a database.
    Copying,
    /// Adding users.
    Adding,
    /// Writing a list of users.
    Listing,
}

/// How far long work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is at.
    pub stage: Stage,
    /// How much of that is done.
    pub done: u64,
    /// How much there is to do; 0 if that is not known.
    pub of: u64,
}

/// Is told how far long work is, often.
pub type Tell = Arc<dyn Fn(Progress) + Send + Sync>;

impl Progress {
    /// The beginning of something of which it is not known how much there is.
    pub const fn at(stage: Stage) -> Self {
        Self { stage, done: 0, of: 0 }
    }

    /// The whole percents that are done, if that is known.
    pub fn percent(self) -> Option<u64> {
        (self.of > 0).then(|| self.done.min(self.of).saturating_mul(100) / self.of)
    }
}

/// Progress that is not shown.
pub fn untold() -> Tell {
    Arc::new(|_| ())
}
