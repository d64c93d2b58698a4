//! What a user used: day by day in one month, and in closed periods.

use super::{
    frame::View,
    show::{Size, part},
};
use crate::{
    error::Result,
    model::{Bytes, Date, History, Period, Time, Usage, User},
};
use std::collections::BTreeMap;

/// One day of a month.
pub struct DayRow {
    pub year: i16,
    /// Its month and day.
    pub date: String,
    pub up: Size,
    pub down: Size,
    pub total: Size,
    /// The length of its bars, in thousandths of the longest.
    pub up_width: i64,
    pub down_width: i64,
    /// Whether nothing was used.
    pub quiet: bool,
}

/// One closed period.
pub struct PeriodRow {
    pub from: String,
    /// Empty if it is one day.
    pub to: String,
    pub exact: String,
    pub up: Size,
    pub down: Size,
    pub total: Size,
}

/// A month to look at, and its neighbours as far as there is anything to see.
pub struct Month {
    /// Its first day.
    pub first: Date,
    /// The first day of the month before.
    pub earlier: Option<Date>,
    /// The first day of the month after.
    pub later: Option<Date>,
}

impl Month {
    /// The one that the address names as `month=2026-11`, from that of `begin` to the present one, which it is otherwise.
    pub fn asked(view: &View<'_>, begin: Date) -> Self {
        let present = view.today().first_of_month();
        let oldest = begin.first_of_month().min(present);
        let asked = Date::parse(&format!("{}-01", view.request.query.text("month"))).unwrap_or(present);
        let first = asked.clamp(oldest, present);
        let earlier = Some(first.plus_days(-1).first_of_month()).filter(|date| first > oldest && *date >= oldest);
        let later = Some(first.plus_days(31).first_of_month()).filter(|date| *date <= present);
        Self { first, earlier, later }
    }

    /// What it is called.
    pub fn name(&self, view: &View<'_>) -> String {
        let (year, month) = self.first.year_month();
        (view.text.month)(year, month)
    }

    /// The address of a user's page with another month; empty if there is none.
    pub fn link(view: &View<'_>, user: &User, month: Option<Date>) -> String {
        Self::link_at(view, &format!("/users/{}", user.id), month)
    }

    /// The address of another month at `path`; empty if there is none.
    pub fn link_at(view: &View<'_>, path: &str, month: Option<Date>) -> String {
        let Some((year, month)) = month.map(Date::year_month) else { return String::new() };
        view.request.at(&format!("{path}?month={year:04}-{month:02}#days"))
    }

    /// Its first second, and the first one after it.
    pub fn span(&self, view: &View<'_>) -> (Time, Time) {
        (view.zone.start_of(self.first), view.zone.start_of(self.end()))
    }

    fn end(&self) -> Date {
        self.first.plus_days(31).first_of_month()
    }

    /// What the user used on each day of it up to today, the latest first; nothing at all if it was nothing on each.
    pub fn days(&self, view: &View<'_>, user: &User) -> Result<Vec<(Date, Usage)>> {
        let (from, to) = self.span(view);
        Ok(self.by_day(view, &view.app.store.history_of_user(user.id, from, to)?))
    }

    /// The same of what went through a node.
    pub fn days_of_node(&self, view: &View<'_>, node: i64) -> Result<Vec<(Date, Usage)>> {
        let (from, to) = self.span(view);
        Ok(self.by_day(view, &view.app.store.history_of_node(node, from, to)?))
    }

    fn by_day(&self, view: &View<'_>, hours: &[History]) -> Vec<(Date, Usage)> {
        let mut by_day: BTreeMap<Date, Usage> = BTreeMap::new();
        for hour in hours {
            let day = by_day.entry(view.zone.date(hour.hour)).or_default();
            *day = day.plus(hour.usage);
        }
        if by_day.is_empty() {
            return Vec::new();
        }
        let mut date = self.first;
        while date < self.end() && date <= view.today() {
            by_day.entry(date).or_default();
            date = date.plus_days(1);
        }
        by_day.into_iter().rev().collect()
    }
}

/// The days as they are shown.
pub fn rows(days: &[(Date, Usage)], view: &View<'_>) -> Vec<DayRow> {
    let most = days.iter().map(|(_, usage)| usage.total()).max().unwrap_or_default();
    let width = |bytes: Bytes| if most.get() == 0 { 0 } else { part(bytes, most, 1000) };
    let row = |(date, usage): &(Date, Usage)| {
        let down_width = width(usage.d);
        DayRow {
            year: date.year_month().0,
            date: format!("{:02}-{:02}", date.year_month().1, date.day()),
            up: view.size(usage.u),
            down: view.size(usage.d),
            total: view.size(usage.total()),
            up_width: width(usage.u).min(1000 - down_width),
            down_width,
            quiet: usage.total().get() == 0,
        }
    };
    days.iter().map(row).collect()
}

/// A closed period as it is shown.
pub fn period_row(period: &Period, view: &View<'_>) -> PeriodRow {
    let Period { started, ended, usage } = *period;
    // It ends with the second before the next one begins.
    let (from, to) = (view.zone.date(started), view.zone.date((ended - 1).max(started)));
    PeriodRow {
        from: from.to_string(),
        to: if from == to { String::new() } else { to.to_string() },
        exact: format!("{} – {}", view.zone.minute(started), view.exactly(ended)),
        up: view.size(usage.u),
        down: view.size(usage.d),
        total: view.size(usage.total()),
    }
}
