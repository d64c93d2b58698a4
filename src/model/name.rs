//! What the admin calls a user, and notes about them.

use super::{balanced, label::label};
use crate::error::Fault;

/// A user's name: 1 to 64 characters without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Takes a name, without the spaces around it.
    ///
    /// # Errors
    /// [`Fault::NameEmpty`], [`Fault::NameTooLong`], [`Fault::NameControl`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let name = label(text)?;
        if name.is_empty() { Err(Fault::NameEmpty) } else { Ok(Self(name)) }
    }

    /// A value from the database, which was checked when it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The admin's note about a user: up to 1000 characters, in several lines if need be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note(String);

impl Note {
    /// Takes a note, without the spaces around it, its lines ended by `\n`.
    ///
    /// # Errors
    /// [`Fault::NoteTooLong`], [`Fault::NoteControl`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        const MAX_CHARS: usize = 1000;
        let note = text.trim().replace("\r\n", "\n");
        if note.chars().count() > MAX_CHARS {
            return Err(Fault::NoteTooLong { most: MAX_CHARS });
        }
        if note.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(Fault::NoteControl);
        }
        let note = note.split('\n').map(balanced).collect::<Vec<_>>().join("\n");
        Ok(Self(note.trim().to_owned()))
    }

    /// A value from the database, which was checked when it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_any_text_but_controls() {
        for good in ["a", "<script>", "  spaced  ", "宽字符", "🙂", "\u{202e}rtl", &"宽".repeat(64)] {
            assert!(Name::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "   ", "a\nb", "a\u{0}b", "a\u{7f}", "a\u{2028}b", &"x".repeat(65)] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }
}
