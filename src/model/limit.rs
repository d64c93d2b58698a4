//! Limits that nodes of our own keep: how fast a user may be, and from how many devices.

use super::typed::narrow;
use crate::error::Fault;

/// The largest speed in Mbit/s, and number of devices, that can be a limit.
const MAX_LIMIT: u32 = 100_000;

/// Reads a limit that nodes of our own keep: a whole number from 1 to 100,000; nothing, `none` and 0 stand for no
/// limit.
///
/// # Errors
/// [`Fault::LimitBad`] for anything else.
pub fn limit_from(text: &str) -> Result<u32, Fault> {
    let narrow = narrow(text);
    if matches!(narrow.to_lowercase().as_str(), "" | "none" | "无" | "不限") {
        return Ok(0);
    }
    let digits = narrow.bytes().all(|byte| byte.is_ascii_digit());
    match narrow.parse() {
        Ok(limit @ 0..=MAX_LIMIT) if digits => Ok(limit),
        _ => Err(Fault::LimitBad { given: text.trim().chars().take(40).collect(), most: MAX_LIMIT }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_whole_number_or_none() {
        for (text, limit) in [
            ("", 0),
            ("0", 0),
            ("none", 0),
            ("None", 0),
            ("不限", 0),
            ("1", 1),
            (" 50 ", 50),
            ("１００", 100),
            ("100000", 100_000),
        ] {
            assert_eq!(limit_from(text), Ok(limit), "{text}");
        }
        for bad in ["-1", "+1", "1.5", "1,5", "100001", "99999999999", "ten", "1 0"] {
            assert!(limit_from(bad).is_err(), "{bad}");
        }
    }
}
