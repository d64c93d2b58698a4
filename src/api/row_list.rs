//! A list of rows in the making, which takes over from the one before what has not changed.

use crate::error::Result;

/// What the list begins with.
const HEAD: &[u8] = br#"{"ret":1,"msg":"ok","data":["#;
/// What it ends with.
const TAIL: &[u8] = b"]}";

/// A list of rows, each of one user, by id.
pub(super) struct RowList {
    bytes: Vec<u8>,
    /// The users, and where the row of each ends.
    ends: Vec<(i64, usize)>,
}

/// Rows of a list that are neither taken over nor left out yet.
struct Rest<'f> {
    bytes: &'f [u8],
    ends: &'f [(i64, usize)],
    /// Where the first of them begins.
    next: usize,
}

impl Default for RowList {
    fn default() -> Self {
        Self { bytes: HEAD.to_vec(), ends: Vec::new() }
    }
}

impl RowList {
    /// Makes room for a list of that many bytes and rows, and some more.
    pub(super) fn reserve(&mut self, bytes: usize, rows: usize) {
        self.bytes.reserve(bytes + bytes / 64);
        self.ends.reserve(rows + rows / 64);
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds the row of a user, who comes behind all others so far.
    pub(super) fn add(&mut self, user: i64, row: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        self.separate();
        row(&mut self.bytes)?;
        self.ends.push((user, self.bytes.len()));
        Ok(())
    }

    /// The list whose bytes and ends of rows are those, but for the users `changed`, whose rows are these, if any.
    pub(super) fn within(&self, bytes: &[u8], ends: &[(i64, usize)], changed: &[i64]) -> Self {
        let mut list = Self::default();
        list.reserve(bytes.len(), ends.len());
        let mut former = Rest { bytes, ends, next: HEAD.len() };
        let mut new = Rest { bytes: &self.bytes, ends: &self.ends, next: HEAD.len() };
        for user in changed {
            list.take_over(&mut former, |id| id < *user);
            former.leave_out(*user);
            list.take_over(&mut new, |id| id == *user);
        }
        list.take_over(&mut former, |_| true);
        list
    }

    /// Takes over the first rows, of users that are meant.
    fn take_over(&mut self, from: &mut Rest<'_>, is_meant: impl Fn(i64) -> bool) {
        let (rows, rest) = from.ends.split_at(from.ends.partition_point(|(id, _)| is_meant(*id)));
        let Some((_, end)) = rows.last() else { return };
        self.separate();
        let (begin, to) = (from.next, self.bytes.len());
        self.bytes.extend_from_slice(&from.bytes[begin..*end]);
        self.ends.extend(rows.iter().map(|(id, end)| (*id, end - begin + to)));
        // Behind a comma.
        (from.ends, from.next) = (rest, end + 1);
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

impl Rest<'_> {
    fn leave_out(&mut self, user: i64) {
        if let Some(((id, end), rest)) = self.ends.split_first()
            && *id == user
        {
            (self.ends, self.next) = (rest, end + 1);
        }
    }
}
