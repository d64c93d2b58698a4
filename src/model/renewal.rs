//! A monthly renewal that begins sets the last day; one that was set by hand beside it must not get lost.

use super::{Date, Draft};
use crate::error::Fault;

impl Draft {
    /// The last day that a renewal sets which begins with this change. `before` is the draft until then, `next` the day
    /// of the next reset, `today` the day of the change.
    pub fn renewal_sets(&self, before: &Self, next: Option<Date>, today: Date) -> Option<Date> {
        let same_day = self.reset_day == before.reset_day;
        let begins = self.terms.renews && !(before.terms.renews && same_day);
        let next = next.filter(|_| same_day).or_else(|| self.reset_day.map(|day| day.after(today)));
        self.terms.renewed(next).filter(|_| begins)
    }

    /// Checks that a last day that was set by hand stays, beside a renewal that [sets one](Self::renewal_sets).
    ///
    /// # Errors
    /// [`Fault::RenewalSetsDay`].
    pub fn keeps_last_day(&self, before: &Self, next: Option<Date>, today: Date) -> Result<(), Fault> {
        let by_hand = self.expires.filter(|day| Some(*day) != before.expires);
        match (by_hand, self.renewal_sets(before, next, today)) {
            (Some(typed), Some(day)) if typed != day => Err(Fault::RenewalSetsDay { day: day.to_string() }),
            _ => Ok(()),
        }
    }

    /// The last day until now and the earlier one, if a renewal that begins takes days away.
    pub fn renewal_shortens(&self, before: &Self, next: Option<Date>, today: Date) -> Option<(Date, Date)> {
        let (until, then) = (before.expires?, self.renewal_sets(before, next, today)?);
        (then < until).then_some((until, then))
    }
}

impl Date {
    /// Reads a day where one is needed, so that `never` is none.
    ///
    /// # Errors
    /// [`Fault::DayBad`].
    pub fn parse_day(text: &str) -> Result<Self, Fault> {
        Self::parse(text).map_err(|_| Fault::DayBad { given: text.to_owned() })
    }
}
