//! Text from elsewhere within a sentence of ours, kept from turning the direction of the words around it.

use crate::{error::Fault, model::balanced};

/// Unicode's First Strong Isolate and Pop Directional Isolate: what `<bdi>` is to HTML these are to text without tags.
const FENCE: (char, char) = ('\u{2068}', '\u{2069}');

/// `text` between marks that fence it in, if anything in it runs from right to left or changes where text runs; else as it is. For
/// titles, attributes and sentences, and nothing that a program reads.
pub fn fenced(text: &str) -> String {
    if !text.chars().any(turns) {
        return text.to_owned();
    }
    format!("{}{}{}", FENCE.0, balanced(text), FENCE.1)
}

/// The same fault with all in it that somebody has typed or sent fenced in.
pub(super) fn in_fault(fault: &Fault) -> Fault {
    let mut fault = fault.clone();
    match &mut fault {
        Fault::NameTaken { name: foreign }
        | Fault::PortBad { given: foreign }
        | Fault::MethodUnknown { given: foreign }
        | Fault::MethodRefused { given: foreign }
        | Fault::SizeBad { given: foreign }
        | Fault::DateBad { given: foreign }
        | Fault::ResetDayBad { given: foreign }
        | Fault::AddressBad { given: foreign }
        | Fault::RateBad { given: foreign }
        | Fault::NetworkUnknown { given: foreign }
        | Fault::PathBad { given: foreign }
        | Fault::ServiceBad { given: foreign }
        | Fault::LanguageUnknown { given: foreign }
        | Fault::ZoneUnknown { given: foreign }
        | Fault::DaysBad { given: foreign, .. }
        | Fault::IdBad { given: foreign, .. }
        | Fault::UuidBad { given: foreign }
        | Fault::NoSuchUser { given: foreign }
        | Fault::NoSuchNode { given: foreign }
        | Fault::ImportUuidTaken { uuid: foreign }
        | Fault::ImportBad { detail: foreign }
        | Fault::BatchNotArray { detail: foreign }
        | Fault::BodyBad { detail: foreign } => *foreign = fenced(foreign),
        Fault::BatchUnusable { first: inner, .. } | Fault::ImportRow { fault: inner, .. } => **inner = in_fault(inner),
        _ => {}
    }
    fault
}

/// Whether a character runs from right to left (Hebrew, Arabic, Syriac, Thaana, N'Ko and their kin), or changes where others run.
fn turns(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_the_fence() {
        for (text, expected) in [
            ("Lena 家人 👩‍👩‍👧 é", "Lena 家人 👩‍👩‍👧 é"),
            ("שלום", "\u{2068}שלום\u{2069}"),
            ("\u{202e}x", "\u{2068}\u{202e}x\u{2069}"),
            ("a\u{2069}\u{202e}b", "\u{2068}a\u{202e}b\u{2069}"),
            ("\u{2066}a", "\u{2068}a\u{2069}"),
            ("\u{2067}a\u{2069}b", "\u{2068}\u{2067}a\u{2069}b\u{2069}"),
        ] {
            assert_eq!(fenced(text), expected, "{text:?}");
        }
    }
}
