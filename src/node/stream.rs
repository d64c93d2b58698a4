//! The bytes of a connection, opened and sealed in place: no socket, no clock, and nothing is copied.

use super::{
    key::{Cipher, Key, Layout},
    opening::Opening,
};
use std::{ops::Range, sync::Arc};

/// The most payload in one chunk (SIP004).
const CHUNK: usize = 0x3fff;
/// The same in SIP022.
const CHUNK_2022: usize = 0xffff;
/// The largest chunk with its length and its tags, and the header before it: a buffer of this holds any of them.
pub const MAX_SEALED_BYTES: usize = 32 + 32 + 11 + CHUNK_2022 + 2 + 16 + 16 + 16;
/// How many chunks are sealed at once.
pub const SLOTS: usize = 4;
/// How far the clocks of the two sides may be apart, in seconds (SIP022).
pub const CLOCKS_APART: u64 = 30;
const FROM_CLIENT: u8 = 0;
const FROM_SERVER: u8 = 1;

/// Not what a client with the key would send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// Sealed with another key, changed on the way, or noise.
    Forged,
    /// A clock that is too far from ours.
    Clock,
}

/// Opens what a client sends.
pub struct Opener {
    key: Arc<Key>,
    cipher: Option<Box<Opening>>,
    salt: Box<[u8]>,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Salt,
    Length,
    Chunk(usize),
    Raw,
}

impl Opener {
    /// For a stream that has not begun.
    pub fn new(key: Arc<Key>) -> Self {
        Self { key, cipher: None, salt: Box::default(), step: Step::Salt }
    }

    /// The salt that the stream began with; empty before it has.
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// Opens the next piece of `bytes` behind `at`, which moves behind it, and says where its payload is; `None`: there
    /// must be more bytes. `now` is the time in seconds since 1970.
    ///
    /// # Errors
    /// [`Bad`]; nothing that comes after it can be read.
    pub fn open(&mut self, bytes: &mut [u8], at: &mut usize, now: u64) -> Result<Option<Range<usize>>, Bad> {
        let tag = self.key.tag();
        loop {
            let from = *at;
            let mut next = |length: usize| {
                let whole = from + length <= bytes.len();
                *at += if whole { length } else { 0 };
                whole.then(|| from..from + length)
            };
            match self.step {
                Step::Salt => {
                    let salt = self.key.salt();
                    let header = if self.key.layout() == Layout::Aead2022 { 1 + 8 + 2 + tag } else { 0 };
                    let Some(range) = next(salt + header) else { return Ok(None) };
                    let (salt, header) = bytes[range].split_at_mut(salt);
                    let mut cipher = Opening::new(&self.key, salt);
                    self.step = match self.key.layout() {
                        Layout::Stream => Step::Raw,
                        Layout::Aead => Step::Length,
                        Layout::Aead2022 => Step::Chunk(first_length(&mut cipher, header, now)?),
                    };
                    self.salt = salt.to_vec().into();
                    self.cipher = Some(Box::new(cipher));
                }
                Step::Length => {
                    let Some(range) = next(2 + tag) else { return Ok(None) };
                    let piece = &mut bytes[range];
                    self.cipher.as_mut().is_some_and(|cipher| cipher.open(piece)).then_some(()).ok_or(Bad::Forged)?;
                    let length = usize::from(u16::from_be_bytes([piece[0], piece[1]]));
                    if self.key.layout() == Layout::Aead && length > CHUNK {
                        return Err(Bad::Forged);
                    }
                    self.step = Step::Chunk(length);
                }
                Step::Chunk(length) => {
                    let Some(range) = next(length + tag) else { return Ok(None) };
                    let piece = &mut bytes[range.clone()];
                    self.cipher.as_mut().is_some_and(|cipher| cipher.open(piece)).then_some(()).ok_or(Bad::Forged)?;
                    self.step = Step::Length;
                    return Ok(Some(range.start..range.start + length));
                }
                Step::Raw => {
                    let Some(range) = next(bytes.len() - from).filter(|range| !range.is_empty()) else {
                        return Ok(None);
                    };
                    let piece = &mut bytes[range.clone()];
                    self.cipher.as_mut().is_some_and(|cipher| cipher.open(piece)).then_some(()).ok_or(Bad::Forged)?;
                    return Ok(Some(range));
                }
            }
        }
    }
}

/// Opens the fixed header of SIP022 and says how long the one behind it is.
fn first_length(cipher: &mut Opening, header: &mut [u8], now: u64) -> Result<usize, Bad> {
    if !cipher.open(header) || header[0] != FROM_CLIENT {
        return Err(Bad::Forged);
    }
    let mut time = [0; 8];
    time.copy_from_slice(&header[1..9]);
    if u64::from_be_bytes(time).abs_diff(now) > CLOCKS_APART {
        return Err(Bad::Clock);
    }
    Ok(usize::from(u16::from_be_bytes([header[9], header[10]])))
}

