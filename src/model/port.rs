//! Ports: one of a user, those that new users get, and those outside of a node behind NAT.

use super::typed::narrow;
use crate::error::Fault;
use std::{fmt, ops::RangeInclusive};

/// Reads a port, 1 to 65535.
///
/// # Errors
/// [`Fault::PortBad`] for anything else.
pub fn port_from(text: &str) -> Result<u16, Fault> {
    match narrow(text).parse() {
        Ok(0) | Err(_) => Err(Fault::PortBad { given: text.to_owned() }),
        Ok(port) => Ok(port),
    }
}

/// The ports from which new users get theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    from: u16,
    to: u16,
}

impl PortRange {
    /// Reads `20001-20100`.
    ///
    /// # Errors
    /// [`Fault::PortRangeBad`] for anything that is not two ports, the lower one first.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let bad = || Fault::PortRangeBad { given: text.trim().chars().take(40).collect() };
        let narrow = narrow(text).replace(['–', '—', '~', '～', '至'], "-");
        let (from, to) = narrow.split_once('-').ok_or_else(bad)?;
        let port = |text: &str| port_from(text.trim()).map_err(|_| bad());
        let (from, to) = (port(from)?, port(to)?);
        if from <= to { Ok(Self { from, to }) } else { Err(bad()) }
    }

    /// The first and the last of them.
    pub fn ends(self) -> (u16, u16) {
        (self.from, self.to)
    }

    /// All of them.
    pub fn ports(self) -> RangeInclusive<u16> {
        self.from..=self.to
    }
}

impl Default for PortRange {
    /// From 20001 up.
    fn default() -> Self {
        Self { from: 20_001, to: u16::MAX }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

/// What is added to a port to get the one under which a node is reached from outside; 0 where that is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PortOffset(i32);

impl PortOffset {
    const MAX: i32 = 65_534;

    /// Takes a number.
    ///
    /// # Errors
    /// [`Fault::OffsetBad`] if it leads from no port to a port.
    pub fn new(offset: i32) -> Result<Self, Fault> {
        if (-Self::MAX..=Self::MAX).contains(&offset) {
            Ok(Self(offset))
        } else {
            Err(Fault::OffsetBad { given: offset.to_string() })
        }
    }

    /// Reads `10000`, `+10000` or `-5000`; nothing is 0.
    ///
    /// # Errors
    /// [`Fault::OffsetBad`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let narrow = narrow(text).replace('−', "-");
        if narrow.is_empty() {
            return Ok(Self::default());
        }
        let offset = narrow.parse().ok().and_then(|offset| Self::new(offset).ok());
        offset.ok_or_else(|| Fault::OffsetBad { given: text.trim().chars().take(40).collect() })
    }

    /// As a number.
    pub fn get(self) -> i32 {
        self.0
    }

    /// The port outside; `None` if that would be none.
    pub fn outside(self, port: u16) -> Option<u16> {
        u16::try_from(i32::from(port) + self.0).ok().filter(|port| *port > 0)
    }

    /// Whether every port is the same outside.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for PortOffset {
    /// `0`, `+10000`, `-5000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { f.write_str("0") } else { write!(f, "{:+}", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_two_ports() {
        for (text, ends) in [
            ("20001-20100", (20_001, 20_100)),
            (" 1 – 65535 ", (1, 65_535)),
            ("４４３－４４３", (443, 443)),
            ("100~200", (100, 200)),
        ] {
            assert_eq!(PortRange::parse(text).map(PortRange::ends), Ok(ends), "{text}");
        }
        for bad in ["", "20001", "2-1", "0-5", "1-65536", "a-b", "1-2-3", "-5", "1-"] {
            assert!(PortRange::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_offset_leads_to_a_port_or_to_none() {
        for (text, shown, port, outside) in [
            ("", "0", 443, Some(443)),
            ("0", "0", 443, Some(443)),
            ("10000", "+10000", 20_001, Some(30_001)),
            ("+10000", "+10000", 55_535, Some(65_535)),
            ("10000", "+10000", 55_536, None),
            ("−5000", "-5000", 5001, Some(1)),
            ("-5000", "-5000", 5000, None),
            ("＋１", "+1", 65_535, None),
        ] {
            let offset = PortOffset::parse(text).unwrap();
            assert_eq!((offset.to_string(), offset.outside(port)), (shown.to_owned(), outside), "{text} {port}");
        }
        for bad in ["x", "1.5", "65535", "-65535", "99999999999", "1 000", "+-1"] {
            assert!(PortOffset::parse(bad).is_err(), "{bad}");
        }
    }
}
