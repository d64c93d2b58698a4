//! What users and nodes are called: text of one line of which something is to be seen.

use crate::error::Fault;
use std::collections::HashSet;

/// Text of at most 64 characters without control characters, and without spaces around it; may be empty.
pub(super) fn label(text: &str) -> Result<String, Fault> {
    const MOST: usize = 64;
    let trimmed = text.trim();
    if trimmed.chars().count() > MOST {
        return Err(Fault::NameTooLong { most: MOST });
    }
    if trimmed.chars().any(is_control) {
        return Err(Fault::NameControl);
    }
    // Of which nothing is to be seen, there is nothing to be clicked on either.
    let seen = trimmed.chars().any(|c| !c.is_whitespace() && !is_unseen(c));
    Ok(if seen { balanced(trimmed).trim().to_owned() } else { String::new() })
}

/// A line of text without those marks of Unicode that isolate a part of it (U+2066 to U+2069) whose other end is missing: a browser
/// puts its own around what it fences in, and would take these for the ends of its own.
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

/// Characters that take no room and leave no ink though they are no spaces (Unicode's `Default_Ignorable_Code_Point`, and the filler
/// letters and the blank pattern that look like spaces).
pub fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Control characters, and the two separators that some programs take for the end of a line.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
