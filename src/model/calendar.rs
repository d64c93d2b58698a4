//! Days and the time zone that they are counted in.

use super::typed::{narrow, unless_never};
use crate::error::Fault;
use jiff::{Timestamp, ToSpan, civil, tz::TimeZone};
use std::fmt;

/// A moment, in seconds since 1970 UTC.
pub type Time = i64;

/// More days than there are in all years that are read here.
const MAX_DAYS: i32 = 4_000_000;

/// A day of the calendar, without a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(civil::Date);

impl Date {
    /// Reads `2026-12-31`, `2026/12/31` or `2026年12月31日`, from the year 1970 to 9998.
    ///
    /// # Errors
    /// [`Fault::DateBad`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let bad = || Fault::DateBad { given: text.to_owned() };
        let text = narrow(text).replace(['年', '月', '/', '.'], "-");
        let parts: Vec<&str> = text.trim_end_matches('日').split('-').collect();
        let [year, month, day] = parts[..] else { return Err(bad()) };
        let number = |part: &str, digits: std::ops::RangeInclusive<usize>| {
            let plain = digits.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<i16>().ok().filter(|_| plain).ok_or_else(bad)
        };
        let year = number(year, 4..=4)?;
        let [month, day] = [number(month, 1..=2)?, number(day, 1..=2)?].map(|n| i8::try_from(n).unwrap_or(0));
        let date = civil::Date::new(year, month, day).map_err(|_| bad())?;
        if (1970..=9998).contains(&year) { Ok(Self(date)) } else { Err(bad()) }
    }

    /// The day `days` later, or earlier if it is negative; stays within what [`Date::parse`] reads.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        let moved = self.0.saturating_add(days.clamp(-MAX_DAYS, MAX_DAYS).days());
        Self(moved.clamp(civil::date(1970, 1, 1), civil::date(9998, 12, 31)))
    }

    /// The same day of the next month, or its last day if it is too short.
    #[must_use]
    pub fn plus_month(self) -> Self {
        Self(self.0.saturating_add(1.month()).min(civil::date(9998, 12, 31)))
    }

    /// The first day of its month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// The Monday of its week.
    #[must_use]
    pub fn first_of_week(self) -> Self {
        self.plus_days(-i32::from(self.0.weekday().to_monday_zero_offset()))
    }

    /// The last day of its month.
    #[must_use]
    pub fn last_of_month(self) -> Self {
        Self(self.0.last_of_month())
    }

    /// Its year and its month from 1 to 12.
    pub fn year_month(self) -> (i16, i8) {
        (self.0.year(), self.0.month())
    }

    /// The day of its month, from 1 to 31.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// The days from `earlier` to this one.
    pub fn days_since(self, earlier: Self) -> i32 {
        (self.0 - earlier.0).get_days()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The day of the month, 1 to 31, on which counters begin again; the last day in a month that is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResetDay(i8);

impl ResetDay {
    /// Takes a number from 1 to 31.
    ///
    /// # Errors
    /// [`Fault::ResetDayBad`] otherwise.
    pub fn new(day: i64) -> Result<Self, Fault> {
        match i8::try_from(day) {
            Ok(day @ 1..=31) => Ok(Self(day)),
            _ => Err(Fault::ResetDayBad { given: day.to_string() }),
        }
    }

    /// Reads a number from 1 to 31.
    ///
    /// # Errors
    /// [`Fault::ResetDayBad`] otherwise.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let bad = |_| Fault::ResetDayBad { given: text.to_owned() };
        let day: u8 = narrow(text).parse().map_err(bad)?;
        Self::new(day.into())
    }

    /// Reads a number from 1 to 31; nothing, `never` and 0 stand for none.
    ///
    /// # Errors
    /// [`Fault::ResetDayBad`] otherwise.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, Fault> {
        if narrow(text) == "0" { Ok(None) } else { unless_never(text, Self::parse) }
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0.into()
    }

    /// The first such day after `today`.
    pub fn after(self, today: Date) -> Date {
        let in_month = |first: civil::Date| {
            let day = self.0.min(first.days_in_month());
            first.with().day(day).build().unwrap_or(first)
        };
        let this_month = in_month(today.0.first_of_month());
        if this_month > today.0 {
            return Date(this_month);
        }
        Date(in_month(today.0.first_of_month().saturating_add(1.month())))
    }
}

