//! The rows of a list that cannot be imported.

use super::Language;
use crate::error::Fault;

/// How many there are.
pub(super) fn count(faults: &[Fault], more: usize) -> i64 {
    let rows = faults.chunk_by(|one, next| row_of(one) == row_of(next)).count();
    i64::try_from(rows + more).unwrap_or(i64::MAX)
}

fn row_of(fault: &Fault) -> Option<usize> {
    if let Fault::ImportRow { row, .. } = fault { Some(*row) } else { None }
}

/// Each row that cannot be imported on a line of its own; `words` says what is wrong with it.
pub(super) fn each(faults: &[Fault], more: usize, language: Language, words: fn(&Fault, Language) -> String) -> String {
    let line = |fault: &Fault| {
        let Fault::ImportRow { row, fault } = fault else { return String::new() };
        match language {
            Language::English => format!("\n  user {row}: {}", words(fault, language)),
            Language::Chinese => format!("\n  第 {row} 位：{}", words(fault, language)),
        }
    };
    let rest = match (more, language) {
        (0, _) => String::new(),
        (more, Language::English) => format!("\n  and {more} more"),
        (more, Language::Chinese) => format!("\n  另有 {more} 位"),
    };
    faults.iter().map(line).collect::<String>() + &rest
}
