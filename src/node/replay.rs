//! What has been received once is not taken a second time.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

/// How many salts each of the two generations holds: 2 MiB at the most.
const GENERATION: usize = 100_000;

/// The newest 100,000 to 200,000 salts, of which eight bytes each are kept.
#[derive(Default)]
pub struct Salts {
    seed: RandomState,
    young: HashSet<u64>,
    old: HashSet<u64>,
}

impl Salts {
    /// Notes a salt; whether it is a new one.
    pub fn note(&mut self, salt: &[u8]) -> bool {
        let mark = self.seed.hash_one(salt);
        if self.old.contains(&mark) || !self.young.insert(mark) {
            return false;
        }
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        true
    }
}

/// Which of the last packets of a session were received, by their number (as in RFC 6479).
#[derive(Default, Clone)]
pub struct Window {
    newest: u64,
    seen: [u64; Self::WORDS],
    begun: bool,
}

impl Window {
    const WORDS: usize = 16;
    const BITS: u64 = 64;
    /// How far behind the newest a packet may come.
    const WIDTH: u64 = (Self::WORDS as u64 - 1) * Self::BITS;

    /// Notes a number; whether it is a new one that is not too old.
    pub fn note(&mut self, number: u64) -> bool {
        if self.begun && number <= self.newest && self.newest - number >= Self::WIDTH {
            return false;
        }
        if !self.begun || number > self.newest {
            let (from, to) = (if self.begun { self.newest / Self::BITS } else { 0 }, number / Self::BITS);
            // The words between the two hold numbers that are too old by now.
            for word in (from + 1..=to).take(Self::WORDS) {
                self.seen[Self::place(word)] = 0;
            }
            if to - from > Self::WORDS as u64 {
                self.seen = [0; Self::WORDS];
            }
            self.newest = number;
            self.begun = true;
        }
        let word = &mut self.seen[Self::place(number / Self::BITS)];
        let bit = 1 << (number % Self::BITS);
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    fn place(word: u64) -> usize {
        usize::try_from(word % Self::WORDS as u64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_counts_once() {
        let mut salts = Salts::default();
        assert!(salts.note(b"first"));
        for number in 0..150_000u32 {
            assert!(salts.note(&number.to_be_bytes()));
        }
        assert!(!salts.note(b"first"), "still known after 150,000 others");
        assert!(!salts.note(&149_999u32.to_be_bytes()));
    }

    #[test]
    fn a_number_counts_once_and_old_ones_not_at_all() {
        let mut window = Window::default();
        for number in [5, 3, 4, 0, 1000, 999, 100, 1_000_000, 999_500, u64::MAX] {
            assert!(window.note(number), "{number}");
            assert!(!window.note(number), "{number} again");
        }
        assert!(!window.note(u64::MAX - Window::WIDTH) && window.note(u64::MAX - Window::WIDTH + 1));
        let mut window = Window::default();
        for number in 0..5000 {
            assert!(window.note(number) && !window.note(number));
            assert!(number < 900 || !window.note(number - 900));
        }
    }
}
