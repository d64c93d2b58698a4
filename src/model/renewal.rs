//! A monthly renewal that begins sets the last day; one that was set by hand beside it must not get lost.

use super::{Date, Draft};
use crate::error::Fault;

impl Draft {
    /// Checks that a last day that was set by hand stays: a renewal that begins with this change sets one itself.
    /// `before` is the draft until then, `next` the day of the next reset, `today` the day of the change.
    ///
    /// # Errors
    /// [`Fault::RenewalSetsDay`].
    pub fn keeps_last_day(&self, before: &Self, next: Option<Date>, today: Date) -> Result<(), Fault> {
        let same_day = self.reset_day == before.reset_day;
        let begins = self.terms.renews && !(before.terms.renews && same_day);
        let next = next.filter(|_| same_day).or_else(|| self.reset_day.map(|day| day.after(today)));
        let by_hand = self.expires.filter(|day| Some(*day) != before.expires);
        match (by_hand, self.terms.renewed(next)) {
            (Some(typed), Some(day)) if begins && typed != day => Err(Fault::RenewalSetsDay { day: day.to_string() }),
            _ => Ok(()),
        }
    }
}
