//! Sizes, moments and states as they are shown.

use super::view::View;
use crate::{
    model::{Bytes, Node, State, Time, Usage},
    text::Text,
};
use std::borrow::Cow;

/// A size in a unit that fits, and in full.
#[derive(Default)]
pub struct Size {
    /// `1.46 GiB`.
    pub short: String,
    /// `1,567,000,000 bytes`.
    pub exact: String,
}

/// What was used: each way, and in all.
pub struct Sizes {
    pub up: Size,
    pub down: Size,
    pub total: Size,
}

/// A moment, by how long ago it was, and in full.
#[derive(Default)]
pub struct Moment {
    /// `3 min ago`.
    pub words: Cow<'static, str>,
    /// `2026-11-22 19:32`; empty: never.
    pub exact: String,
}

/// A state, told by colour, sign and word.
pub struct Badge {
    /// Its class in the style sheet.
    pub class: &'static str,
    /// Its sign.
    pub sign: &'static str,
    /// Its word.
    pub label: Cow<'static, str>,
}

/// Something known, under a label.
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// The short form.
    pub value: String,
    /// The exact form, on hover; empty if it says no more.
    pub title: String,
}

impl Fact {
    /// A size.
    pub fn size(label: &'static str, size: Size) -> Self {
        Self { label, value: together(&size.short), title: size.exact }
    }

    /// A moment.
    pub fn moment(label: &'static str, moment: Moment) -> Self {
        Self { label, value: moment.words.into_owned(), title: moment.exact }
    }

    /// Words that say it all.
    pub fn words(label: &'static str, value: impl Into<String>) -> Self {
        Self { label, value: value.into(), title: String::new() }
    }
}

/// What was used of a quota.
#[derive(Default)]
pub struct QuotaBar {
    /// Whether there is a quota.
    pub limited: bool,
    /// The filled part of the bar, in hundredths.
    pub bar: i64,
    /// The class of the bar.
    pub class: &'static str,
    /// `of 10 GiB`, or that there is no limit.
    pub limit: Cow<'static, str>,
    /// The quota in full.
    pub limit_exact: String,
}

impl View<'_> {
    /// A size as it is shown.
    pub fn size(&self, bytes: Bytes) -> Size {
        Size { short: bytes.to_string(), exact: (self.text.bytes)(&grouped(bytes.get())) }
    }

    /// What was used as it is shown.
    pub fn sizes(&self, usage: Usage) -> Sizes {
        Sizes { up: self.size(usage.u), down: self.size(usage.d), total: self.size(usage.total()) }
    }

    /// A moment as it is shown; 0 is never.
    pub fn moment(&self, time: Time) -> Moment {
        if time <= 0 {
            return Moment { words: self.text.common.never.into(), exact: String::new() };
        }
        let ago = self.now() - time;
        let words = if ago < 30 * 86_400 { (self.text.ago)(ago) } else { self.zone.date(time).to_string() };
        Moment { words: words.into(), exact: self.exactly(time) }
    }

    /// A moment to the minute, with the zone.
    pub fn exactly(&self, time: Time) -> String {
        format!("{} ({})", self.zone.minute(time), self.zone.name())
    }

    /// What was used of a quota.
    pub fn quota_bar(&self, total: Bytes, quota: Option<Bytes>) -> QuotaBar {
        let Some(quota) = quota else {
            return QuotaBar { limit: self.text.form.no_limit.into(), ..QuotaBar::default() };
        };
        let hundredths = part(total, quota, 100);
        let class = match hundredths {
            100.. => "full",
            80.. => "high",
            _ => "",
        };
        let exact = self.size(quota);
        let limit = (self.text.users.of)(&exact.short).into();
        QuotaBar { limited: true, bar: hundredths, class, limit, limit_exact: exact.exact }
    }
}

/// The same words, with each number kept on the line of its unit.
pub fn together(words: &str) -> String {
    let mut kept = String::with_capacity(words.len());
    let mut parts = words.split(' ').peekable();
    while let Some(part) = parts.next() {
        kept.push_str(part);
        let is_number = part.ends_with(|last: char| last.is_ascii_digit());
        match parts.peek() {
            Some(next) if is_number && is_unit(next) => kept.push('\u{a0}'),
            Some(_) => kept.push(' '),
            None => {}
        }
    }
    kept
}

/// Whether it begins with a unit of sizes.
fn is_unit(word: &str) -> bool {
    let rest = word.trim_start_matches(['K', 'M', 'G', 'T', 'P', 'E']).trim_start_matches('i');
    rest.strip_prefix('B').is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()))
}

/// How much of `whole` is `part`, in `parts`; a little is never nothing.
pub fn part(part: Bytes, whole: Bytes, parts: i64) -> i64 {
    if part.get() >= whole.get() {
        return if part.get() == 0 && whole.get() == 0 { 0 } else { parts };
    }
    let scaled = i128::from(part.get()) * i128::from(parts) / i128::from(whole.get());
    i64::try_from(scaled).unwrap_or(parts).max(i64::from(part.get() > 0))
}

/// What a node is called.
pub fn node_name(node: &Node, text: &Text) -> String {
    match node.name.as_str() {
        "" => (text.nodes.unnamed)(node.id),
        name => name.to_owned(),
    }
}

/// The state of a user.
pub fn badge(state: State, text: &Text) -> Badge {
    let (class, sign, label) = match state {
        State::On => ("on", "●", text.state.on),
        State::Off => ("off", "○", text.state.off),
        State::Expired => ("expired", "✕", text.state.expired),
        State::OverQuota => ("over", "▲", text.state.over_quota),
        State::Deleted => ("off", "✕", text.state.deleted),
    };
    Badge { class, sign, label: label.into() }
}

/// A number with its digits in groups of three.
pub fn grouped(number: i64) -> String {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(number.unsigned_abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_threes() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(grouped(i64::MAX), "9,223,372,036,854,775,807");
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        for (words, kept) in [
            ("Usage reset; 87.9 GiB moved", "Usage reset; 87.9\u{a0}GiB moved"),
            ("Quota 10 GiB → 1.5 TiB, Note", "Quota 10\u{a0}GiB → 1.5\u{a0}TiB, Note"),
            ("流量已清零，61.2 GiB 记入", "流量已清零，61.2\u{a0}GiB 记入"),
            ("0 B", "0\u{a0}B"),
            ("2 Bobs, 3 Keys  ", "2 Bobs, 3 Keys  "),
        ] {
            assert_eq!(together(words), kept);
        }
    }

    #[test]
    fn a_little_is_never_nothing() {
        let bytes = Bytes::new;
        for (some, whole, hundredths) in
            [(0, 10, 0), (1, 1 << 40, 1), (5, 10, 50), (10, 10, 100), (11, 10, 100), (0, 0, 0), (1, 0, 100)]
        {
            assert_eq!(part(bytes(some), bytes(whole), 100), hundredths, "{some} of {whole}");
        }
        assert_eq!(part(bytes(i64::MAX - 1), bytes(i64::MAX), 100), 99);
    }
}
