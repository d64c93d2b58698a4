//! Sizes in bytes, read and shown in binary units.

use crate::error::Fault;
use std::fmt;

/// A size in bytes, from 0 to 2^63 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Bytes(i64);

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

impl Bytes {
    /// A size from a counter; a negative one is none.
    pub fn new(bytes: i64) -> Self {
        Self(bytes.max(0))
    }

    /// The number of bytes.
    pub fn get(self) -> i64 {
        self.0
    }

    /// The sum, or the largest size there is.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What remains when `used` is taken off, never below 0.
    #[must_use]
    pub fn minus(self, used: Self) -> Self {
        Self(self.0.saturating_sub(used.0).max(0))
    }

    /// Reads `10GiB`, `500M`, `1.5 T` or plain bytes. Units are binary in every spelling, since that is what panels
    /// mean by them.
    ///
    /// # Errors
    /// [`Fault::SizeBad`] for anything else, a negative size, or one of 2^63 bytes and more.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let bad = || Fault::SizeBad { given: text.to_owned() };
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(split);
        let unit = unit.trim().to_ascii_lowercase();
        let letter = unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit);
        let power = match (letter, unit.as_str()) {
            ("", "" | "b") => 0,
            ("k", _) => 1,
            ("m", _) => 2,
            ("g", _) => 3,
            ("t", _) => 4,
            ("p", _) => 5,
            ("e", _) => 6,
            _ => return Err(bad()),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let fraction_ok = !number.ends_with('.') && (power > 0 || fraction.is_empty());
        if whole.is_empty() || whole.len() > 19 || fraction.len() > 12 || !fraction_ok {
            return Err(bad());
        }
        // In whole numbers, so that no digit is lost on the way through a float.
        let scale = 10_u128.pow(u32::try_from(fraction.len()).map_err(|_| bad())?);
        let digits: u128 = format!("{whole}{fraction}").parse().map_err(|_| bad())?;
        let bytes = (digits << (10 * power)) / scale;
        i64::try_from(bytes).map(Self).map_err(|_| bad())
    }
}

impl fmt::Display for Bytes {
    /// `2 KiB`, `1.46 GiB`: at most three digits that matter, rounded down so that a quota never looks reached too
    /// early.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut power = 0;
        while power + 1 < UNITS.len() && self.0 >> (10 * (power + 1)) > 0 {
            power += 1;
        }
        let whole = self.0 >> (10 * power);
        let rest = self.0 - (whole << (10 * power));
        let hundredths = (i128::from(rest) * 100) >> (10 * power);
        let unit = UNITS[power];
        match (whole, hundredths) {
            (_, 0) | (100.., _) => write!(f, "{whole} {unit}"),
            (10.., h) if h < 10 => write!(f, "{whole} {unit}"),
            (10.., h) => write!(f, "{whole}.{} {unit}", h / 10),
            (_, h) if h % 10 == 0 => write!(f, "{whole}.{} {unit}", h / 10),
            (_, h) => write!(f, "{whole}.{h:02} {unit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes() {
        for (text, bytes) in [
            ("0", 0),
            ("1024", 1024),
            ("12B", 12),
            ("10GiB", 10 << 30),
            ("500M", 500 << 20),
            ("500mb", 500 << 20),
            ("1.5 T", 3 << 39),
            (" 2 k ", 2048),
            ("0.1GiB", 107_374_182),
            ("7E", 7 << 60),
            ("9223372036854775807", i64::MAX),
        ] {
            assert_eq!(Bytes::parse(text), Ok(Bytes(bytes)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_size() {
        for text in [
            "",
            " ",
            "-1",
            "+1",
            "1.5",
            "1.",
            ".5G",
            "G",
            "ten",
            "1 2",
            "1iB",
            "1X",
            "8E",
            "1e3",
            "0x10",
            "1GG",
            "99999999999999999999",
            "9223372036854775808",
            "1.2.3G",
        ] {
            assert!(Bytes::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shows_sizes() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (2048, "2 KiB"),
            (1536, "1.5 KiB"),
            (1_567_000_000, "1.45 GiB"),
            (10 << 30, "10 GiB"),
            ((10 << 30) - 1, "9.99 GiB"),
            (12_345_678, "11.7 MiB"),
            (i64::MAX, "7.99 EiB"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), text, "{bytes}");
        }
    }
}
