//! What people type: digits and letters of full width as plain ones, and numbers with the separators of any country.

use crate::error::Fault;

/// The text with full-width forms (`１０ＧＢ`) as plain ASCII and every space as the plain one, without the spaces around
/// it.
pub fn narrow(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c if c.is_whitespace() => ' ',
        c => c,
    };
    text.chars().map(narrow).collect::<String>().trim().to_owned()
}

/// Reads a value that may be left out: nothing stands for none.
///
/// # Errors
/// Those of `parse`.
pub fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Reads a value that may be left out: nothing, or `never`, stands for none.
///
/// # Errors
/// Those of `parse`.
pub fn unless_never<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
    if narrow(text).eq_ignore_ascii_case("never") { Ok(None) } else { optional(text, parse) }
}

/// A decimal number as `(digits before the point, digits after it)`: `1000`, `1,000`, `1 000`, `1.5`, `1,5`,
/// `1.000,5`. `None` for anything else. One comma with three digits behind it sets off thousands; one point never
/// does.
pub(super) fn decimal(text: &str) -> Option<(String, String)> {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let marks: Vec<char> = text.chars().filter(|c| !c.is_ascii_digit()).collect();
    let last = marks.last().copied();
    let point = match (marks.as_slice(), last) {
        ([], _) => None,
        (['.'], _) => Some('.'),
        ([','], _) if !is_grouped(text, ',') => Some(','),
        // The last of two kinds is the point, unless all of them are of one kind.
        (_, Some(mark @ ('.' | ','))) if marks.iter().filter(|c| **c == mark).count() == 1 && marks.len() > 1 => {
            Some(mark)
        }
        _ => None,
    };
    let (whole, fraction) = point.and_then(|point| text.rsplit_once(point)).unwrap_or((text, "0"));
    if !is_digits(fraction) {
        return None;
    }
    if is_digits(whole) {
        return Some((whole.to_owned(), fraction.to_owned()));
    }
    let mark = whole.chars().find(|c| !c.is_ascii_digit())?;
    let sets_off = matches!(mark, ',' | '.' | ' ' | '\'' | '’' | '_') && Some(mark) != point;
    (sets_off && is_grouped(whole, mark)).then(|| (whole.replace(mark, ""), fraction.to_owned()))
}

/// Whether the digits come in threes, set off by `mark`: `1,000,000`. A group of zero alone is none: `0,500` is half.
fn is_grouped(text: &str, mark: char) -> bool {
    let mut groups = text.split(mark);
    let first = groups.next().unwrap_or_default();
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && groups.all(|group| group.len() == 3 && digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_as_people_write_them() {
        for (text, whole, fraction) in [
            ("10", "10", "0"),
            ("1.5", "1", "5"),
            ("1,5", "1", "5"),
            ("1,50", "1", "50"),
            ("0,500", "0", "500"),
            ("1.500", "1", "500"),
            ("1,000", "1000", "0"),
            ("1,000,000", "1000000", "0"),
            ("1.000.000", "1000000", "0"),
            ("1 000", "1000", "0"),
            ("1'000", "1000", "0"),
            ("1,000.5", "1000", "5"),
            ("1.000,5", "1000", "5"),
            ("1 000,5", "1000", "5"),
        ] {
            assert_eq!(decimal(text), Some((whole.to_owned(), fraction.to_owned())), "{text}");
        }
        for text in [
            "",
            ".",
            ",",
            "1.",
            ".5",
            "1,",
            "1 2",
            "1,00,0",
            "1.2.3",
            "1,0000,000",
            "12,34,56",
            "1-2",
            "x",
            "1..5",
            "1,000,00",
            "٣",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn full_width_is_plain() {
        assert_eq!(narrow("　１０．５ＧＢ "), "10.5GB");
        assert_eq!(narrow("２０２７－１２－３１"), "2027-12-31");
        assert_eq!(narrow("不限"), "不限");
    }
}
