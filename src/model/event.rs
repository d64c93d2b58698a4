//! What happened to a user, and who or what did it.

use super::Time;

/// Something that happened to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Time,
    /// What.
    pub what: What,
    /// Who or what did it.
    pub actor: Actor,
}

/// What can happen to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// He was added.
    Added,
    /// He came from the list of another panel.
    Imported,
    /// These fields got other values, by the names that they have in `user set`.
    Changed(Vec<String>),
    /// He was let in again.
    On,
    /// He was kept out.
    Off,
    /// His counters began at zero; so many bytes went into the closed period.
    Reset(super::Bytes),
    /// He was removed.
    Removed,
    /// He was brought back.
    Restored,
    /// His own page got another address.
    AddressReplaced,
    /// He had used what he may.
    OverQuota,
    /// His last day was over.
    Expired,
}

/// Who or what did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The admin, on the page.
    Page,
    /// Somebody at the command line.
    Command,
    /// The panel itself, because it was time.
    Panel,
}
