//! Finds where a body ends, by its length or its chunks. An incremental state machine over bytes.

use super::refusal::Refusal;

/// Most bytes of chunk extensions in one body, and of its trailers.
const MAX_ASIDE: usize = 4 << 10;

/// How a body says where it ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Length {
    /// After that many bytes.
    Known(u64),
    /// With the last chunk.
    Chunked,
}

/// Takes a body off a stream of bytes, however it is cut into pieces.
#[derive(Clone, Debug)]
pub struct Decoder {
    state: State,
    /// How many bytes of content may still come.
    room: u64,
    aside: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Content until a known length.
    Counted(u64),
    /// The digits of a chunk's size.
    Size {
        size: u64,
        digits: u8,
    },
    /// From the size to the end of its line.
    Extension {
        size: u64,
    },
    /// After the CR of the line with the size.
    SizeLf {
        size: u64,
    },
    Chunk(u64),
    ChunkCr,
    ChunkLf,
    /// A trailer line, of which there have been `length` bytes.
    Trailer {
        length: usize,
    },
    TrailerLf {
        length: usize,
    },
    Done,
}

impl Decoder {
    /// A decoder for a body of at most `limit` bytes.
    ///
    /// # Errors
    /// When the length is known and beyond the limit.
    pub fn new(length: Length, limit: u64) -> Result<Self, Refusal> {
        let state = match length {
            Length::Known(count) if count > limit => return Err(too_large()),
            Length::Known(0) => State::Done,
            Length::Known(count) => State::Counted(count),
            Length::Chunked => State::Size { size: 0, digits: 0 },
        };
        Ok(Self { state, room: limit, aside: 0 })
    }

    /// Whether the body is complete.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes what belongs to the body from the front of `input`, gives its content to `content`, and says how many
    /// bytes it took. It takes all of them unless the body is complete.
    ///
    /// # Errors
    /// When the chunks are malformed or their content is beyond the limit.
    pub fn feed(&mut self, input: &[u8], mut content: impl FnMut(&[u8])) -> Result<usize, Refusal> {
        let mut at = 0;
        while at < input.len() {
            match &mut self.state {
                State::Done => break,
                State::Counted(left) | State::Chunk(left) => {
                    let take = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len() - at);
                    content(&input[at..at + take]);
                    at += take;
                    *left -= take as u64;
                    match self.state {
                        State::Counted(0) => self.state = State::Done,
                        State::Chunk(0) => self.state = State::ChunkCr,
                        _ => {}
                    }
                }
                _ => {
                    self.state = self.step(input[at])?;
                    at += 1;
                }
            }
        }
        Ok(at)
    }

    /// One byte of what stands around the content of chunks.
    fn step(&mut self, byte: u8) -> Result<State, Refusal> {
        Ok(match (self.state, byte) {
            (State::Size { size, digits }, _) if byte.is_ascii_hexdigit() && digits < 16 => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                State::Size { size: size << 4 | u64::from(digit), digits: digits + 1 }
            }
            (State::Size { size, digits: 1.. } | State::Extension { size }, b'\r') => State::SizeLf { size },
            (State::Size { size, digits: 1.. }, b';' | b' ' | b'\t') => State::Extension { size },
            (State::Extension { size }, b'\t' | b' '..=b'~' | 0x80..) => {
                self.count_aside()?;
                State::Extension { size }
            }
            (State::SizeLf { size: 0 }, b'\n') => State::Trailer { length: 0 },
            (State::SizeLf { size }, b'\n') => {
                self.room = self.room.checked_sub(size).ok_or_else(too_large)?;
                State::Chunk(size)
            }
            (State::ChunkCr, b'\r') => State::ChunkLf,
            (State::ChunkLf, b'\n') => State::Size { size: 0, digits: 0 },
            (State::Trailer { length }, b'\r') => State::TrailerLf { length },
            (State::Trailer { length }, b'\t' | b' '..=b'~' | 0x80..) => {
                self.count_aside()?;
                State::Trailer { length: length + 1 }
            }
            (State::TrailerLf { length: 0 }, b'\n') => State::Done,
            (State::TrailerLf { .. }, b'\n') => State::Trailer { length: 0 },
            _ => return Err(Refusal::bad("the chunks of the body are malformed")),
        })
    }

    fn count_aside(&mut self) -> Result<(), Refusal> {
        self.aside += 1;
        if self.aside > MAX_ASIDE { Err(Refusal::bad("the body has too much around its chunks")) } else { Ok(()) }
    }
}