/// The time zone in which days begin.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// The one that the machine is set to, if it is set to one that can be read.
    pub fn system() -> Option<Self> {
        TimeZone::try_system().ok().map(Self)
    }

    /// UTC.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// One by its name in the IANA database, such as `Asia/Shanghai`; `None` if the machine does not know it.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// One by its name, or by that of its city alone, such as `Berlin`, if only one zone is called so.
    pub fn of_city(typed: &str) -> Option<Self> {
        if let Some(zone) = Self::named(typed) {
            return Some(zone);
        }
        let city = typed.trim().replace(' ', "_");
        let is_meant = |name: &&String| name.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&city));
        let names = Self::names();
        let mut found = names.iter().filter(|name| !name.starts_with("posix/") && !name.starts_with("right/"));
        let mut found = found.by_ref().filter(is_meant);
        match (found.next(), found.next()) {
            (Some(name), None) => Self::named(name),
            _ => None,
        }
    }

    /// The names of all that the machine knows.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        names.sort();
        names
    }

    /// Its IANA name, or its offset if it has none.
    pub fn name(&self) -> String {
        self.0.iana_name().map_or_else(|| "UTC".to_owned(), str::to_owned)
    }

    /// The day at `time`: the one whose [`Zone::start_of`] was the last before it. A clock that is set back across
    /// midnight shows the day before once more; that time belongs to the day that has begun.
    pub fn date(&self, time: Time) -> Date {
        let shown = self.civil(time);
        let date = Date(shown.date());
        // No clock is set back by more than two hours since 1970, so earlier in the day there is nothing to look up.
        if shown.hour() < 22 {
            return date;
        }
        let next = Date(date.0.saturating_add(1.day()));
        if self.start_of(next) <= time { next } else { date }
    }

    /// The first second of the row in which traffic at `time` is counted: of the hour, or of the day if it begins
    /// within that hour. So no row belongs to two days, also where the offset from UTC is not a whole number of hours.
    pub fn row_at(&self, time: Time) -> Time {
        const HOUR: Time = 3600;
        (time.div_euclid(HOUR) * HOUR).max(self.start_of(self.date(time)))
    }

    /// The moment at which `date` begins.
    pub fn start_of(&self, date: Date) -> Time {
        self.0.to_zoned(date.0.into()).map_or(0, |zoned| zoned.timestamp().as_second())
    }

    /// `2026-11-22 19:32`.
    pub fn minute(&self, time: Time) -> String {
        let at = self.civil(time);
        format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
    }

    fn civil(&self, time: Time) -> civil::DateTime {
        let time = time.clamp(0, 253_000_000_000);
        self.0.to_datetime(Timestamp::from_second(time).unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_31st_is_the_last_day_of_a_short_month() {
        for (day, today, next) in [
            ("31", "2026-01-30", "2026-01-31"),
            ("31", "2026-01-31", "2026-02-28"),
            ("31", "2026-02-28", "2026-03-31"),
            ("31", "2028-02-01", "2028-02-29"),
            ("30", "2026-12-30", "2027-01-30"),
            ("1", "2026-12-01", "2027-01-01"),
            ("1", "2026-12-31", "2027-01-01"),
            ("15", "2026-12-14", "2026-12-15"),
        ] {
            let day = ResetDay::parse(day).unwrap();
            assert_eq!(day.after(Date::parse(today).unwrap()).to_string(), next, "{today}");
        }
    }

    #[test]
    fn refuses_what_is_no_day() {
        for text in [
            "",
            "2026-13-01",
            "2026-02-30",
            "26-01-01",
            "2026-1",
            "2026-1-1-1",
            "2026-+1-01",
            "1.2.2026",
            "tomorrow",
            "2026-01-01T00:00",
            "1969-12-31",
            "9999-01-01",
        ] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
        for text in ["0", "32", "-1", "1.5", "", "x"] {
            assert!(ResetDay::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_days_as_people_write_them() {
        for text in
            ["2026-01-09", "2026-1-9", "2026/01/09", "2026.1.9", "2026年1月9日", "２０２６－０１－０９", " 2026-01-09 "]
        {
            assert_eq!(Date::parse(text).unwrap().to_string(), "2026-01-09", "{text}");
        }
        assert_eq!(ResetDay::parse("３１").unwrap().get(), 31);
    }

    #[test]
    fn no_number_of_days_leaves_the_calendar() {
        let date = Date::parse("2026-12-31").unwrap();
        assert_eq!(date.plus_days(i32::MAX).to_string(), "9998-12-31");
        assert_eq!(date.plus_days(i32::MIN).to_string(), "1970-01-01");
        assert_eq!(date.plus_days(1).to_string(), "2027-01-01");
    }

    #[test]
    fn days_begin_in_the_zone() {
        let shanghai = Zone(jiff::tz::offset(8).to_time_zone());
        assert_eq!(shanghai.date(1_767_196_800).to_string(), "2026-01-01");
        assert_eq!(Zone::utc().date(1_767_196_800).to_string(), "2025-12-31");
        assert_eq!(shanghai.start_of(Date::parse("2026-01-01").unwrap()), 1_767_196_800);
        assert_eq!(shanghai.minute(1_767_196_860), "2026-01-01 00:01");
    }
}
