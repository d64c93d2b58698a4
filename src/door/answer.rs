//! Reads the head of the server's answer and writes it anew for the client.

use std::io::Write;

use crate::bridge::{self, BodyHandoff, NamedBody};

use super::body::Length;
use super::head::{tokens, values};
use super::limits::MAX_HEADERS;

/// Headers of the server that concern its connection to the door alone.
const DROPPED: [&str; 7] =
    ["connection", "content-length", "keep-alive", "server", "trailer", "transfer-encoding", bridge::BODY];

/// What must be known of a request to relay its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub is_head: bool,
    pub minor: u8,
    pub keep_alive: bool,
}

/// What follows a head that was relayed.
#[derive(Debug)]
pub(super) struct Relayed {
    /// Bytes of the server's head.
    pub used: usize,
    /// The body that the server sends.
    pub length: Length,
    /// The body that its head names instead.
    pub named: Option<NamedBody>,
    /// Whether the client gets the body in chunks.
    pub chunked: bool,
    /// Whether the client's connection goes on.
    pub keep_alive: bool,
    /// Whether the server's connection goes on.
    pub reusable: bool,
}

/// The answer of the server is not HTTP that we understand.
#[derive(Debug)]
pub(super) struct Broken;

/// Reads an answer's head from the front of `bytes` and appends the client's to `out`.
/// `Ok(None)`: more is needed.
pub(super) fn relay(
    bytes: &[u8],
    asked: Asked,
    bodies: &BodyHandoff,
    out: &mut Vec<u8>,
) -> Result<Option<Relayed>, Broken> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let Ok(parsed) = response.parse(bytes) else {
        return Err(Broken);
    };
    let httparse::Status::Complete(used) = parsed else {
        return Ok(None);
    };
    let (Some(status @ 200..), reason) = (response.code, response.reason.unwrap_or_default()) else {
        return Err(Broken);
    };
    let headers = &*response.headers;
    let without_body = asked.is_head || status == 204 || status == 304;
    let sent = length(headers)?;
    let named = match values(headers, bridge::BODY).next() {
        None => None,
        Some(ticket) => Some(std::str::from_utf8(ticket).ok().and_then(|ticket| bodies.take(ticket)).ok_or(Broken)?),
    };
    let told = match &named {
        Some(_) if sent != Length::Known(0) && !without_body => return Err(Broken),
        Some(body) => Length::Known(body.bytes.len() as u64),
        None => sent,
    };
    let chunked = told == Length::Chunked && !without_body && asked.minor == 1;
    let keep_alive = asked.keep_alive && (chunked || told != Length::Chunked || without_body);

    let _ = write!(out, "HTTP/1.1 {status} {reason}\r\n");
    for header in headers {
        if !DROPPED.iter().any(|dropped| header.name.eq_ignore_ascii_case(dropped)) {
            for part in [header.name.as_bytes(), b": ", header.value, b"\r\n"] {
                out.extend_from_slice(part);
            }
        }
    }
    match told {
        Length::Known(count) if status != 204 && status != 304 => {
            let _ = write!(out, "Content-Length: {count}\r\n");
        }
        Length::Chunked if chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        _ => {}
    }
    match (keep_alive, asked.minor) {
        (false, _) => out.extend_from_slice(b"Connection: close\r\n"),
        (true, 0) => out.extend_from_slice(b"Connection: keep-alive\r\n"),
        (true, _) => {}
    }
    out.extend_from_slice(b"\r\n");
    Ok(Some(Relayed {
        used,
        length: if without_body { Length::Known(0) } else { sent },
        named: named.filter(|_| !without_body),
        chunked,
        keep_alive,
        reusable: !tokens(headers, "connection").any(|token| token.eq_ignore_ascii_case(b"close")),
    }))
}

/// The framing that the server gave; it is our own server, so the first of each header will do.
fn length(headers: &[httparse::Header<'_>]) -> Result<Length, Broken> {
    if values(headers, "transfer-encoding").next().is_some() {
        return Ok(Length::Chunked);
    }
    match values(headers, "content-length").next() {
        None => Ok(Length::Known(0)),
        Some(digits) => {
            let digits = std::str::from_utf8(digits).map_err(|_| Broken)?;
            digits.parse().map(Length::Known).map_err(|_| Broken)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn relayed(answer: &str, minor: u8, is_head: bool, bodies: &BodyHandoff) -> Option<(String, Relayed)> {
        let mut out = Vec::new();
        let asked = Asked { is_head, minor, keep_alive: true };
        let relayed = relay(answer.as_bytes(), asked, bodies, &mut out).ok()??;
        Some((String::from_utf8(out).unwrap(), relayed))
    }

    #[test]
    fn an_answer_is_framed_for_who_asked() {
        let bodies = BodyHandoff::default();
        let plain = "HTTP/1.1 200 OK\r\nServer: x\r\nA: b\r\nContent-Length: 3\r\n\r\nabc";
        let (head, told) = relayed(plain, 1, false, &bodies).unwrap();
        assert_eq!(head, "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n\r\n");
        assert_eq!((told.used, told.length, told.keep_alive), (plain.len() - 3, Length::Known(3), true));
        let (head, told) = relayed(plain, 0, true, &bodies).unwrap();
        assert_eq!(head, "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n");
        assert_eq!(told.length, Length::Known(0));
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        let (head, told) = relayed(chunked, 1, false, &bodies).unwrap();
        assert_eq!(head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        assert!(told.chunked && told.keep_alive);
        let (head, told) = relayed(chunked, 0, false, &bodies).unwrap();
        assert_eq!(head, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        assert!(!told.chunked && !told.keep_alive);
        let (head, _) = relayed("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 1, false, &bodies).unwrap();
        assert_eq!(head, "HTTP/1.1 304 Not Modified\r\n\r\n");
    }

    #[test]
    fn a_named_body_takes_the_place_of_the_sent_one() {
        let bodies = BodyHandoff::default();
        for is_head in [false, true] {
            let ticket = bodies.put(Arc::new(b"named".to_vec()), None);
            let answer = format!("HTTP/1.1 200 OK\r\nx-door-body: {ticket}\r\nContent-Length: 0\r\n\r\n");
            let (head, told) = relayed(&answer, 1, is_head, &bodies).unwrap();
            assert_eq!(head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            assert_eq!(told.named.is_some(), !is_head);
            assert!(relayed(&answer, 1, is_head, &bodies).is_none(), "it is taken once");
        }
    }

    #[test]
    fn nonsense_from_the_server_is_not_relayed() {
        let bodies = BodyHandoff::default();
        for answer in ["x\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"] {
            assert!(
                relay(answer.as_bytes(), Asked { is_head: false, minor: 1, keep_alive: true }, &bodies, &mut vec![])
                    .is_err()
            );
        }
        assert!(relayed("HTTP/1.1 200 OK\r\n", 1, false, &bodies).is_none());
    }
}
