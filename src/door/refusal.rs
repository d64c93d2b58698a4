//! Why a request or a connection is turned away, and the answer that says so.

use std::fmt::Write;

use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};

/// Turns a path, a status and a sentence into the content type and body of a refusal.
/// The path is empty when the request was too broken to have one.
pub type Render = fn(path: &str, status: u16, words: &str) -> (&'static str, String);

/// Turns a path into what may be written down of it.
pub type Shown = fn(path: &str) -> String;

/// A status and a sentence in lowercase words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What was wrong.
    pub words: &'static str,
}

impl Refusal {
    /// A refusal with that status and those words.
    pub const fn new(status: u16, words: &'static str) -> Self {
        Self { status, words }
    }

    /// A refusal of a request that is malformed.
    pub const fn bad(words: &'static str) -> Self {
        Self::new(400, words)
    }

    /// The whole answer, given at `now` if that is known; the connection ends after it.
    pub(super) fn answer(self, path: &str, is_head: bool, render: Render, now: Option<i64>) -> Vec<u8> {
        let (content_type, body) = render(path, self.status, self.words);
        let mut answer = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\
             Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n",
            self.status,
            reason(self.status),
            body.len(),
        );
        if let Some(date) = now.and_then(date) {
            let _ = write!(answer, "Date: {date}\r\n");
        }
        if matches!(self.status, 429 | 503) {
            answer.push_str("Retry-After: 1\r\n");
        }
        let shown = if is_head { "" } else { &body };
        let _ = write!(answer, "\r\n{shown}");
        answer.into_bytes()
    }
}

/// A time as HTTP writes it (RFC 9110, 5.6.7).
fn date(now: i64) -> Option<String> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::from_second(now).ok()?).ok()
}

/// The phrase that goes with a status.
fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        404 => "Not Found",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        507 => "Insufficient Storage",
        _ => "Refused",
    }
}

/// Plain words, or the JSON that node programs read when the path is below `/mu` or `/api/mu`.
/// Every sentence of the door is free of quotes and backslashes.
pub fn plain(path: &str, _status: u16, words: &str) -> (&'static str, String) {
    let path = path.trim_start_matches('/');
    let path = path.strip_prefix("api/").unwrap_or(path).trim_start_matches('/');
    let rest = path.strip_prefix("mu");
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#'])) {
        ("application/json", format!(r#"{{"ret":0,"msg":"{words}"}}"#))
    } else {
        ("text/plain; charset=utf-8", format!("{words}\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_programs_get_json_and_people_get_words() {
        for (path, json) in [
            ("/mu", true),
            ("/mu/v2/users", true),
            ("//mu//v2", true),
            ("/api/mu/x", true),
            ("/mu?key=1", true),
            ("/mu#x", true),
            ("/music", false),
            ("/", false),
            ("", false),
        ] {
            assert_eq!(plain(path, 400, "no").0 == "application/json", json, "{path}");
        }
    }

    #[test]
    fn a_refusal_is_a_whole_answer() {
        let answer = Refusal::new(503, "busy").answer("/mu", false, plain, Some(784_111_777));
        assert_eq!(
            String::from_utf8(answer).unwrap(),
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\
             Connection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\
             Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: 1\r\n\r\n\
             {\"ret\":0,\"msg\":\"busy\"}"
        );
        let answer = Refusal::bad("no").answer("/", true, plain, None);
        assert!(answer.ends_with(b"\r\n\r\n"));
    }
}
