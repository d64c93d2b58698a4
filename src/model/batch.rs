//! What is done to users, one or several, and what it takes to undo it.

use super::{Bytes, Date, Method, Password, Time, Usage, User};

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
    /// The quota grows by so much.
    AddQuota(Bytes),
    /// The cipher becomes another one.
    SetMethod(Method),
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
    /// To that day, also of a user whose days count from the first use.
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

/// What an action came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The users that it changed, as they were before.
    pub changed: Vec<Before>,
    /// How many it left as they were: they are so already, or lack what it would change.
    pub skipped: i64,
}

/// A user as they were before an action, as far as actions change them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The user.
    pub id: i64,
    /// The revision that the action left: undone is only what nothing came after.
    pub revision: i64,
    /// Whether the user was switched on.
    pub switch: bool,
    /// The quota.
    pub quota: Option<Bytes>,
    /// The last day.
    pub expires: Option<Date>,
    /// The days from the first use, if the last day was to come of them.
    pub valid_days: Option<i32>,
    /// The cipher.
    pub method: Method,
    /// The password.
    pub password: Password,
    /// Whether the user was removed.
    pub deleted: Option<Time>,
    /// What was in the counters, if they were reset: since when, until when, how much.
    pub reset: Option<(Time, Time, Usage)>,
}

impl Before {
    /// The state of `user`, to be completed by what is done to them.
    pub fn of(user: &User) -> Self {
        Self {
            id: user.id,
            revision: user.revision,
            switch: user.switch,
            quota: user.quota,
            expires: user.expires,
            valid_days: user.terms.valid_days,
            method: user.method,
            password: user.password.clone(),
            deleted: user.deleted,
            reset: None,
        }
    }
}
