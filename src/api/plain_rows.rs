//! The rows of a batch as node programs write them: three names, each with digits. They are read several times as fast
//! as JSON at large, which is what [`super::rows`] reads.

use crate::model::Row;

/// The rows of an array of which each is an object of `user_id`, `u` and `d`, in any order, with a whole number below
/// 2^63 under each. `None` if anything stands there that is not of this kind, however right it may be. There is room
/// for `most` rows at first.
pub(super) fn read(body: &[u8], most: usize) -> Option<Vec<Row>> {
    let mut rest = Rest(body);
    rest.take(b"[")?;
    let mut rows = Vec::with_capacity(most);
    if rest.take(b"]").is_none() {
        loop {
            rows.push(rest.row()?);
            if rest.take(b",").is_none() {
                break;
            }
        }
        rest.take(b"]")?;
    }
    rest.skip_blanks();
    rest.0.is_empty().then_some(rows)
}

/// What is still to be read.
struct Rest<'b>(&'b [u8]);

impl Rest<'_> {
    #[inline]
    fn skip_blanks(&mut self) {
        while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    /// Goes behind `what`, and the blanks before it, if it comes next.
    #[inline]
    fn take<const N: usize>(&mut self, what: &[u8; N]) -> Option<()> {
        self.skip_blanks();
        let (first, rest) = self.0.split_first_chunk()?;
        (first == what).then(|| self.0 = rest)
    }

    fn row(&mut self) -> Option<Row> {
        let (mut user, mut u, mut d) = (None, None, None);
        self.take(b"{")?;
        for place in 0..3 {
            if place > 0 {
                self.take(b",")?;
            }
            let field = if self.take(br#""user_id""#).is_some() {
                &mut user
            } else if self.take(br#""u""#).is_some() {
                &mut u
            } else {
                self.take(br#""d""#)?;
                &mut d
            };
            self.take(b":")?;
            *field = Some(self.number()?);
        }
        self.take(b"}")?;
        // Of three fields one is missing if another is there twice.
        Some(Row { user: user?, u: u?, d: d? })
    }

    fn number(&mut self) -> Option<i64> {
        self.skip_blanks();
        let before = self.0;
        let mut number = 0_i64;
        while let [digit @ b'0'..=b'9', rest @ ..] = self.0 {
            number = number.checked_mul(10)?.checked_add((digit - b'0').into())?;
            self.0 = rest;
        }
        let digits = before.len() - self.0.len();
        let is_number = digits == 1 || (digits > 1 && before[0] != b'0');
        is_number.then_some(number)
    }
}
