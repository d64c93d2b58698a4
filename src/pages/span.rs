//! The days that the page "Usage" is about: today, this week, or from one day to another.

use super::{form::Input, view::View};
use crate::{
    http::Pairs,
    model::{Date, Time},
};

/// Some days, one after the other.
pub struct Span {
    /// The first of them.
    pub first: Date,
    /// The last of them, which may be yet to come.
    pub last: Date,
    /// The name of the range, if it is one of [`ranges`]; else empty.
    pub key: &'static str,
    /// What stands in the fields.
    pub from: Input,
    /// The same.
    pub to: Input,
}

/// The ranges that have a name, by what they are called in an address.
pub fn ranges(view: &View<'_>) -> [(&'static str, &'static str, Date, Date); 5] {
    let (text, today) = (&view.text.usage, view.today());
    let (week, month) = (today.first_of_week(), today.first_of_month());
    let last_month = month.plus_days(-1).first_of_month();
    [
        ("today", text.today, today, today),
        ("yesterday", text.yesterday, today.plus_days(-1), today.plus_days(-1)),
        ("week", text.week, week, week.plus_days(6)),
        ("month", text.month, month, month.last_of_month()),
        ("last-month", text.last_month, last_month, last_month.last_of_month()),
    ]
}

impl Span {
    /// The days that the query names by `range`, or by `from` and `to`; else those of the present month.
    pub fn asked(view: &View<'_>, query: &Pairs) -> Self {
        let ranges = ranges(view);
        let named = |key: &str| ranges.iter().find(|(name, ..)| *name == key);
        let (_, _, first, last) = *named(query.text("range")).unwrap_or(&ranges[3]);
        let mut from = Input::with(query.text("from"));
        let mut to = Input::with(query.text("to"));
        let read = |input: &mut Input, or: Date| {
            if input.value.trim().is_empty() { Some(or) } else { input.read(view.text, Date::parse_day) }
        };
        // One end alone is enough: from that day to today, or that day.
        let or_first =
            if from.value.is_empty() && !to.value.is_empty() { Date::parse(&to.value).unwrap_or(first) } else { first };
        let or_last = if to.value.is_empty() && !from.value.is_empty() { view.today() } else { last };
        let (begin, end) = (read(&mut from, or_first), read(&mut to, or_last));
        let (begin, end) = (begin.unwrap_or(first), end.unwrap_or(last));
        let (mut begin, mut end) = (begin.min(end), begin.max(end));
        if (begin, end) == (first, last.min(view.today()).max(first)) {
            // What the fields of a range that goes on show when they are sent with the form.
            (begin, end) = (first, last);
        }
        let asked = named(query.text("range")).filter(|(_, _, first, last)| (*first, *last) == (begin, end));
        let key = asked.or_else(|| ranges.iter().find(|(_, _, first, last)| (*first, *last) == (begin, end)));
        let shown =
            |input: Input, date: Date| if input.error.is_empty() { Input::with(date.to_string()) } else { input };
        Self {
            from: shown(from, begin),
            to: shown(to, end.min(view.today()).max(begin)),
            first: begin,
            last: end,
            key: key.map_or("", |(key, ..)| key),
        }
    }

    /// Whether something else than a day stands in a field.
    pub fn is_wrong(&self) -> bool {
        !self.from.error.is_empty() || !self.to.error.is_empty()
    }

    /// Its first second, and the first one after it.
    pub fn times(&self, view: &View<'_>) -> (Time, Time) {
        (view.zone.start_of(self.first), view.zone.start_of(self.last.plus_days(1)))
    }

    /// What it is called: a day, a month, or from one day to another.
    pub fn name(&self, view: &View<'_>) -> String {
        let (year, month) = self.first.year_month();
        if self.first == self.last {
            self.first.to_string()
        } else if self.is_month() {
            (view.text.month)(year, month)
        } else {
            format!("{} – {}", self.first, self.last)
        }
    }

    /// What it is called in the name of a file.
    pub fn file_name(&self) -> String {
        let (year, month) = self.first.year_month();
        if self.first == self.last {
            self.first.to_string()
        } else if self.is_month() {
            format!("{year:04}-{month:02}")
        } else {
            format!("{}-to-{}", self.first, self.last)
        }
    }

    /// Whether it is yet to end.
    pub fn goes_on(&self, view: &View<'_>) -> bool {
        self.first <= view.today() && view.today() < self.last
    }

    /// The same number of days, or the month, before it.
    pub fn earlier(&self) -> (Date, Date) {
        let last = self.first.plus_days(-1);
        if self.is_month() { (last.first_of_month(), last) } else { (last.plus_days(-self.days()), last) }
    }

    /// The same number of days, or the month, after it.
    pub fn later(&self) -> (Date, Date) {
        let first = self.last.plus_days(1);
        if self.is_month() { (first, first.last_of_month()) } else { (first, first.plus_days(self.days())) }
    }

    fn is_month(&self) -> bool {
        self.first == self.first.first_of_month() && self.last == self.first.last_of_month()
    }

    /// The days from the first to the last, less one.
    fn days(&self) -> i32 {
        self.last.days_since(self.first)
    }

    /// Every day of it that is not yet to come, if they are no more than `most`.
    pub fn dates(&self, most: i32) -> Option<Vec<Date>> {
        (self.days() < most).then(|| (0..=self.days()).map(|day| self.first.plus_days(day)).collect())
    }
}
