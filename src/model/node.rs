//! A node: a server that carries the friends' traffic and reports it.

use super::{
    Bytes, PortOffset, Time,
    typed::{decimal, narrow},
};
use crate::error::Fault;
use std::fmt;

/// A node as the panel knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its number, which its program is configured with.
    pub id: i64,
    /// Its name; may be empty.
    pub name: NodeName,
    /// The host that friends connect to; may be empty.
    pub address: Address,
    /// What a byte through it counts.
    pub rate: Rate,
    /// When it first turned up.
    pub created: Time,
    /// When it last asked for the users; 0: never.
    pub last_pull: Time,
    /// When it last reported traffic; 0: never.
    pub last_push: Time,
    /// Uploaded through it in all, as reported.
    pub u: Bytes,
    /// Downloaded through it in all, as reported.
    pub d: Bytes,
    /// How many users were online at `online_at`.
    pub online: Option<i64>,
    /// When it last said how many are online; 0: never.
    pub online_at: Time,
    /// Its load, in its own words; empty: never said.
    pub load: String,
    /// Seconds since it started, as of `info_at`.
    pub uptime: Option<f64>,
    /// When it last told its load and uptime; 0: never.
    pub info_at: Time,
    /// The address that it reported; empty: never.
    pub ip: String,
    /// Whether the admin has added or changed it; one that only called is not.
    pub confirmed: bool,
    /// Counts the changes made to it by hand.
    pub revision: i64,
    /// When it was removed; it is back when its program calls again.
    pub removed: Option<Time>,
    /// Whether it raises no alarm.
    pub muted: bool,
    /// How its ports are called outside.
    pub offset: PortOffset,
}

/// What a person says of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeDraft {
    /// As [`Node::name`].
    pub name: NodeName,
    /// As [`Node::address`].
    pub address: Address,
    /// As [`Node::rate`].
    pub rate: Rate,
    /// As [`Node::offset`].
    pub offset: PortOffset,
}

impl From<&Node> for NodeDraft {
    fn from(node: &Node) -> Self {
        Self { name: node.name.clone(), address: node.address.clone(), rate: node.rate, offset: node.offset }
    }
}

/// How a node is, by when it was last heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It has not called yet.
    Waiting,
    /// It calls.
    Online,
    /// It has not called for 5 minutes.
    Offline,
    /// It has not called for 7 days, which is more likely meant than a fault.
    Retired,
}

impl Health {
    /// That of a node which was last heard of at `last_seen`, or never if that is 0.
    pub fn of(last_seen: Time, now: Time) -> Self {
        match now - last_seen {
            _ if last_seen == 0 => Self::Waiting,
            ..OFFLINE_AFTER => Self::Online,
            OFFLINE_AFTER..RETIRED_AFTER => Self::Offline,
            _ => Self::Retired,
        }
    }
}

/// A node that has not called for this long is offline, in seconds; its program calls every minute.
pub const OFFLINE_AFTER: Time = 300;
/// A node that has not called for this long has probably been given up, in seconds: 7 days.
const RETIRED_AFTER: Time = 7 * 86_400;

impl Node {
    /// When it was last heard of in any way; 0: never.
    pub fn last_seen(&self) -> Time {
        self.last_pull.max(self.last_push).max(self.online_at).max(self.info_at)
    }

    /// How it is at `now`.
    pub fn health(&self, now: Time) -> Health {
        Health::of(self.last_seen(), now)
    }
}

/// Something that a node sent and that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// When it was sent.
    pub at: Time,
    /// What was wrong with it, in English words.
    pub why: String,
}

/// A node's name: up to 64 characters without control characters, or empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeName(String);

