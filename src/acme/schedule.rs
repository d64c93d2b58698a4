//! When something is due: a renewal before the certificate ends, another try after a failure, the authority's advice.

use crate::model::Time;

const HOUR: Time = 3600;
const DAY: Time = 24 * HOUR;

/// Before this, 2026-01-01, no clock was right when this was written: nothing is ordered then.
const EARLIEST: Time = 1_767_225_600;

/// Whether the clock has been set.
pub(super) fn is_set(now: Time) -> bool {
    now >= EARLIEST
}

/// How long to wait after that many failures in a row, in seconds: 1, 10 and 100 minutes, then a day.
pub(super) fn pause(failures: u32) -> Time {
    match failures {
        0 => 0,
        1 => 60,
        2 => 600,
        3 => 6000,
        _ => DAY,
    }
}

/// When a certificate is to be renewed without the authority's advice: with a third of its lifetime left, or half if it
/// lives for less than ten days.
pub(super) fn renewal(begins: Time, ends: Time) -> Time {
    let lifetime = (ends - begins).max(0);
    ends - if lifetime < 10 * DAY { lifetime / 2 } else { lifetime / 3 }
}

/// The moment of a window at which to renew; `share` is random, of [`u32::MAX`]. A window that makes no sense, or lies
/// so late that the certificate would have ended, is no advice.
pub(super) fn moment(from: Time, to: Time, ends: Time, share: u32) -> Option<Time> {
    if from > to || from >= ends {
        return None;
    }
    let width = to.min(ends - 1) - from;
    let part = i128::from(width) * i128::from(share) / i128::from(u32::MAX);
    Some(from + Time::try_from(part).ok()?)
}

/// When to ask the authority again: as it says, within reason; twice a day if it says nothing.
pub(super) fn ask_again(now: Time, retry_after: Option<Time>) -> Time {
    retry_after.map_or(now + 12 * HOUR, |time| time.clamp(now + HOUR, now + DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewals_leave_a_third_of_a_long_life_and_half_of_a_short_one() {
        assert_eq!(renewal(0, 90 * DAY), 60 * DAY);
        assert_eq!(renewal(0, 45 * DAY), 30 * DAY);
        assert_eq!(renewal(0, 160 * HOUR), 80 * HOUR);
        assert_eq!(renewal(100, 40), 40, "one that makes no sense is renewed when it ends");
    }

    #[test]
    fn failures_are_followed_by_longer_and_longer_pauses() {
        assert_eq!([0, 1, 2, 3, 4, 99].map(pause), [0, 60, 600, 6000, DAY, DAY]);
    }

    #[test]
    fn a_moment_lies_in_the_window_and_before_the_end() {
        assert_eq!(moment(100, 200, 1000, 0), Some(100));
        assert_eq!(moment(100, 200, 1000, u32::MAX), Some(200));
        assert_eq!(moment(100, 2000, 1000, u32::MAX), Some(999));
        assert_eq!(moment(Time::MIN / 2, Time::MAX / 2, 1000, u32::MAX), Some(999));
        assert_eq!(moment(200, 100, 1000, 0), None);
        assert_eq!(moment(1000, 2000, 1000, 0), None);
    }

    #[test]
    fn the_authority_is_asked_twice_a_day_or_as_it_says() {
        assert_eq!(ask_again(0, None), 12 * HOUR);
        assert_eq!(ask_again(0, Some(6 * HOUR)), 6 * HOUR);
        assert_eq!(ask_again(0, Some(1)), HOUR);
        assert_eq!(ask_again(0, Some(90 * DAY)), DAY);
    }
}
