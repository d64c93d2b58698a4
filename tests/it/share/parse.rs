//! Readers of links, written from the specifications: RFC 3986, RFC 4648, SIP002, RFC 3492 and v2rayN's description of
//! its links.

/// What an `ss://` link says.
#[derive(Debug, PartialEq, Eq)]
pub struct Ss {
    pub method: String,
    pub password: String,
    pub host: String,
    pub port: u16,
    pub tag: String,
    /// Whether the user's part was in base64.
    pub base64: bool,
}

/// Reads `ss://userinfo@host:port[/][?plugin][#tag]`, and only if it keeps to the grammar of RFC 3986.
pub fn ss(link: &str) -> Ss {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    assert!(link.chars().all(allowed), "{link}");
    let rest = link.strip_prefix("ss://").unwrap();
    let (rest, tag) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    assert!(!authority.contains('/') && query.is_empty() && !tag.contains(['#', '+']), "{link}");
    let (userinfo, address) = authority.split_once('@').unwrap();
    let (host, port) = address.rsplit_once(':').unwrap();
    assert!(host.starts_with('[') == host.contains(':'), "{link}");
    let host = host.strip_prefix('[').map_or(host, |ip| ip.strip_suffix(']').unwrap());
    let base64 = !userinfo.contains(':');
    let plain = if base64 {
        assert!(!userinfo.contains(['=', '+', '/', '%']), "{link}");
        String::from_utf8(unbase64(userinfo)).unwrap()
    } else {
        assert_eq!(userinfo.matches(':').count(), 1, "{link}");
        unpercent(userinfo)
    };
    let (method, password) = plain.split_once(':').unwrap();
    let (method, password) = (method.to_owned(), password.to_owned());
    Ss { method, password, host: host.to_owned(), port: port.parse().unwrap(), tag: unpercent(tag), base64 }
}

/// What is in a `vmess://` link.
pub fn vmess(link: &str) -> serde_json::Value {
    let text = link.strip_prefix("vmess://").unwrap();
    assert!(text.len().is_multiple_of(4) && !text.contains(['-', '_']), "{link}");
    serde_json::from_slice(&unbase64(text.trim_end_matches('='))).unwrap()
}

/// Takes `%XX` apart (RFC 3986, 2.1).
pub fn unpercent(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

/// Base64 without padding, in either alphabet (RFC 4648, 4 and 5).
pub fn unbase64(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => panic!("{text}"),
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    assert_eq!(bits & ((1 << held) - 1), 0, "{text}");
    out
}

/// The host that an ASCII one stands for: labels behind `xn--` are decoded (RFC 3492, 6.2).
pub fn unicode_host(host: &str) -> String {
    let label = |label: &str| match label.strip_prefix("xn--") {
        Some(code) => unpunycode(code),
        None => label.to_owned(),
    };
    host.split('.').map(label).collect::<Vec<_>>().join(".")
}

fn unpunycode(code: &str) -> String {
    let (basic, extended) = code.rsplit_once('-').unwrap_or(("", code));
    let mut out: Vec<char> = basic.chars().collect();
    let (mut n, mut i, mut bias) = (128, 0_usize, 72);
    let mut digits = extended.bytes();
    while digits.len() > 0 {
        let (old, mut weight) = (i, 1);
        for k in 1.. {
            let byte = digits.next().unwrap();
            let digit = usize::from(if byte.is_ascii_digit() { byte - b'0' + 26 } else { byte - b'a' });
            i += digit * weight;
            let threshold = (36_usize * k).saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight *= 36 - threshold;
        }
        let length = out.len() + 1;
        let mut delta = (i - old) / if old == 0 { 700 } else { 2 };
        delta += delta / length;
        bias = 0;
        while delta > 455 {
            delta /= 35;
            bias += 36;
        }
        bias += 36 * delta / (delta + 38);
        n += i / length;
        i %= length;
        out.insert(i, char::from_u32(u32::try_from(n).unwrap()).unwrap());
        i += 1;
    }
    out.into_iter().collect()
}
