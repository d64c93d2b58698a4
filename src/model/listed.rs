//! What nodes are told of a user, and whether he is let in.

use super::{Bytes, Date, Method, Time, Usage};

/// Whether a user is let in, and if not, the first reason why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// He is let in.
    On,
    /// The admin switched him off.
    Off,
    /// His last day is over.
    Expired,
    /// He has used what he may.
    OverQuota,
    /// He was removed.
    Deleted,
}

/// A user as nodes are told of him, without copies: lists are made of many of them, all the time. The fields are those of
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
}

impl Listed<'_> {
    /// Whether he is let in on the day `today`.
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
