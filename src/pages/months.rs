//! Usage by month, and in past periods.

use super::{
    chart::{Chart, Entry},
    days::{Month, add, sum, summary, words},
    format::Sizes,
    view::View,
};
use crate::{
    error::Result,
    model::{Date, Period, Usage},
};
use std::collections::BTreeMap;

/// How many months are shown beside each other.
const MONTHS: usize = 12;

/// The last months: a chart and the table behind it.
pub struct Months {
    /// Nothing if nothing was used, or there is one month alone.
    pub chart: Option<Chart>,
    /// The latest first.
    pub rows: Vec<MonthRow>,
}

/// One month.
pub struct MonthRow {
    pub name: String,
    /// Its days; empty if they are not to be seen here.
    pub href: String,
    pub used: Sizes,
    /// Whether nothing was used.
    pub quiet: bool,
}

/// One closed period.
pub struct PeriodRow {
    pub from: String,
    /// Empty if it is one day.
    pub to: String,
    pub exact: String,
    pub used: Sizes,
}

impl Months {
    /// What a user has used in each of the last months since `begin`; their days are to be seen at `path`, unless that
    /// is empty.
    pub fn of_user(view: &View<'_>, user: i64, begin: Date, path: &str) -> Result<Self> {
        let months = last_months(view.today().first_of_month(), begin.first_of_month());
        let from = months.first().map_or(0, |first| view.zone.start_of(*first));
        let mut used: BTreeMap<Date, Usage> = BTreeMap::new();
        for hour in view.app.store.history_of_user(user, from, view.now() + 1)? {
            add(&mut used, view.zone.date(hour.hour).first_of_month(), hour.usage);
        }
        let present = view.today().first_of_month();
        let text = &view.text.chart;
        let of = |month: &Date| used.get(month).copied().unwrap_or_default();
        let name = |month: &Date| (view.text.month)(month.year_month().0, month.year_month().1);
        let entry = |(index, month): (usize, &Date)| {
            let (year, number) = month.year_month();
            let under = if *month == present { text.so_far.to_owned() } else { year.to_string() };
            Entry {
                label: (text.short)(number),
                under: if index == 0 || number == 1 || *month == present { under } else { String::new() },
                words: words(&name(month), of(month), view),
                usage: of(month),
                fine: (months.len() - 1 - index) % 2 == 1 && months.len() > 6,
                now: *month == present,
            }
        };
        let row = |month: &Date| MonthRow {
            name: name(month),
            href: if path.is_empty() { String::new() } else { Month::link_at(view, path, Some(*month)) },
            used: view.sizes(of(month)),
            quiet: of(month).total().get() == 0,
        };
        let most = months.iter().max_by_key(|month| of(month).total()).map_or_else(String::new, name);
        let summary = summary(sum(used.values()), &most, used.values(), view);
        let chart = if months.len() > 1 {
            let entries = months.iter().enumerate().map(entry).collect();
            Chart::new("by-month", text.by_month.to_owned(), summary, entries)
        } else {
            None
        };
        Ok(Self { chart, rows: months.iter().rev().map(row).collect() })
    }
}

/// The first days of the last months up to `present`, from that of `begin` on, the oldest first.
fn last_months(present: Date, begin: Date) -> Vec<Date> {
    let mut months = vec![present];
    let mut first = present;
    while months.len() < MONTHS && first > begin {
        first = first.plus_days(-1).first_of_month();
        months.push(first);
    }
    months.reverse();
    months
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
        used: view.sizes(usage),
    }
}
