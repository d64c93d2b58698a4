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
    /// Added.
    Added,
    /// Imported from another panel's list.
    Imported,
    /// Fields got other values, by the names that they have in `user set`.
    Changed(Vec<String>),
    /// Switched on.
    On,
    /// Switched off.
    Off,
    /// The period was closed with so many bytes in it.
    Reset(super::Bytes),
    /// Removed.
    Removed,
    /// Brought back.
    Restored,
    /// The personal page got another address.
    AddressReplaced,
    /// The quota was used up.
    OverQuota,
    /// The last day had passed.
    Expired,
}

/// Who or what did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The admin, on the page.
    Page,
    /// A command.
    Command,
    /// The panel itself, because it was time.
    Panel,
}
