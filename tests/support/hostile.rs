//! What strangers send, and what they get for it.

use std::thread;

use super::wire::Wire;

/// What a client gets to see.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Status(u16),
    Closed,
}
use Fate::{Closed, Status};

/// Name, bytes, fate.
#[rustfmt::skip]
fn hostile() -> Vec<(&'static str, Vec<u8>, Fate)> {
    let get = |rest: &str| format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\n{rest}").into_bytes();
    let target = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes();
    let post = |rest: &str| {
        format!("POST /mu/v2/nodes/1/traffic HTTP/1.1\r\nHost: x\r\n{rest}").into_bytes()
    };
    vec![
        ("a head over 16 KiB", get(&format!("A: {}\r\n\r\n", "a".repeat(17 << 10))), Status(431)),
        ("a head without end", get(&"A: b\r\n".repeat(8 << 10)), Status(431)),
        ("65 headers", get(&format!("{}\r\n", "A: b\r\n".repeat(64))), Status(431)),
        ("an address over 16 KiB", target(&format!("/{}", "a".repeat(20 << 10))), Status(414)),
        ("a line without CR LF", b"GET /mu HTTP/1.1\nHost: x\n\n".to_vec(), Status(400)),
        ("one header without CR LF", get("A: b\nC: d\r\n\r\n"), Status(400)),
        ("NUL in a header", get("A: b\0c\r\n\r\n"), Status(400)),
        ("NUL in the address", target("/mu/\0"), Status(400)),
        ("a bare CR", get("A: b\rC: d\r\n\r\n"), Status(400)),
        ("a control character", get("A: b\x07\r\n\r\n"), Status(400)),
        ("a space before the colon", get("A : b\r\n\r\n"), Status(400)),
        ("a header without name", get(": b\r\n\r\n"), Status(400)),
        ("a header without colon", get("A\r\n\r\n"), Status(400)),
        ("a folded header", get("A: b\r\n c\r\n\r\n"), Status(400)),
        ("a first header that is folded", b"GET /mu HTTP/1.1\r\n Host: x\r\n\r\n".to_vec(), Status(400)),
        ("two lengths", post("Content-Length: 2\r\nContent-Length: 2\r\n\r\nab"), Status(400)),
        ("two lengths that differ", post("Content-Length: 2\r\ncontent-length: 3\r\n\r\nab"), Status(400)),
        ("two lengths in a line", post("Content-Length: 2, 2\r\n\r\nab"), Status(400)),
        ("length and chunked", post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nab"), Status(400)),
        ("a coding that is not known", post("Transfer-Encoding: gzip\r\n\r\n"), Status(501)),
        ("two codings", post("Transfer-Encoding: gzip, chunked\r\n\r\n"), Status(501)),
        ("chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), Status(400)),
        ("chunked with a vertical tab", post("Transfer-Encoding: \x0bchunked\r\n\r\n"), Status(400)),
        ("chunked in HTTP/1.0", b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(), Status(400)),
        ("a chunk of 2^64", post("Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n"), Status(400)),
        ("a chunk of 2^64-1", post("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"), Status(413)),
        ("a negative chunk", post("Transfer-Encoding: chunked\r\n\r\n-1\r\n"), Status(400)),
        ("a chunk without size", post("Transfer-Encoding: chunked\r\n\r\n\r\n"), Status(400)),
        ("a chunk with too much", post("Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"), Status(400)),
        ("an endless extension", post(&format!("Transfer-Encoding: chunked\r\n\r\n1;{}", "x".repeat(8192))), Status(400)),
        ("endless trailers", post(&format!("Transfer-Encoding: chunked\r\n\r\n0\r\n{}", "A: b\r\n".repeat(2000))), Status(400)),
        ("a negative length", post("Content-Length: -1\r\n\r\n"), Status(400)),
        ("a signed length", post("Content-Length: +2\r\n\r\nab"), Status(400)),
        ("a hexadecimal length", post("Content-Length: 0x2\r\n\r\nab"), Status(400)),
        ("a length in words", post("Content-Length: abc\r\n\r\nab"), Status(400)),
        ("an empty length", post("Content-Length: \r\n\r\nab"), Status(400)),
        ("a length with a fraction", post("Content-Length: 2.0\r\n\r\nab"), Status(400)),
        ("a length that aborts tiny_http", post("Content-Length: 99999999999999\r\n\r\n"), Status(413)),
        ("a length that panics tiny_http", post("Content-Length: 18446744073709551000\r\n\r\n"), Status(413)),
        ("a length beyond 2^64", post("Content-Length: 99999999999999999999999\r\n\r\n"), Status(413)),
        ("a body over the limit", post("Content-Length: 8454145\r\n\r\n"), Status(413)),
        ("no Host", b"GET /mu HTTP/1.1\r\n\r\n".to_vec(), Status(400)),
        ("two Hosts", get("Host: x\r\n\r\n"), Status(400)),
        ("a Host with a path", b"GET /mu HTTP/1.1\r\nHost: x/y\r\n\r\n".to_vec(), Status(400)),
        ("a Host with a user", b"GET /mu HTTP/1.1\r\nHost: a@x\r\n\r\n".to_vec(), Status(400)),
        ("a method that is not known", b"BREW /mu HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), Status(501)),
        ("a method in lowercase", b"get /mu HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), Status(501)),
        ("TRACE", b"TRACE /mu HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), Status(501)),
        ("CONNECT", b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), Status(501)),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), Status(505)),
        ("HTTP/2.0", b"GET / HTTP/2.0\r\nHost: x\r\n\r\n".to_vec(), Status(505)),
        ("HTTP/1.2", b"GET / HTTP/1.2\r\nHost: x\r\n\r\n".to_vec(), Status(505)),
        ("HTTP/0.9", b"GET /\r\n\r\n".to_vec(), Status(400)),
        ("two spaces", b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), Status(400)),
        ("a space in the address", target("/a b"), Status(400)),
        ("two dots", target("/mu/../admin"), Status(400)),
        ("two dots at the end", target("/mu/.."), Status(400)),
        ("two dots in disguise", target("/mu/%2e%2e/admin"), Status(400)),
        ("two dots half in disguise", target("/mu/.%2E/admin"), Status(400)),
        ("two dots between slashes in disguise", target("/mu/a%2f..%2fadmin"), Status(400)),
        ("two dots between backslashes", target("/mu/a\\..\\admin"), Status(400)),
        ("%00", target("/mu/%00"), Status(400)),
        ("%0d%0a", target("/mu/%0d%0aA: b"), Status(400)),
        ("UTF-8 that is none", b"GET /mu/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), Status(400)),
        ("UTF-8 that is none, encoded", target("/mu/%ff%fe"), Status(400)),
        ("an address without slash", target("mu"), Status(400)),
        ("an asterisk", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), Status(400)),
        ("a fragment", target("/mu#x"), Status(400)),
        ("an absolute address of another host", target("http://y/mu"), Status(400)),
        ("an absolute address of another scheme", target("ftp://x/mu"), Status(400)),
        ("an absolute address without host", target("http:///mu"), Status(400)),
        ("an expectation that is not known", post("Expect: 200-ok\r\nContent-Length: 2\r\n\r\n"), Status(417)),
        ("a TLS hello on the plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), Status(400)),
        ("SSH", b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), Status(408)),
        ("noise", (128..=255).chain(0..128).collect(), Status(400)),
    ]
}

/// Sends each on a connection of its own, all at the same time, and sees what comes of it; meanwhile a good client
/// `is_well`. Those that are for a node are sent once more as a browser would: to an address that is none of the Mu
/// API's.
pub(crate) fn meet(base: &str, connect: impl Fn() -> Wire, is_well: impl Fn()) {
    thread::scope(|scope| {
        for (name, bytes, fate) in hostile() {
            let elsewhere = replaced(&bytes, b" /mu", b" /us");
            let json = elsewhere != bytes;
            for (bytes, json) in [(bytes, json), (elsewhere, false)].into_iter().take(1 + usize::from(json)) {
                let wire = connect();
                scope.spawn(move || meet_one(&format!("{base}: {name}"), &bytes, fate, json, wire));
            }
            is_well();
        }
    });
    is_well();
}

fn replaced(bytes: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut replaced = bytes.to_vec();
    if let Some(at) = bytes.windows(what.len()).position(|found| found == what) {
        replaced.splice(at..at + what.len(), with.iter().copied());
    }
    replaced
}

fn meet_one(name: &str, bytes: &[u8], fate: Fate, json: bool, mut wire: Wire) {
    wire.send(bytes);
    let answer = wire.answer();
    let found = answer.as_ref().map_or(Closed, |answer| Status(answer.status));
    // A panel asks for the token before it looks at the length.
    let refused = fate == Status(413) && found == Status(401);
    assert!(found == fate || refused, "{name}: {found:?}, not {fate:?}");
    let json = json || found == Status(401);
    if let Some(answer) = answer {
        for line in ["Connection: close", "Cache-Control: no-store", "X-Content-Type-Options: nosniff"] {
            assert!(answer.has(line), "{name}: no {line}");
        }
        let (kind, starts) = match found {
            Status(401) => ("application/json; charset=utf-8", "{"),
            _ if json => ("application/json", "{"),
            _ => ("text/plain; charset=utf-8", ""),
        };
        assert!(
            answer.has(&format!("Content-Type: {kind}")) && answer.text().starts_with(starts),
            "{name}: {answer:?}"
        );
        assert!(!json || answer.text().contains(r#""ret":0"#), "{name}: {answer:?}");
        assert!(json || !answer.text().starts_with('{') && answer.text().len() > 5, "{name}: {answer:?}");
    }
    assert!(wire.rest().is_empty(), "{name}: more than one answer");
}
