//! Writes an admitted request the one way in which the server gets to see it.

use std::borrow::Cow;
use std::io::Write;
use std::net::IpAddr;

use crate::bridge::{self, Ticket};

use super::head::{Head, tokens};

/// Headers that concern one connection only, or that the door says itself.
const OURS: [&str; 13] = [
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-for",
    "x-forwarded-proto",
];

/// The head up to its `Content-Length`, which [`finish`] adds when the body is whole.
pub(super) fn begin(head: &Head<'_>, target: &str, client: IpAddr, secure: bool, unnamed_proxy: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    let mut line = |parts: [&[u8]; 4]| {
        for part in parts {
            out.extend_from_slice(part);
        }
    };
    line([head.method.as_bytes(), b" ", target.as_bytes(), b" HTTP/1.1\r\n"]);
    if let Some(host) = head.host {
        line([b"Host: ", host.as_bytes(), b"\r\n", b""]);
    }
    for header in &head.headers {
        if !is_ours(header.name) && !is_named(head, header.name) {
            line([header.name.as_bytes(), b": ", &readable(header.value), b"\r\n"]);
        }
    }
    let _ = write!(out, "{}: {client}\r\n{}: {}\r\n", bridge::PEER, bridge::SECURE, u8::from(secure));
    if unnamed_proxy {
        let _ = write!(out, "{}: 1\r\n", bridge::UNNAMED_PROXY);
    }
    out
}

/// Ends the head of a request with a body of that length, or with one that is handed over.
pub(super) fn finish(head: &mut Vec<u8>, length: usize, ticket: Option<Ticket>) {
    if let Some(ticket) = ticket {
        let _ = write!(head, "{}: {ticket}\r\n", bridge::BODY);
    }
    let _ = write!(head, "Content-Length: {length}\r\n\r\n");
}

fn is_ours(name: &str) -> bool {
    OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
        || name.get(..bridge::PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(bridge::PREFIX))
}

/// Whether the client's Connection header says that this one is not to be passed on.
fn is_named(head: &Head<'_>, name: &str) -> bool {
    tokens(&head.headers, "connection").any(|token| token.eq_ignore_ascii_case(name.as_bytes()))
}

/// The server reads ASCII only. Any other byte of a value is written as `%C3%A9`, so that a foreign cookie is no
/// reason to refuse the request, and two values that differ still do.
fn readable(value: &[u8]) -> Cow<'_, [u8]> {
    if value.is_ascii() {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len() * 3);
    for byte in value {
        if byte.is_ascii() {
            out.push(*byte);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    Cow::Owned(out)
}
