//! What nodes report, and what is kept of it.

use super::{Bytes, Time, Zone};
use crate::error::Fault;

/// What one node reports in one request.
#[derive(Debug, Clone)]
pub struct Report {
    /// The node, which may be new.
    pub node: i64,
    /// The rows that can be used.
    pub rows: Vec<Row>,
    /// The rows that cannot.
    pub skipped: LeftOut,
    /// The zone in which days begin.
    pub zone: Zone,
    /// Whether it has to close the periods that have ended itself, since that has not been done yet.
    pub closing: bool,
}

/// An Idempotency-Key: with the same one at the same address, a report is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What was called, and of which node.
    pub call: String,
    /// The key.
    pub name: String,
}

/// What one user used, in bytes as the node counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The user's id.
    pub user: i64,
    /// Uploaded.
    pub u: i64,
    /// Downloaded.
    pub d: i64,
}

/// The rows of a report that were left out: the first ones are named, the others counted, so that the answer stays
/// short.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// The first [`LeftOut::MAX_NAMED`] of them.
    pub named: Vec<Skipped>,
    /// How many more there are.
    pub more: usize,
}

impl LeftOut {
    /// How many are named.
    pub const MAX_NAMED: usize = 1000;

    /// Names at most so many of them, and counts the others.
    pub fn name_at_most(&mut self, most: usize) {
        self.more += self.named.len().saturating_sub(most);
        self.named.truncate(most);
    }

    /// One more.
    pub fn push(&mut self, skipped: impl FnOnce() -> Skipped) {
        if self.named.len() < Self::MAX_NAMED { self.named.push(skipped()) } else { self.more += 1 }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.named.len() + self.more
    }
}

/// What becomes of a report or a row of it. A refusal is no error: that there was one is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<T> {
    /// It counts.
    Accepted(T),
    /// It does not, and why.
    Refused(Fault),
}

impl<T> Verdict<T> {
    /// Applies `make` to what was accepted.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Verdict<U> {
        match self {
            Self::Accepted(value) => Verdict::Accepted(make(value)),
            Self::Refused(fault) => Verdict::Refused(fault),
        }
    }
}

/// A row of a report that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// What stood as its `user_id`, as JSON.
    pub user_id: String,
    /// What was wrong.
    pub why: Fault,
}

/// A sum of what was sent and received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Uploaded.
    pub u: Bytes,
    /// Downloaded.
    pub d: Bytes,
}

impl Usage {
    /// Both together.
    pub fn total(self) -> Bytes {
        self.u.plus(self.d)
    }

    /// With another one added.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { u: self.u.plus(other.u), d: self.d.plus(other.d) }
    }
}

/// What was used in one hour as reported, or in the part of it that belongs to one day; three months later, in one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// Its first second.
    pub hour: Time,
    /// How much.
    pub usage: Usage,
}

/// A closed accounting period of a user, as counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first second.
    pub started: Time,
    /// The second at which the next one began.
    pub ended: Time,
    /// How much.
    pub usage: Usage,
}
