//! Usage by day in one month.

use super::{
    chart::{Chart, Entry},
    format::Sizes,
    view::View,
};
use crate::{
    error::Result,
    model::{Date, History, Time, Usage},
};
use std::collections::BTreeMap;

/// A month, day by day: a chart and the table behind it.
pub struct Days {
    /// What the month is called.
    pub month: String,
    /// The addresses of its neighbours; empty if there is nothing to see.
    pub earlier: String,
    pub later: String,
    /// Nothing if nothing was used.
    pub chart: Option<Chart>,
    /// The latest first.
    pub rows: Vec<DayRow>,
    pub used: Sizes,
    /// What there is to know about the numbers.
    pub hint: &'static str,
}

/// One day of a month.
pub struct DayRow {
    pub year: i16,
    /// Its month and day.
    pub date: String,
    pub used: Sizes,
    /// Whether nothing was used.
    pub quiet: bool,
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
    /// The present one, by itself.
    pub fn present(view: &View<'_>) -> Self {
        Self { first: view.today().first_of_month(), earlier: None, later: None }
    }

    /// The one that the address names as `month=2026-11`, from that of `begin` to the present one, which it is
    /// otherwise.
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

    /// What a user used on each day of it, with links to its neighbours at `path`.
    pub fn days_of_user(&self, view: &View<'_>, user: i64, path: &str) -> Result<Days> {
        let (from, to) = self.span(view);
        Ok(self.days(view, &by_day(view, &view.app.store.history_of_user(user, from, to)?), path))
    }

    /// The same of what went through a node, and how much that was in all.
    pub fn days_of_node(&self, view: &View<'_>, node: i64, path: &str) -> Result<(Days, Usage)> {
        let (from, to) = self.span(view);
        let used = by_day(view, &view.app.store.history_of_node(node, from, to)?);
        Ok((self.days(view, &used, path), sum(used.values())))
    }

    fn days(&self, view: &View<'_>, used: &BTreeMap<Date, Usage>, path: &str) -> Days {
        let today = view.today();
        let dates: Vec<Date> = (0..31).map(|day| self.first.plus_days(day)).filter(|day| *day < self.end()).collect();
        let of = |date: &Date| used.get(date).copied().unwrap_or_default();
        let row = |date: &Date| DayRow {
            year: date.year_month().0,
            date: format!("{:02}-{:02}", date.year_month().1, date.day()),
            used: view.sizes(of(date)),
            quiet: of(date).total().get() == 0,
        };
        let chart = day_chart(view, (view.text.chart.by_day)(&self.name(view)), &dates, used);
        Days {
            month: self.name(view),
            earlier: Self::link_at(view, path, self.earlier),
            later: Self::link_at(view, path, self.later),
            rows: if chart.is_some() {
                dates.iter().rev().filter(|date| **date <= today || used.contains_key(date)).map(row).collect()
            } else {
                Vec::new()
            },
            chart,
            used: view.sizes(sum(used.values())),
            hint: if view.is_admin() { view.text.user.by_day_hint } else { "" },
        }
    }
}

/// A chart of what was used on each of some days; `None` if nothing was.
pub fn day_chart(view: &View<'_>, title: String, dates: &[Date], used: &BTreeMap<Date, Usage>) -> Option<Chart> {
    let (text, today) = (&view.text.chart, view.today());
    let of = |date: &Date| used.get(date).copied().unwrap_or_default();
    // Where there are many, every fifth has its number; where there are more months than one, the first of each has its
    // name.
    let several = dates.first().map(|date| date.first_of_month()) != dates.last().map(|date| date.first_of_month());
    let step = if dates.len() > 40 { 10 } else { 5 };
    let crowded = dates.len() > 14;
    let label = |date: &Date, first: bool| {
        let shown = !crowded || date.day() == 1 || date.day() % step == 0 || dates.len() <= 31;
        match date.year_month().1 {
            _ if !shown => String::new(),
            month if several && (first || date.day() == 1) => format!("{month}/{}", date.day()),
            _ => date.day().to_string(),
        }
    };
    let entry = |(index, date): (usize, &Date)| Entry {
        label: label(date, index == 0),
        under: if *date == today { text.today.to_owned() } else { String::new() },
        words: if *date <= today { words(&date.to_string(), of(date), view) } else { String::new() },
        usage: of(date),
        fine: crowded
            && *date != today
            && (date.day() != 1 && date.day() % 5 != 0 || date.days_since(today).abs() <= 2),
        now: *date == today,
    };
    let most = dates.iter().max_by_key(|date| of(date).total()).map_or_else(String::new, ToString::to_string);
    let summary = summary(sum(used.values()), &most, used.values(), view);
    Chart::new("by-day", title, summary, dates.iter().enumerate().map(entry).collect())
}

/// What was used on each day, from rows of the history.
pub fn by_day(view: &View<'_>, hours: &[History]) -> BTreeMap<Date, Usage> {
    let mut days = BTreeMap::new();
    for hour in hours {
        add(&mut days, view.zone.date(hour.hour), hour.usage);
    }
    days
}

/// Adds to what was used at a date.
pub fn add(used: &mut BTreeMap<Date, Usage>, date: Date, usage: Usage) {
    let sum = used.entry(date).or_default();
    *sum = sum.plus(usage);
}

/// All of it together.
pub fn sum<'a>(used: impl Iterator<Item = &'a Usage>) -> Usage {
    used.fold(Usage::default(), |sum, usage| sum.plus(*usage))
}

/// What a column of a chart says.
pub fn words(when: &str, usage: Usage, view: &View<'_>) -> String {
    (view.text.chart.column)(when, &usage.total().to_string(), &usage.d.to_string(), &usage.u.to_string())
}

/// What there is to see in a chart, in sentences.
pub fn summary<'a>(whole: Usage, when: &str, used: impl Iterator<Item = &'a Usage>, view: &View<'_>) -> String {
    let text = &view.text.chart;
    let most = used.map(|usage| usage.total()).max().unwrap_or_default();
    [
        (text.sum)(&whole.total().to_string(), &whole.d.to_string(), &whole.u.to_string()),
        (text.most)(when, &most.to_string()),
        text.below.to_owned(),
    ]
    .join(if view.text.code == "zh" { "" } else { " " })
}
