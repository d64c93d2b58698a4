//! What nodes are told about a user, and whether the user is let in.

use super::{Bytes, Date, Method, Time, Usage, terms::stored_allows};

/// Whether a user is let in, and if not, the first reason why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Let in.
    On,
    /// Switched off by the admin.
    Off,
    /// The last day has passed.
    Expired,
    /// The quota is used up.
    OverQuota,
    /// Removed.
    Deleted,
}

/// A user as nodes are told, borrowed from the row: lists of thousands are made all the time. The fields are those of
/// [`User`](super::User).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are described there")]
pub struct Listed<'a> {
    pub id: i64,
    pub name: &'a str,
    pub password: &'a str,
    pub port: u16,
    pub method: Method,
    pub used: Usage,
    pub quota: Option<Bytes>,
    pub t: Time,
    pub switch: bool,
    pub expires: Option<Date>,
    pub uuid: &'a str,
    pub deleted: Option<Time>,
    /// The nodes that the user may use, as stored.
    pub nodes: Option<&'a str>,
    pub speed: u32,
    pub devices: u32,
}

impl Listed<'_> {
    /// Whether the user may use that node at all.
    pub fn may_use(&self, node: i64) -> bool {
        stored_allows(self.nodes, node)
    }

    /// Whether the user is let in on the day `today`.
    pub fn state(&self, today: Date) -> State {
        if self.deleted.is_some() {
            State::Deleted
        } else if !self.switch {
            State::Off
        } else if self.expires.is_some_and(|last| last < today) {
            State::Expired
        } else if self.quota.is_some_and(|quota| self.used.total() >= quota) {
            State::OverQuota
        } else {
            State::On
        }
    }
}
