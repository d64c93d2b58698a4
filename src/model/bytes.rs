//! Sizes in bytes, read and shown in binary units.

use super::typed::{decimal, narrow};
use crate::error::Fault;
use std::fmt;

/// From here up a quota of the Mu API is none: 2^50 bytes, which a double holds exactly.
pub const NO_LIMIT: i64 = 1 << 50;

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

    /// Reads `10GiB`, `500M`, `1,5 T`, `1,000 GB`, `１０ＧＢ` or plain bytes. Units are binary in every spelling, since
    /// that is what panels mean by them.
    ///
    /// # Errors
    /// [`Fault::SizeBad`] for anything else, a negative size, or one of 2^63 bytes and more.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::parse_in(text, Unit::Byte)
    }

    /// The same, where a number alone is in `unit`.
    ///
    /// # Errors
    /// As [`Bytes::parse`].
    pub fn parse_in(text: &str, bare: Unit) -> Result<Self, Fault> {
        let bad = || Fault::SizeBad { given: text.to_owned() };
        let narrow = narrow(text);
        let split = narrow.find(char::is_alphabetic).unwrap_or(narrow.len());
        let (number, unit) = narrow.split_at(split);
        let unit = unit.to_lowercase();
        let power = match unit.as_str() {
            "" => bare as u32,
            "b" | "byte" | "bytes" | "字节" => 0,
            unit => match unit.strip_suffix("ib").or(unit.strip_suffix(['b', 'i'])).unwrap_or(unit) {
                "k" => 1,
                "m" => 2,
                "g" => 3,
                "t" => 4,
                "p" => 5,
                "e" => 6,
                _ => return Err(bad()),
            },
        };
        let (whole, fraction) = decimal(number.trim_end()).ok_or_else(bad)?;
        let is_whole = fraction.bytes().all(|b| b == b'0');
        if whole.len() > 19 || fraction.len() > 12 || power == 0 && !is_whole {
            return Err(bad());
        }
        // In whole numbers, so that no digit is lost on the way through a float.
        let scale = 10_u128.pow(u32::try_from(fraction.len()).map_err(|_| bad())?);
        let digits: u128 = format!("{whole}{fraction}").parse().map_err(|_| bad())?;
        let bytes = (digits << (10 * power)) / scale;
        i64::try_from(bytes).map(Self).map_err(|_| bad())
    }

    /// Reads a limit: a size, or `none`, `unlimited`, `不限`, `0` or nothing at all for no limit (`None`).
    ///
    /// # Errors
    /// As [`Bytes::parse`].
    pub fn parse_limit(text: &str, bare: Unit) -> Result<Option<Self>, Fault> {
        const NONE: [&str; 12] =
            ["", "0", "none", "no", "unlimited", "no limit", "never", "∞", "不限", "不限量", "无限", "无限制"];
        if NONE.contains(&narrow(text).to_lowercase().as_str()) {
            return Ok(None);
        }
        Self::parse_in(text, bare).map(Some)
    }

    /// As a person would type it, without losing a byte: `1.1 GiB`, `1500 MiB`, `1234567 B`. [`Bytes::parse`] reads it
    /// back.
    pub fn typed(self) -> String {
        let shortest = (1..UNITS.len()).rev().flat_map(|power| (0..=3).map(move |places| (places, power)));
        let mut fitting: Vec<(usize, u32, String)> = shortest
            .filter_map(|(places, power)| {
                let scale = 10_i128.pow(places);
                let scaled = i128::from(self.0) * scale;
                // Sizes are rounded down when they are read, so this one may be the next one up.
                let number = (scaled + (1 << (10 * power)) - 1) >> (10 * power);
                let whole = number / scale;
                let text = match places {
                    0 => format!("{whole} {}", UNITS[power]),
                    _ => format!("{whole}.{:0width$} {}", number % scale, UNITS[power], width = places as usize),
                };
                let same = whole > 0 && Self::parse(&text) == Ok(self);
                same.then_some((UNITS.len() - power, places, text))
            })
            .collect();
        fitting.sort();
        fitting.into_iter().next().map_or_else(|| format!("{} B", self.0), |(.., text)| text)
    }
}

/// The unit of a number without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// On the command line and in files.
    Byte = 0,
    /// On a page.
    Gibibyte = 3,
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
    fn reads_sizes_as_people_write_them() {
        for (text, bytes) in [
            ("1,000 GB", 1000 << 30),
            ("1,5 GB", 3 << 29),
            ("１０ＧＢ", 10 << 30),
            ("　１．５　ＴｉＢ", 3 << 39),
            ("10 Gi", 10 << 30),
            ("1 000 MB", 1000 << 20),
            ("1,024", 1024),
            ("3.0", 3),
            ("12 bytes", 12),
        ] {
            assert_eq!(Bytes::parse(text), Ok(Bytes(bytes)), "{text}");
        }
        for (text, bytes) in [("10", 10 << 30), ("1,5", 3 << 29), ("１０", 10 << 30), ("500 MB", 500 << 20), ("7 B", 7)]
        {
            assert_eq!(Bytes::parse_in(text, Unit::Gibibyte), Ok(Bytes(bytes)), "{text}");
        }
    }

    #[test]
    fn reads_no_limit_in_many_words() {
        for text in ["", " ", "0", "０", "none", "None", "unlimited", "No limit", "不限", "无限制", "∞"] {
            assert_eq!(Bytes::parse_limit(text, Unit::Gibibyte), Ok(None), "{text}");
        }
        assert_eq!(Bytes::parse_limit("0 B", Unit::Byte), Ok(Some(Bytes(0))));
        assert_eq!(Bytes::parse_limit("20", Unit::Gibibyte), Ok(Some(Bytes(20 << 30))));
        assert!(Bytes::parse_limit("a lot", Unit::Byte).is_err());
    }

    #[test]
    fn a_size_comes_back_as_it_was_typed() {
        for text in [
            "1.1 GiB",
            "10 GiB",
            "1.5 GiB",
            "1000 GiB",
            "1500 GiB",
            "0 B",
            "1 B",
            "1023 B",
            "100 MiB",
            "2.75 TiB",
            "0.999 GiB",
        ] {
            let size = Bytes::parse(text).unwrap();
            let expected = if text.starts_with("0.999") { size.typed() } else { text.to_owned() };
            assert_eq!(size.typed(), expected);
            assert_eq!(Bytes::parse(&size.typed()), Ok(size), "{text}");
        }
        for bytes in [0, 1, 999, 1_181_116_006, 1_234_567_891_011, i64::MAX, (1 << 50) - 1, 1 << 50] {
            assert_eq!(Bytes::parse(&Bytes(bytes).typed()), Ok(Bytes(bytes)), "{}", Bytes(bytes).typed());
        }
        assert_eq!(Bytes(1_181_116_006).typed(), "1.1 GiB");
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
