//! Which users to show, in which order, and how many there are of each kind.

use super::{Date, State, Time};

/// Which users to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Part of a name, a note or a port; empty: all.
    pub search: String,
    /// Only this state; with [`State::Deleted`] the users removed after `removed_since`, else only users who are not
    /// removed.
    pub state: Option<State>,
    /// From when on removed users are shown.
    pub removed_since: Time,
    /// Only users who can connect and whose last day is this one or earlier.
    pub expires_by: Option<Date>,
    /// Only users who used something after this moment.
    pub active_since: Option<Time>,
    /// Only these users, by id.
    pub among: Option<Vec<i64>>,
    /// In which order.
    pub order: Order,
    /// The other way round.
    pub descending: bool,
    /// How many to leave out at the front.
    pub skip: i64,
    /// How many to show at the most.
    pub most: i64,
}

/// What users are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Their name.
    #[default]
    Name,
    /// Their port.
    Port,
    /// What they uploaded.
    Uploaded,
    /// What they downloaded.
    Downloaded,
    /// Both together.
    Total,
    /// When they last used anything.
    LastUsed,
    /// Their last day; without one they come after all others.
    Expires,
    /// When they were added.
    Added,
}

/// How many days ahead a user is said to expire soon.
pub const SOON_DAYS: i32 = 7;

/// How many users there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Census {
    /// How many of them are on, off, expired and over their quota.
    pub states: [i64; 4],
    /// How many were removed and can be restored.
    pub removed: i64,
    /// How many can connect and expire within [`SOON_DAYS`].
    pub soon: i64,
    /// Time of last use, of the users who were active recently.
    pub recent: Vec<Time>,
}

impl Census {
    /// How many there are in that state; `None`: all who are not removed.
    pub fn count(&self, state: Option<State>) -> i64 {
        let [on, off, expired, over] = self.states;
        match state {
            None => on + off + expired + over,
            Some(State::On) => on,
            Some(State::Off) => off,
            Some(State::Expired) => expired,
            Some(State::OverQuota) => over,
            Some(State::Deleted) => self.removed,
        }
    }

    /// How many used something after `since`.
    pub fn used_since(&self, since: Time) -> usize {
        self.recent.iter().filter(|t| **t > since).count()
    }
}
