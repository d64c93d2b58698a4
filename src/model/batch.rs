//! What is done to several users at once.

use super::{Date, User};

/// What is done to each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Let in.
    On,
    /// Kept out.
    Off,
    /// The period is closed, and the counters begin at zero.
    Reset,
    /// The last day moves.
    Extend(Extension),
    /// Removed.
    Delete,
    /// Brought back.
    Restore,
}

/// By how much a last day moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    /// By that many days, counted from today if it has passed.
    Days(i32),
    /// To the same day of the next month, or its last one, counted likewise.
    Month,
    /// To that day.
    Until(Date),
}

impl Extension {
    /// The new last day of a user. One without a last day gets one only if a day is named.
    pub fn of(self, user: &User, today: Date) -> Option<Date> {
        let from = user.expires.map(|last| last.max(today));
        match self {
            Self::Days(days) => from.map(|from| from.plus_days(days)),
            Self::Month => from.map(Date::plus_month),
            Self::Until(date) => Some(date),
        }
    }
}
