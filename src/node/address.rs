//! Where a client wants to go, as Shadowsocks writes it (the addresses of SOCKS 5, RFC 1928).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest address: a name with its kind and length, and a port.
pub const MAX_ADDRESS_BYTES: usize = 1 + 1 + 255 + 2;

const V4: u8 = 1;
const NAME: u8 = 3;
const V6: u8 = 4;

/// The host and the port that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// By number or by name.
    pub host: Host,
    /// Its port; never 0.
    pub port: u16,
}

/// A host by number or by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An address.
    Ip(IpAddr),
    /// A name to look up: 1 to 253 letters, digits and `-._`.
    Name(Box<str>),
}

/// What arrived is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAddress;

/// Reads the address at the beginning of `bytes`, and how many bytes it takes; `None`: there must be more of them.
///
/// # Errors
/// [`NoAddress`], whatever comes after it.
pub fn read(bytes: &[u8]) -> Result<Option<(Target, usize)>, NoAddress> {
    let Some(kind) = bytes.first() else { return Ok(None) };
    let length = match *kind {
        V4 => 4,
        V6 => 16,
        NAME => match bytes.get(1) {
            None => return Ok(None),
            Some(0) => return Err(NoAddress),
            Some(length) => 1 + usize::from(*length),
        },
        _ => return Err(NoAddress),
    };
    let end = 1 + length + 2;
    let Some(whole) = bytes.get(..end) else { return Ok(None) };
    let (host, port) = whole[1..].split_at(length);
    let host = match *kind {
        V4 => Host::Ip(IpAddr::from(<[u8; 4]>::try_from(host).map_err(|_| NoAddress)?)),
        V6 => Host::Ip(IpAddr::from(<[u8; 16]>::try_from(host).map_err(|_| NoAddress)?)),
        _ => named(&host[1..])?,
    };
    let port = u16::from_be_bytes([port[0], port[1]]);
    if port == 0 { Err(NoAddress) } else { Ok(Some((Target { host, port }, end))) }
}

/// Reads what a connection begins with: an address and, if it is `padded` (SIP022), so much padding as stands behind
/// it. Where payload begins; `None`: there must be more.
///
/// # Errors
/// [`NoAddress`].
pub fn greeting(opened: &[u8], padded: bool) -> Result<Option<(Target, usize)>, NoAddress> {
    let Some((target, length)) = read(opened)? else { return Ok(None) };
    if !padded {
        return Ok(Some((target, length)));
    }
    let Some([high, low]) = opened.get(length..length + 2) else { return Ok(None) };
    let padding = usize::from(u16::from_be_bytes([*high, *low]));
    let begin = length + 2 + padding;
    // A header that is as long as its address tells how long that is.
    if opened.len() < begin || padding == 0 && opened.len() == begin {
        return Err(NoAddress);
    }
    Ok(Some((target, begin)))
}

/// Some clients write an address as its name.
fn named(name: &[u8]) -> Result<Host, NoAddress> {
    let text = std::str::from_utf8(name).map_err(|_| NoAddress)?;
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(ip) = bare.parse() {
        return Ok(Host::Ip(ip));
    }
    let sound = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if sound && text.len() <= 253 { Ok(Host::Name(text.into())) } else { Err(NoAddress) }
}

/// Writes an address; one of IPv4 that came over a socket of IPv6 as what it is.
pub fn write(address: SocketAddr, out: &mut Vec<u8>) {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => {
            out.push(V4);
            out.extend(Ipv4Addr::octets(&ip));
        }
        IpAddr::V6(ip) => {
            out.push(V6);
            out.extend(Ipv6Addr::octets(&ip));
        }
    }
    out.extend(address.port().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_whole(bytes: &[u8]) -> Result<Option<String>, NoAddress> {
        let read = read(bytes)?;
        Ok(read.map(|(target, length)| format!("{:?} {} {length}", target.host, target.port)))
    }

    #[test]
    fn addresses_are_read_as_socks_writes_them() {
        for (bytes, meant) in [
            (&b"\x01\x7f\x00\x00\x01\x00\x50rest"[..], "Ip(127.0.0.1) 80 7"),
            (b"\x03\x0bexample.org\x01\xbb", "Name(\"example.org\") 443 15"),
            (b"\x03\x09127.0.0.1\x01\xbb", "Ip(127.0.0.1) 443 13"),
            (b"\x03\x05[::1]\x01\xbb", "Ip(::1) 443 9"),
            (b"\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x00\x35", "Ip(::1) 53 19"),
        ] {
            assert_eq!(read_whole(bytes), Ok(Some(meant.to_owned())));
            for cut in 0..bytes.len().min(7) {
                assert_eq!(read_whole(&bytes[..cut]), Ok(None), "{bytes:?} cut at {cut}");
            }
        }
        for bad in [
            &b"\x00"[..],
            b"\x02\x01",
            b"\x11\x7f\0\0\x01\0\x50",
            b"\x03\x00",
            b"\x03\x01/\0\x50",
            b"\x03\x03a\nb\0\x50",
            b"\x03\x02\xff\xfe\0\x50",
            b"\x01\x7f\x00\x00\x01\x00\x00",
        ] {
            assert_eq!(read_whole(bad), Err(NoAddress), "{bad:?}");
        }
    }

    #[test]
    fn a_padded_greeting_has_padding_or_payload() {
        let address = b"\x01\x7f\x00\x00\x01\x00\x50";
        let begins = |rest: &[u8]| greeting(&[&address[..], rest].concat(), true).map(|read| read.map(|(_, at)| at));
        assert_eq!(begins(b""), Ok(None));
        assert_eq!(begins(b"\0"), Ok(None));
        assert_eq!(begins(b"\0\0"), Err(NoAddress), "neither");
        assert_eq!(begins(b"\0\0x"), Ok(Some(9)));
        assert_eq!(begins(b"\0\x02ab"), Ok(Some(11)));
        assert_eq!(begins(b"\0\x02a"), Err(NoAddress), "it ends within its padding");
        assert_eq!(begins(b"\xff\xff"), Err(NoAddress));
    }

    #[test]
    fn what_is_written_can_be_read() {
        for text in ["192.0.2.1:53", "[2001:db8::1]:65535", "[::ffff:192.0.2.1]:53"] {
            let address: SocketAddr = text.parse().unwrap();
            let mut bytes = Vec::new();
            write(address, &mut bytes);
            let (target, length) = read(&bytes).unwrap().unwrap();
            assert_eq!((target.host, length), (Host::Ip(address.ip().to_canonical()), bytes.len()));
        }
    }
}
