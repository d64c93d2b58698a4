//! Forms with files in them (`multipart/form-data`, RFC 7578), read as a stream: strict, and with nothing of a file
//! kept in memory. The names of the files are ignored.

use std::io::{Error, ErrorKind, Read, Result};

/// Most bytes of the head of a part.
const MAX_HEAD: usize = 4 << 10;
/// Most parts of a form.
const MAX_PARTS: usize = 100;
/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// What is known of a part before its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its place in the form, from 0.
    pub number: usize,
    /// The name of its field.
    pub name: String,
    /// Whether it is a file that was chosen.
    pub is_file: bool,
}

/// What stands between the parts, as the `Content-Type` of a form with files says it; `None` if it is another type.
pub fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim())
    })?;
    let boundary = boundary.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"')).unwrap_or(boundary);
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte);
    ((1..=70).contains(&boundary.len()) && boundary.bytes().all(sound)).then(|| boundary.to_owned())
}

/// Gives `take` the content of each part, piece by piece and in order; a part without content is given once, empty.
///
/// # Errors
/// [`ErrorKind::InvalidData`] with words if it is malformed, and those of the input and of `take`.
pub fn read(input: impl Read, boundary: &str, mut take: impl FnMut(&Part, &[u8]) -> Result<()>) -> Result<()> {
    let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
    // The first one begins at the beginning, all others after a line; so they are the same.
    let mut window = Window { input, bytes: b"\r\n".to_vec(), ended: false };
    window.expect(&delimiter)?;
    for number in 0..MAX_PARTS {
        if window.begins_with(b"--")? {
            window.bytes.drain(..2);
            let closed =
                window.at_end()? || window.begins_with(b"\r\n")? && window.bytes.len() == 2 && window.is_over()?;
            return if closed { Ok(()) } else { Err(malformed("something follows its end")) };
        }
        window.expect(b"\r\n")?;
        let part = part(number, &window.head()?)?;
        window.content(&delimiter, |piece| take(&part, piece))?;
    }
    Err(malformed("it has too many parts"))
}

/// The part of the input that has been read and not yet been taken.
struct Window<R> {
    input: R,
    bytes: Vec<u8>,
    ended: bool,
}

impl<R: Read> Window<R> {
    /// Reads some more; `false` at the end.
    fn more(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let before = self.bytes.len();
        self.bytes.resize(before + CHUNK, 0);
        let count = loop {
            match self.input.read(&mut self.bytes[before..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.bytes.truncate(before + *count.as_ref().unwrap_or(&0));
        self.ended = count? == 0;
        Ok(!self.ended)
    }

    fn begins_with(&mut self, wanted: &[u8]) -> Result<bool> {
        while self.bytes.len() < wanted.len() {
            if !self.more()? {
                return Ok(false);
            }
        }
        Ok(self.bytes.starts_with(wanted))
    }

    fn expect(&mut self, wanted: &[u8]) -> Result<()> {
        if !self.begins_with(wanted)? {
            return Err(malformed(if self.ended {
                "it ends too early"
            } else {
                "a part does not begin where it should"
            }));
        }
        self.bytes.drain(..wanted.len());
        Ok(())
    }

    fn at_end(&mut self) -> Result<bool> {
        Ok(self.bytes.is_empty() && !self.more()?)
    }

    /// Whether nothing follows what has been read.
    fn is_over(&mut self) -> Result<bool> {
        Ok(!self.more()?)
    }

    /// The lines up to the empty one.
    fn head(&mut self) -> Result<String> {
        loop {
            if let Some(end) = find(&self.bytes, b"\r\n\r\n").filter(|end| *end <= MAX_HEAD) {
                let head = self.bytes.drain(..end + 4).take(end).collect();
                return String::from_utf8(head).map_err(|_| malformed("the head of a part is not UTF-8"));
            }
            if self.bytes.len() > MAX_HEAD + 4 {
                return Err(malformed("the head of a part is too long"));
            }
            if !self.more()? {
                return Err(malformed("it ends too early"));
            }
        }
    }

    /// Takes all up to the delimiter, and that too.
    fn content(&mut self, delimiter: &[u8], mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut given = false;
        loop {
            if let Some(end) = find(&self.bytes, delimiter) {
                if end > 0 || !given {
                    take(&self.bytes[..end])?;
                }
                self.bytes.drain(..end + delimiter.len());
                return Ok(());
            }
            // The beginning of a delimiter may stand at the end of what there is so far.
            let sure = self.bytes.len().saturating_sub(delimiter.len() - 1);
            if sure > 0 {
                take(&self.bytes[..sure])?;
                given = true;
                self.bytes.drain(..sure);
            }
            if !self.more()? {
                return Err(malformed("it ends too early"));
            }
        }
    }
}

/// Where `wanted` begins in `bytes`. Its first byte is one that is rare.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| *byte == wanted[0])?;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn part(number: usize, head: &str) -> Result<Part> {
    let mut found = None;
    for line in head.split("\r\n") {
        let Some((name, value)) = line.split_once(':') else {
            return Err(malformed("the head of a part has a line that is none"));
        };
        if line.bytes().any(|byte| byte < b' ' && byte != b'\t') {
            return Err(malformed("the head of a part has a control character"));
        }
        if name.eq_ignore_ascii_case("content-disposition") && found.replace(disposition(number, value)?).is_some() {
            return Err(malformed("a part has two names"));
        }
        let plain = ["7bit", "8bit", "binary"].iter().any(|plain| value.trim().eq_ignore_ascii_case(plain));
        if name.eq_ignore_ascii_case("content-transfer-encoding") && !plain {
            return Err(malformed("a part is encoded in a way that is not known here"));
        }
    }
    found.ok_or_else(|| malformed("a part has no name"))
}

/// Reads `form-data; name="field"; filename="…"`.
fn disposition(number: usize, value: &str) -> Result<Part> {
    let mut rest = value.trim().strip_prefix("form-data").ok_or_else(|| malformed("a part is no field of a form"))?;
    let (mut name, mut is_file) = (None, false);
    while !rest.trim().is_empty() {
        let parameter = rest.trim_start().strip_prefix(';').map(str::trim_start);
        let named = parameter.and_then(|parameter| parameter.split_once('='));
        let (key, quoted) = named.ok_or_else(|| malformed("the name of a part is malformed"))?;
        let (text, after) = unquoted(quoted).ok_or_else(|| malformed("the name of a part is malformed"))?;
        match key {
            "name" if name.is_none() => name = Some(text),
            // A field in which no file was chosen is sent with an empty name.
            "filename" => is_file = !text.is_empty(),
            "name" => return Err(malformed("a part has two names")),
            _ => {}
        }
        rest = after;
    }
    Ok(Part { number, name: name.ok_or_else(|| malformed("a part has no name"))?, is_file })
}

/// The text in quotes at the beginning, as browsers write it, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let text = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = text.find(|c| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    })?;
    let plain = text[..end].replace("\\\"", "\"").replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
    Some((plain, &text[end + 1..]))
}

fn malformed(words: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, words)
}