/// Seals what the client is sent.
pub struct Sealer {
    key: Arc<Key>,
    cipher: Box<Cipher>,
    /// What the stream begins with, until it has.
    first: Option<First>,
}

struct First {
    salt: Box<[u8]>,
    asked: Box<[u8]>,
}

/// Where payload goes in a buffer, so that it can be sealed there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slots {
    ranges: [Range<usize>; SLOTS],
    count: usize,
    tag: usize,
}

impl Slots {
    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Range<usize>> {
        self.ranges[..self.count].iter()
    }

    /// How much payload they take.
    pub fn room(&self) -> usize {
        self.iter().map(ExactSizeIterator::len).sum()
    }

    /// Those that are used if `length` bytes are put into them.
    #[must_use]
    pub fn filled(&self, length: usize) -> Self {
        let mut filled = Self { tag: self.tag, ..Self::default() };
        let mut left = length;
        for range in self.iter().take_while(|_| length > 0) {
            if left == 0 {
                break;
            }
            let take = left.min(range.len());
            filled.ranges[filled.count] = range.start..range.start + take;
            filled.count += 1;
            left -= take;
        }
        filled
    }

    /// The end of what is sent.
    pub fn end(&self) -> usize {
        self.ranges[..self.count].last().map_or(0, |range| range.end + self.tag)
    }

    /// How much payload a client can read once it has the first `sent` bytes.
    pub fn readable(&self, sent: usize) -> usize {
        if self.tag == 0 {
            return self.iter().map(|range| sent.clamp(range.start, range.end) - range.start).sum();
        }
        self.iter().filter(|range| range.end + self.tag <= sent).map(ExactSizeIterator::len).sum()
    }
}

impl Sealer {
    /// For a stream of which nothing has been sent: `salt` is random, `asked` the salt of the client's stream.
    pub fn new(key: Arc<Key>, salt: Box<[u8]>, asked: &[u8]) -> Self {
        let cipher = Box::new(key.cipher(&salt));
        Self { key, cipher, first: Some(First { salt, asked: asked.into() }) }
    }

    /// Where payload may be put in a buffer of that size.
    pub fn slots(&self, buffer: usize) -> Slots {
        let tag = self.key.tag();
        let (chunk, head) = match self.key.layout() {
            Layout::Stream => (usize::MAX, 0),
            Layout::Aead => (CHUNK, 2 + tag),
            Layout::Aead2022 => (CHUNK_2022, 2 + tag),
        };
        let mut at = match &self.first {
            // Its length stands in the header.
            Some(first) if self.key.layout() == Layout::Aead2022 => 2 * first.salt.len() + 1 + 8 + 2 + tag,
            Some(first) => first.salt.len() + head,
            None => head,
        };
        let mut slots = Slots { tag, ..Slots::default() };
        while slots.count < SLOTS && at + tag < buffer {
            let end = at.saturating_add(chunk).min(buffer - tag);
            slots.ranges[slots.count] = at..end;
            slots.count += 1;
            at = end.saturating_add(tag + head);
        }
        slots
    }

    /// Seals what was put into `slots`; the stream goes on with the bytes up to their end. `now` is the time in
    /// seconds since 1970.
    pub fn seal(&mut self, buffer: &mut [u8], slots: &Slots, now: u64) {
        let tag = self.key.tag();
        let mut begun = 0;
        let mut announced = false;
        if let Some(First { salt, asked }) = self.first.take() {
            buffer[..salt.len()].copy_from_slice(&salt);
            begun = salt.len();
            if self.key.layout() == Layout::Aead2022 {
                let length = slots.iter().next().map_or(0, ExactSizeIterator::len);
                let header = begun..begun + 1 + 8 + asked.len() + 2 + tag;
                let plain = &mut buffer[header.clone()];
                plain[0] = FROM_SERVER;
                plain[1..9].copy_from_slice(&now.to_be_bytes());
                plain[9..9 + asked.len()].copy_from_slice(&asked);
                plain[9 + asked.len()..11 + asked.len()].copy_from_slice(&short(length));
                self.cipher.seal(plain);
                begun = header.end;
                announced = true;
            }
        }
        for range in slots.iter() {
            if self.key.layout() != Layout::Stream && !announced {
                buffer[begun..begun + 2].copy_from_slice(&short(range.len()));
                self.cipher.seal(&mut buffer[begun..begun + 2 + tag]);
            }
            announced = false;
            self.cipher.seal(&mut buffer[range.start..range.end + tag]);
            begun = range.end + tag;
        }
    }
}

fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}
