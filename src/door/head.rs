//! Judges the head of a request: strict where two readers could understand it differently.
//! Everything here is a pure function of bytes.

use super::body::Length;
use super::limits::MAX_HEADERS;
use super::refusal::Refusal;
use super::target;

/// Methods that pass; whether an address takes them is for the server to say.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

/// A head that can be understood in one way only.
#[derive(Debug)]
pub struct Head<'a> {
    /// One of `METHODS`.
    pub method: &'a str,
    /// Path and query, beginning with a slash.
    pub target: &'a str,
    /// The host that was asked for, if any.
    pub host: Option<&'a str>,
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    pub minor: u8,
    /// How long the body is.
    pub length: Length,
    /// Whether the client keeps the connection for another request.
    pub keep_alive: bool,
    /// Whether the client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// All header lines as sent.
    pub headers: Vec<httparse::Header<'a>>,
}

/// Looks for the end of the head in what came so far; the first `seen` bytes were looked at before.
/// `Ok(Some(end))`: the head is `bytes[..end]`. `Ok(None)`: more is needed.
///
/// # Errors
/// When what came cannot become a head of at most `limit` bytes.
pub fn end(bytes: &[u8], seen: usize, limit: usize) -> Result<Option<usize>, Refusal> {
    // Begin early enough to see a CRLF CRLF that was cut by the end of what came before.
    for at in seen.saturating_sub(3)..bytes.len() {
        match bytes[at] {
            b'\n' => {
                if at == 0 || bytes[at - 1] != b'\r' {
                    return Err(Refusal::bad("a line does not end with CR LF"));
                }
                if at >= 3 && bytes[at - 3] == b'\r' && bytes[at - 2] == b'\n' {
                    return if at < limit { Ok(Some(at + 1)) } else { Err(too_large(bytes, limit)) };
                }
            }
            b'\r' if bytes.get(at + 1).is_some_and(|next| *next != b'\n') => {
                return Err(Refusal::bad("the head has a CR without LF"));
            }
            b'\t' | b'\r' => {}
            0..0x20 | 0x7f => return Err(Refusal::bad("the head has a control character")),
            _ => {}
        }
    }
    if bytes.len() >= limit { Err(too_large(bytes, limit)) } else { Ok(None) }
}

fn too_large(bytes: &[u8], limit: usize) -> Refusal {
    if bytes[..limit].contains(&b'\n') {
        Refusal::new(431, "the head is too large")
    } else {
        Refusal::new(414, "the address is too long")
    }
}

/// Judges a head that [`end`] found, up to and with its empty line.
///
/// # Errors
/// When it is malformed, ambiguous, or asks for what we do not do.
pub fn parse(bytes: &[u8]) -> Result<Head<'_>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(end)) if end == bytes.len() => {}
        Ok(_) => return Err(Refusal::bad("the head is malformed")),
        Err(error) => return Err(explain(error, bytes)),
    }
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version) else {
        return Err(Refusal::bad("the head is malformed"));
    };
    if !METHODS.contains(&method) {
        return Err(Refusal::new(501, "the method is not known here"));
    }
    let headers = request.headers.to_vec();
    let mut head = Head {
        method,
        target,
        host: one(&headers, "host", "there are two Host headers")?,
        minor,
        length: length(&headers, minor)?,
        keep_alive: keeps_alive(&headers, minor),
        expects_continue: expects_continue(&headers, minor)?,
        headers,
    };
    if head.host.is_none() && minor == 1 {
        return Err(Refusal::bad("the Host header is missing"));
    }
    if head.host.is_some_and(|host| !target::is_host(host)) {
        return Err(Refusal::bad("the Host header is malformed"));
    }
    (head.target, head.host) = target::origin_form(target, head.host)?;
    target::judge(head.target)?;
    Ok(head)
}

fn explain(error: httparse::Error, bytes: &[u8]) -> Refusal {
    use httparse::Error;
    let mut words = bytes.split(|byte| *byte == b' ' || *byte == b'\r');
    let has_version = words.nth(2).is_some_and(|word| word.starts_with(b"HTTP/"));
    match error {
        Error::TooManyHeaders => Refusal::new(431, "the head has too many headers"),
        Error::Version if has_version => Refusal::new(505, "only HTTP/1.0 and HTTP/1.1 are spoken here"),
        Error::HeaderName => Refusal::bad("a header name is malformed"),
        Error::HeaderValue => Refusal::bad("a header value is malformed"),
        _ => Refusal::bad("the request line is malformed"),
    }
}

/// The values of all lines with that name, in order.
pub(super) fn values<'a>(headers: &[httparse::Header<'a>], name: &str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
    headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

/// The value of a header that may appear only once.
fn one<'a>(headers: &[httparse::Header<'a>], name: &str, twice: &'static str) -> Result<Option<&'a str>, Refusal> {
    let mut found = values(headers, name);
    let first = found.next();
    if found.next().is_some() {
        return Err(Refusal::bad(twice));
    }
    first.map(|value| std::str::from_utf8(value).map_err(|_| Refusal::bad("a header value is malformed"))).transpose()
}

/// The comma-separated words of all lines with that name.
pub(super) fn tokens<'a>(headers: &[httparse::Header<'a>], name: &str) -> impl Iterator<Item = &'a [u8]> {
    values(headers, name).flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
}

/// The framing of the body, on which every reader must agree.
fn length(headers: &[httparse::Header<'_>], minor: u8) -> Result<Length, Refusal> {
    let length = one(headers, "content-length", "there are two Content-Length headers")?;
    let coding = one(headers, "transfer-encoding", "there are two Transfer-Encoding headers")?;
    match (length, coding) {
        (None, None) => Ok(Length::Known(0)),
        (Some(_), Some(_)) => Err(Refusal::bad("there is a Content-Length and a Transfer-Encoding")),
        (None, Some(_)) if minor == 0 => Err(Refusal::bad("HTTP/1.0 has no Transfer-Encoding")),
        (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Ok(Length::Chunked),
        (None, Some(_)) => Err(Refusal::new(501, "the only Transfer-Encoding known here is chunked")),
        (Some(digits), None) if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(Refusal::bad("the Content-Length is no number"))
        }
        // A number that does not fit is larger than any limit.
        (Some(digits), None) => Ok(Length::Known(digits.parse().unwrap_or(u64::MAX))),
    }
}

fn keeps_alive(headers: &[httparse::Header<'_>], minor: u8) -> bool {
    let says = |word: &[u8]| tokens(headers, "connection").any(|token| token.eq_ignore_ascii_case(word));
    !says(b"close") && (minor == 1 || says(b"keep-alive"))
}

fn expects_continue(headers: &[httparse::Header<'_>], minor: u8) -> Result<bool, Refusal> {
    let mut expected = tokens(headers, "expect").peekable();
    if minor == 0 || expected.peek().is_none() {
        return Ok(false);
    }
    if expected.all(|token| token.eq_ignore_ascii_case(b"100-continue")) {
        Ok(true)
    } else {
        Err(Refusal::new(417, "the only expectation known here is 100-continue"))
    }
}
