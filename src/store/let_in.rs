//! Which users are let in, in SQL: what [`Listed::state`](crate::model::Listed::state) says in Rust.

use crate::model::State;

/// Whether the quota is used up. `u` and `d` may each be as large as a number can be, so they are not added.
macro_rules! over_quota {
    () => {
        "u >= quota - d"
    };
}

/// Whether the last day has passed, on `:today`.
macro_rules! expired {
    () => {
        "expires < :today"
    };
}

/// Whether the quota is used up.
pub(super) const OVER_QUOTA: &str = over_quota!();

/// Whether the last day has passed, with `:today`.
pub(super) const EXPIRED: &str = expired!();

/// The [`number`] of the state of a user who is not removed, with `:today`.
pub(super) const STATE: &str =
    concat!("CASE WHEN switch = 0 THEN 1 WHEN ", expired!(), " THEN 2 WHEN ", over_quota!(), " THEN 3 ELSE 0 END");

/// The number that [`STATE`] gives a state; no user who is not removed has that of the removed.
pub(super) const fn number(state: State) -> usize {
    match state {
        State::On => 0,
        State::Off => 1,
        State::Expired => 2,
        State::OverQuota => 3,
        State::Deleted => 4,
    }
}