impl NodeName {
    /// Takes a name, without the spaces around it.
    ///
    /// # Errors
    /// [`Fault::NameTooLong`], [`Fault::NameControl`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        super::label::label(text).map(Self)
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A host name or an IP address (IPv6 without brackets), or empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address(String);

impl Address {
    /// Takes a host name or an IP address; brackets around an IPv6 one are taken off.
    ///
    /// # Errors
    /// [`Fault::AddressBad`] for anything that could not be put into a link.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let bad = || Fault::AddressBad { given: text.to_owned() };
        let trimmed = text.trim();
        let host = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(trimmed);
        let label = |label: &str| {
            (1..=63).contains(&label.chars().count())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        };
        let is_name = host.len() <= 253 && host.strip_suffix('.').unwrap_or(host).split('.').all(label);
        let is_ip = host.parse::<std::net::IpAddr>().is_ok();
        let bracketed = host.len() != trimmed.len();
        if host.is_empty() && !bracketed || is_ip && (!bracketed || host.contains(':')) || is_name && !bracketed {
            Ok(Self(host.to_owned()))
        } else {
            Err(bad())
        }
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a byte through a node counts, in thousandths: 1000 counts it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(i64);

impl Rate {
    /// Takes thousandths, from 0 to 1000 times 1000.
    ///
    /// # Errors
    /// [`Fault::RateBad`] outside of that.
    pub fn new(thousandths: i64) -> Result<Self, Fault> {
        if (0..=1_000_000).contains(&thousandths) {
            Ok(Self(thousandths))
        } else {
            Err(Fault::RateBad { given: Self(thousandths).to_string() })
        }
    }

    /// Reads `2`, `0.5` or `1.125`.
    ///
    /// # Errors
    /// [`Fault::RateBad`] for anything else, more than three places, or more than 1000.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let bad = || Fault::RateBad { given: text.to_owned() };
        let (whole, places) = decimal(&narrow(text)).ok_or_else(bad)?;
        if whole.len() > 4 || places.len() > 3 {
            return Err(bad());
        }
        let thousandths = format!("{whole}{places:0<3}").parse().map_err(|_| bad())?;
        Self::new(thousandths).map_err(|_| bad())
    }

    /// In thousandths.
    pub fn get(self) -> i64 {
        self.0
    }

    /// What `bytes` count, rounded half up.
    ///
    /// # Errors
    /// [`Fault::CounterFull`] if no counter could hold that.
    pub fn count(self, bytes: i64) -> Result<i64, Fault> {
        let counted = (i128::from(bytes) * i128::from(self.0) + 500) / 1000;
        i64::try_from(counted).map_err(|_| Fault::CounterFull)
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self(1000)
    }
}

impl fmt::Display for Rate {
    /// `2`, `0.5`, `1.125`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = format!("{:03}", self.0.unsigned_abs() % 1000);
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}", self.0.unsigned_abs() / 1000)?;
        match places.trim_end_matches('0') {
            "" => Ok(()),
            places => write!(f, ".{places}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_rounds_half_up() {
        for (rate, bytes, counted) in [
            ("1", 7, 7),
            ("0.5", 1, 1),
            ("0.5", 3, 2),
            ("0.499", 1, 0),
            ("1.5", 3, 5),
            ("0", 9, 0),
            ("2", 1 << 61, 1 << 62),
        ] {
            assert_eq!(Rate::parse(rate).unwrap().count(bytes), Ok(counted), "{rate} {bytes}");
        }
        assert_eq!(Rate::parse("2").unwrap().count(i64::MAX), Err(Fault::CounterFull));
        assert_eq!(Rate::parse("1.250").unwrap().to_string(), "1.25");
        for bad in ["", ".", "1.", ".5", "-1", "1.0001", "1001", "x", "1e3", "NaN"] {
            assert!(Rate::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_fits_into_a_link() {
        for good in [
            "",
            "example.com",
            "a-b.example",
            "192.0.2.1",
            "2001:db8::1",
            "[2001:db8::1]",
            "localhost",
            "例子.中国",
            "host_1",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in ["http://example.com", "example.com:80", "a b", "a/b", "-a", "[192.0.2.1]", "[]", "a..b", "a@b", "#"]
        {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
