//! Payload that was opened and lies in several places of a buffer, to be written from there.

use super::stream::SLOTS;
use std::{io::IoSlice, ops::Range};

/// Where payload is in a buffer.
#[derive(Default)]
pub(super) struct Pieces {
    ranges: [Range<usize>; SLOTS],
    count: usize,
}

impl Pieces {
    /// All of a buffer.
    pub(super) fn whole(buffer: &[u8]) -> Self {
        let mut pieces = Self { count: 1, ..Self::default() };
        pieces.ranges[0] = 0..buffer.len();
        pieces
    }

    /// Adds the next piece. Large ones stay where they are; when there are many, the rest are moved together.
    pub(super) fn push(&mut self, buffer: &mut [u8], range: Range<usize>) {
        if self.count < SLOTS {
            self.ranges[self.count] = range;
            self.count += 1;
        } else {
            let last = &mut self.ranges[SLOTS - 1];
            let length = range.len();
            buffer.copy_within(range, last.end);
            last.end += length;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ranges[..self.count].iter().map(ExactSizeIterator::len).sum()
    }

    /// The bytes behind the first `sent` ones, at most so many, in several places.
    pub(super) fn slices<'b>(&self, buffer: &'b [u8], sent: usize, most: usize) -> ([IoSlice<'b>; SLOTS], usize) {
        let (mut skip, mut left, mut count) = (sent, most, 0);
        let mut slices = [IoSlice::new(&[]); SLOTS];
        for range in &self.ranges[..self.count] {
            let from = (range.start + skip).min(range.end);
            skip -= from - range.start;
            let end = range.end.min(from.saturating_add(left));
            if from < end {
                slices[count] = IoSlice::new(&buffer[from..end]);
                count += 1;
                left -= end - from;
            }
        }
        (slices, count)
    }
}
