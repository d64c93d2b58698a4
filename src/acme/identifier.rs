//! What a certificate is for: a name or an address, and the port that serves it.

use std::{fmt, net::IpAddr, str::FromStr};

/// The port of `https://`.
pub const HTTPS_PORT: u16 = 443;

/// A host and the port on which it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// A name or an address.
    pub host: Host,
    /// The port, 443 unless another was given.
    pub port: u16,
}

/// A name in lower case, or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// `panel.example.org`.
    Name(String),
    /// `203.0.113.7`, `2001:db8::7`.
    Address(IpAddr),
}

impl Site {
    /// The address of the site, without a path: `https://panel.example.org`, `https://[2001:db8::7]:8443`.
    pub fn origin(&self) -> String {
        match self.port {
            HTTPS_PORT => format!("https://{}", self.host.in_url()),
            port => format!("https://{}:{port}", self.host.in_url()),
        }
    }
}

impl Host {
    fn in_url(&self) -> String {
        match self {
            Self::Address(IpAddr::V6(address)) => format!("[{address}]"),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.origin().trim_start_matches("https://"))
    }
}

/// Reads `NAME`, `IP`, `NAME:PORT`, `IPV4:PORT` or `[IPV6]:PORT`.
impl FromStr for Site {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self { host: Host::Address(address), port: HTTPS_PORT });
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or(BAD)?;
                if !host.contains(':') {
                    return Err(BAD);
                }
                (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or(BAD)?) })
            }
            None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let port = match port {
            None => HTTPS_PORT,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().map_err(|_| BAD)?,
            Some(_) => return Err(BAD),
        };
        if port == 0 || port == 80 {
            return Err("port 80 redirects to `https://`, and there is no port 0: name another port");
        }
        match host.parse() {
            Ok(address) => Ok(Self { host: Host::Address(address), port }),
            Err(_) => Ok(Self { host: Host::Name(name(host)?), port }),
        }
    }
}

const BAD: &str = "name a host such as `panel.example.org` or `203.0.113.7`, with a port behind it if it is not 443";

fn name(text: &str) -> Result<String, &'static str> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    if name.len() > 253 || !name.split('.').all(label) || last.bytes().all(|b| b.is_ascii_digit()) {
        return Err(BAD);
    }
    if !name.contains('.') {
        return Err("no authority gives a certificate for a name without a dot");
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_with_and_without_a_port() {
        for (text, origin) in [
            ("Panel.Example.org", "https://panel.example.org"),
            ("panel.example.org.:8443", "https://panel.example.org:8443"),
            ("203.0.113.7", "https://203.0.113.7"),
            ("203.0.113.7:444", "https://203.0.113.7:444"),
            ("2001:db8::7", "https://[2001:db8::7]"),
            ("[2001:db8::7]", "https://[2001:db8::7]"),
            ("[2001:db8::7]:8443", "https://[2001:db8::7]:8443"),
            ("xn--fiq228c.example", "https://xn--fiq228c.example"),
        ] {
            assert_eq!(text.parse::<Site>().unwrap().origin(), origin, "{text}");
        }
        for bad in [
            "",
            "panel",
            "localhost",
            "https://a.b",
            "a.b/c",
            "a..b",
            "-a.b",
            "a.b:",
            "a.b:0",
            "a.b:80",
            "a.b:x",
            "a.b:70000",
            "a.b:+1",
            "[a.b]",
            "[::1",
            "[::1]8",
            "1.2.3",
            "300.1.2.3",
            "a_b.c",
            "*.a.b",
            "面板.example",
            "a b.c",
        ] {
            assert!(bad.parse::<Site>().is_err(), "{bad}");
        }
    }
}
