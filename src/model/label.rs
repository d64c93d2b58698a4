//! Names of users and nodes: one line of text in which something is visible.

use crate::error::Fault;
use std::collections::HashSet;

/// The characters of a name, at the most.
pub const MAX_NAME_CHARS: usize = 64;

/// Text of at most 64 characters without control characters, and without spaces around it; may be empty.
pub(super) fn label(text: &str) -> Result<String, Fault> {
    let trimmed = text.trim();
    if trimmed.chars().count() > MAX_NAME_CHARS {
        return Err(Fault::NameTooLong { most: MAX_NAME_CHARS });
    }
    if trimmed.chars().any(is_control) {
        return Err(Fault::NameControl);
    }
    // A name without a visible character cannot be clicked on.
    let seen = trimmed.chars().any(|c| !c.is_whitespace() && !is_unseen(c));
    Ok(if seen { balanced(trimmed).trim().to_owned() } else { String::new() })
}

/// A line of text without unpaired Unicode isolates (U+2066 to U+2069), which would end the isolate that a browser puts
/// around the name.
pub fn balanced(line: &str) -> String {
    let mut opened = Vec::new();
    let mut lonely = HashSet::new();
    for (at, c) in line.char_indices() {
        match c {
            '\u{2066}'..='\u{2068}' => opened.push(at),
            '\u{2069}' if opened.pop().is_none() => drop(lonely.insert(at)),
            _ => {}
        }
    }
    lonely.extend(opened);
    line.char_indices().filter(|(at, _)| !lonely.contains(at)).map(|(_, c)| c).collect()
}

/// Invisible characters other than spaces: Unicode's `Default_Ignorable_Code_Point`, the filler letters and the blank
/// Braille pattern.
pub fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Control characters, and U+2028 and U+2029, which some programs read as line ends.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
