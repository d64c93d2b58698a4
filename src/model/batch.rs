//! What is done to several users at once.

use super::{Date, User};

/// What is done to each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// He is let in.
    On,
    /// He is kept out.
    Off,
    /// His period is closed, and his counters begin at zero.
    Reset,
    /// His last day is a later one.
    Extend(Extension),
    /// He is removed.
    Delete,
    /// He is brought back.
    Restore,
}

/// By how much a last day moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    /// By that many days, counted from today if it is over already.
    Days(i32),
    /// To the same day of the next month, or its last one, counted likewise.
    Month,
    /// To that day.
    Until(Date),
}

impl Extension {
    /// The new last day of a user; who has none keeps none, unless a day was named.
    pub fn of(self, user: &User, today: Date) -> Option<Date> {
        let from = user.expires.map(|last| last.max(today));
        match self {
            Self::Days(days) => from.map(|from| from.plus_days(days)),
            Self::Month => from.map(Date::plus_month),
            Self::Until(date) => Some(date),
        }
    }
}
