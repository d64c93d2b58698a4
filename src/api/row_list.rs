//! A list of rows in the making, which takes over from the one before what has not changed.

use crate::{app::Former, error::Result};

/// What the list begins with.
const HEAD: &[u8] = br#"{"ret":1,"msg":"ok","data":["#;
/// What it ends with.
const TAIL: &[u8] = b"]}";

/// A list of rows, each of one user, by id.
pub(super) struct RowList<'f> {
    bytes: Vec<u8>,
    /// The users, and where the row of each ends.
    ends: Vec<(i64, usize)>,
    former: &'f [u8],
    /// The rows of the former list that are neither taken over nor left out yet.
    rest: &'f [(i64, usize)],
    /// Where the first of them begins.
    next: usize,
}

impl<'f> RowList<'f> {
    /// An empty list, with room for as much as there was before.
    pub(super) fn new(former: Option<&Former<'f>>) -> Self {
        let (former, rest) =
            former.map_or((&[][..], &[][..]), |former| (former.bytes, former.rows.map_or(&[][..], |rows| &rows.ends)));
        let with_more = |length| length + length / 64;
        let mut bytes = Vec::with_capacity(with_more(former.len()));
        bytes.extend_from_slice(HEAD);
        Self { bytes, ends: Vec::with_capacity(with_more(rest.len())), former, rest, next: HEAD.len() }
    }

    /// Adds the row of a user, who comes behind all others so far.
    pub(super) fn add(&mut self, user: i64, row: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        self.separate();
        row(&mut self.bytes)?;
        self.ends.push((user, self.bytes.len()));
        Ok(())
    }

    /// Takes over the rows of the former list up to that of `user`, and leaves that one out.
    pub(super) fn take_over_up_to(&mut self, user: i64) {
        let before = self.rest.partition_point(|(id, _)| *id < user);
        self.take_over(before);
        if let Some(((id, end), rest)) = self.rest.split_first()
            && *id == user
        {
            (self.rest, self.next) = (rest, end + 1);
        }
    }

    /// Takes over the rows of the former list that are left.
    pub(super) fn take_over_rest(&mut self) {
        self.take_over(self.rest.len());
    }

    fn take_over(&mut self, count: usize) {
        let (rows, rest) = self.rest.split_at(count);
        let Some((_, end)) = rows.last() else { return };
        self.separate();
        let (from, to) = (self.next, self.bytes.len());
        self.bytes.extend_from_slice(&self.former[from..*end]);
        self.ends.extend(rows.iter().map(|(id, end)| (*id, end - from + to)));
        // Behind a comma.
        (self.rest, self.next) = (rest, end + 1);
    }

    fn separate(&mut self) {
        if !self.ends.is_empty() {
            self.bytes.push(b',');
        }
    }

    /// The whole list, and where its rows end.
    pub(super) fn finish(mut self) -> (Vec<u8>, Vec<(i64, usize)>) {
        self.bytes.extend_from_slice(TAIL);
        (self.bytes, self.ends)
    }
}
