//! Bidirectional text: keeps a right-to-left name from reordering the sentence it stands in.

use crate::{error::Fault, model::balanced};
use std::borrow::Cow;

/// Unicode's First Strong Isolate and Pop Directional Isolate: `<bdi>` for plain text.
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// `text` between isolate marks if it contains right-to-left characters or direction controls, else unchanged. For
/// titles, attributes and sentences, never for text that a program reads.
pub fn isolated(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(changes_direction) {
        return text.into();
    }
    format!("{}{}{}", ISOLATE.0, balanced(text), ISOLATE.1).into()
}

/// The same fault with every value that was typed or sent isolated.
pub(super) fn in_fault(fault: &Fault) -> Fault {
    let mut fault = fault.clone();
    match &mut fault {
        Fault::NameTaken { name: foreign }
        | Fault::PortBad { given: foreign }
        | Fault::MethodUnknown { given: foreign }
        | Fault::MethodRefused { given: foreign }
        | Fault::SizeBad { given: foreign }
        | Fault::DateBad { given: foreign }
        | Fault::DayBad { given: foreign }
        | Fault::AmountBad { given: foreign }
        | Fault::ResetDayBad { given: foreign }
        | Fault::NodesBad { given: foreign }
        | Fault::AddressBad { given: foreign }
        | Fault::AddressWhole { given: foreign }
        | Fault::LimitBad { given: foreign, .. }
        | Fault::PortRangeBad { given: foreign }
        | Fault::OffsetBad { given: foreign }
        | Fault::RateBad { given: foreign }
        | Fault::NetworkUnknown { given: foreign }
        | Fault::PathBad { given: foreign }
        | Fault::ServiceBad { given: foreign }
        | Fault::LanguageUnknown { given: foreign }
        | Fault::SupportBad { given: foreign }
        | Fault::ChatBad { given: foreign }
        | Fault::LevelBad { given: foreign }
        | Fault::ZoneUnknown { given: foreign }
        | Fault::DaysBad { given: foreign, .. }
        | Fault::DaysNeeded { given: foreign, .. }
        | Fault::IdBad { given: foreign, .. }
        | Fault::UuidBad { given: foreign }
        | Fault::NoSuchUser { given: foreign }
        | Fault::NoSuchNode { given: foreign }
        | Fault::ImportUuidTaken { uuid: foreign }
        | Fault::ImportBad { detail: foreign }
        | Fault::ImportHead { given: foreign }
        | Fault::ImportNumber { given: foreign, .. }
        | Fault::BatchNotArray { detail: foreign }
        | Fault::BodyBad { detail: foreign } => *foreign = isolated(foreign).into_owned(),
        Fault::BatchUnusable { first: inner, .. } | Fault::ImportRow { fault: inner, .. } => **inner = in_fault(inner),
        Fault::ImportRows { faults, .. } => faults.iter_mut().for_each(|fault| *fault = in_fault(fault)),
        _ => {}
    }
    fault
}

/// Whether a character is right-to-left (Hebrew, Arabic, Syriac, Thaana, N'Ko and related scripts) or a direction
/// control.
fn changes_direction(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isolate_cannot_be_closed_from_inside() {
        for (text, expected) in [
            ("Lena 家人 👩‍👩‍👧 é", "Lena 家人 👩‍👩‍👧 é"),
            ("שלום", "\u{2068}שלום\u{2069}"),
            ("\u{202e}x", "\u{2068}\u{202e}x\u{2069}"),
            ("a\u{2069}\u{202e}b", "\u{2068}a\u{202e}b\u{2069}"),
            ("\u{2066}a", "\u{2068}a\u{2069}"),
            ("\u{2067}a\u{2069}b", "\u{2068}\u{2067}a\u{2069}b\u{2069}"),
        ] {
            assert_eq!(isolated(text), expected, "{text:?}");
        }
    }
}
