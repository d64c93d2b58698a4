//! Every sentence that a person reads, in each language, as fields of one struct: what is not translated does not compile.

mod english;
pub mod invitation;

pub use english::ENGLISH;

use crate::error::Fault;

/// The sentences of one language.
pub struct Text {
    /// What was wrong and what to do about it.
    pub fault: fn(&Fault) -> String,
    /// Somebody did not prove who he is (to a node).
    pub unauthorized: &'static str,
    /// There is nothing at that address.
    pub not_found: &'static str,
    /// A fault of ours.
    pub internal: &'static str,
}
