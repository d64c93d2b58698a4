//! What happened to a user, and who or what did it.

use super::{Time, named::named};

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
    /// Fields got other values.
    Changed(Vec<Change>),
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

/// A field that got another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name in `user set`.
    pub field: String,
    /// The value before and after, as the command line writes it, empty for none. `None` for a secret, and for what
    /// was recorded before values were.
    pub values: Option<(String, String)>,
}

impl Change {
    /// One without its values.
    pub fn of(field: &str) -> Self {
        Self { field: field.to_owned(), values: None }
    }

    /// One from a value to another.
    pub fn from_to(field: &str, before: impl Into<String>, after: impl Into<String>) -> Self {
        Self { field: field.to_owned(), values: Some((before.into(), after.into())) }
    }
}

/// Something that was changed beside users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// When.
    pub at: Time,
    /// What.
    pub changes: Vec<Change>,
    /// Who or what did it.
    pub actor: Actor,
}

named! {
    /// Who or what did something.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Actor {
        /// The admin, on the page.
        Page = "page",
        /// A command.
        Command = "command",
        /// The panel itself, because it was time.
        Panel = "panel",
    }
}