fn too_large() -> Refusal {
    Refusal::new(413, "the body is too large")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The content and what is left after it, or the status of the refusal; `None` while it goes on.
    fn decode(length: Length, input: &[u8]) -> Result<Option<(String, usize)>, u16> {
        let mut content = Vec::new();
        let mut decoder = Decoder::new(length, 20).map_err(|refusal| refusal.status)?;
        let used = decoder.feed(input, |part| content.extend_from_slice(part)).map_err(|refusal| refusal.status)?;
        Ok(decoder.is_done().then(|| (String::from_utf8(content).unwrap(), input.len() - used)))
    }

    #[test]
    fn a_body_ends_where_it_says() {
        assert_eq!(decode(Length::Known(0), b"GET"), Ok(Some((String::new(), 3))));
        assert_eq!(decode(Length::Known(3), b"abcGET"), Ok(Some(("abc".into(), 3))));
        assert_eq!(decode(Length::Known(3), b"ab"), Ok(None));
        assert_eq!(decode(Length::Known(21), b""), Err(413));
        assert_eq!(decode(Length::Known(u64::MAX), b""), Err(413));
    }

    #[test]
    fn chunks_are_joined_or_refused() {
        let done = |content: &str, left| Ok(Some((content.to_owned(), left)));
        for (input, outcome) in [
            ("0\r\n\r\nGET", done("", 3)),
            ("3\r\nabc\r\n0\r\n\r\n", done("abc", 0)),
            ("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nx", done("abcde", 1)),
            ("0000000000000003\r\nabc\r\n0\r\n\r\n", done("abc", 0)),
            ("a;name=\"value\"\r\n0123456789\r\n0\r\n\r\n", done("0123456789", 0)),
            ("3 \r\nabc\r\n00\r\n\r\n", done("abc", 0)),
            ("3\r\nabc\r\n0\r\nTrailer: x\r\nMore: y\r\n\r\n", done("abc", 0)),
            ("3\r\nabc\r\n0\r\n", Ok(None)),
            ("14\r\n", Ok(None)),
            ("15\r\n", Err(413)),
            ("a\r\n0123456789\r\nb\r\n", Err(413)),
            ("ffffffffffffffff\r\n", Err(413)),
            ("10000000000000000\r\n", Err(400)),
            ("\r\n", Err(400)),
            (";x\r\n", Err(400)),
            ("-1\r\n", Err(400)),
            ("+1\r\n", Err(400)),
            ("0x1\r\n", Err(400)),
            ("1\nx\r\n0\r\n\r\n", Err(400)),
            ("1\r\nxy\r\n0\r\n\r\n", Err(400)),
            ("1\r\nx\n0\r\n\r\n", Err(400)),
            ("1;\0\r\nx\r\n0\r\n\r\n", Err(400)),
            ("1;a\rb\r\nx\r\n0\r\n\r\n", Err(400)),
            ("0\r\nTrailer\n\r\n", Err(400)),
        ] {
            assert_eq!(decode(Length::Chunked, input.as_bytes()), outcome, "{input:?}");
        }
    }

    #[test]
    fn what_stands_around_chunks_is_bounded() {
        let long = "x".repeat(MAX_ASIDE + 1);
        assert_eq!(decode(Length::Chunked, format!("1;{long}").as_bytes()), Err(400));
        assert_eq!(decode(Length::Chunked, format!("0\r\n{long}").as_bytes()), Err(400));
    }
}
