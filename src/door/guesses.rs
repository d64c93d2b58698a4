//! Slows the guessing of tokens: each address may bring so many wrong tokens a second, and further requests wait. From
//! an address that has brought the right token before, it is never slowed. From any other it waits as wrong ones do, or
//! a quick answer would show that a guess is right.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::bridge::Token;
use crate::model::neighbourhood;

/// One wrong token in this time, so 360,000 in an hour.
const INTERVAL: Duration = Duration::from_millis(10);

/// How much may come at once before anything is slowed: 100 wrong tokens.
const TOLERANCE: Duration = Duration::from_secs(1);

/// Nothing waits for longer than this; what would have to is refused.
const MAX_DELAY: Duration = Duration::from_secs(8);

/// Most addresses that are remembered.
const MAX_ADDRESSES: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Guesses {
    addresses: HashMap<IpAddr, Record>,
    /// The latest `paid_until`.
    latest: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    /// When all that has come would have come at the rate that is allowed.
    paid_until: Instant,
    /// Whether the right token has come from there.
    known: bool,
}

/// What is to be done with a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// It goes on.
    Pass,
    /// It goes on then.
    Delay(Instant),
    /// It is refused.
    Refuse,
}

impl Guesses {
    /// Whether requests from there are being slowed, so that not even an answer that is kept may be given at once.
    pub(super) fn slows(&self, address: IpAddr, now: Instant) -> bool {
        let record = self.addresses.get(&neighbourhood(address));
        record.is_some_and(|record| !record.known && record.paid_until > now + TOLERANCE)
    }

    /// Whether requests from any address are being slowed.
    pub(super) fn slows_any(&self, now: Instant) -> bool {
        self.latest.is_some_and(|latest| latest > now + TOLERANCE)
    }

    /// Counts a request that brings a token.
    pub(super) fn judge(&mut self, address: IpAddr, token: Token, now: Instant) -> Verdict {
        let address = neighbourhood(address);
        let record = self.addresses.get(&address).copied().unwrap_or(Record { paid_until: now, known: false });
        if token == Token::None || token == Token::Right && record.known {
            return Verdict::Pass;
        }
        let paid_until = record.paid_until.max(now);
        let ahead = paid_until - now;
        if ahead <= TOLERANCE && token == Token::Right {
            self.remember(address, Record { paid_until, known: true }, now);
            return Verdict::Pass;
        }
        if ahead > TOLERANCE + MAX_DELAY {
            return Verdict::Refuse;
        }
        self.remember(address, Record { paid_until: paid_until + INTERVAL, ..record }, now);
        if ahead <= TOLERANCE { Verdict::Pass } else { Verdict::Delay(now + (ahead.saturating_sub(TOLERANCE))) }
    }

    /// The right token has come from there, and has waited as long as it had to.
    pub(super) fn know(&mut self, address: IpAddr, now: Instant) {
        let address = neighbourhood(address);
        let paid_until = self.addresses.get(&address).map_or(now, |record| record.paid_until);
        self.remember(address, Record { paid_until, known: true }, now);
    }

    fn remember(&mut self, address: IpAddr, record: Record, now: Instant) {
        if self.addresses.len() >= MAX_ADDRESSES && !self.addresses.contains_key(&address) {
            self.addresses.retain(|_, record| record.known || record.paid_until > now);
            if self.addresses.len() >= MAX_ADDRESSES {
                let oldest = self.addresses.iter().min_by_key(|(_, record)| record.paid_until);
                if let Some(oldest) = oldest.map(|(address, _)| *address) {
                    self.addresses.remove(&oldest);
                }
            }
        }
        self.latest = self.latest.max(Some(record.paid_until));
        self.addresses.insert(address, record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_million_guesses_take_more_than_an_hour() {
        let (mut guesses, start) = (Guesses::default(), Instant::now());
        let (mut passed, mut now) = (0, start);
        while now < start + Duration::from_mins(1) {
            match guesses.judge(address(1), Token::Wrong, now) {
                Verdict::Refuse => {}
                Verdict::Delay(until) => passed += u32::from(until < start + Duration::from_mins(1)),
                Verdict::Pass => passed += 1,
            }
            now += Duration::from_micros(250);
        }
        assert!((5_000..7_000).contains(&passed), "{passed} in a minute");
        assert!(guesses.slows(address(1), now) && !guesses.slows(address(2), now));
        assert_eq!(guesses.judge(address(2), Token::Wrong, now), Verdict::Pass, "each address for itself");
    }

    #[test]
    fn the_right_token_is_not_slowed_where_it_has_come_from_before() {
        let (mut guesses, now) = (Guesses::default(), Instant::now());
        assert_eq!(guesses.judge(address(1), Token::Right, now), Verdict::Pass);
        for _ in 0..5000 {
            for last in [1, 2] {
                guesses.judge(address(last), Token::Wrong, now);
            }
        }
        assert_eq!(guesses.judge(address(1), Token::Right, now), Verdict::Pass);
        assert_eq!(guesses.judge(address(1), Token::Wrong, now), Verdict::Refuse);
        assert_eq!(guesses.judge(address(2), Token::Right, now), Verdict::Refuse, "or each request would be a guess");
        let soon = now + Duration::from_secs(2);
        assert!(matches!(guesses.judge(address(2), Token::Right, soon), Verdict::Delay(_)));
        guesses.know(address(2), soon);
        assert_eq!(guesses.judge(address(2), Token::Right, soon), Verdict::Pass);
        assert_eq!(guesses.judge(address(2), Token::None, soon), Verdict::Pass);
    }

    #[test]
    fn there_is_a_bound_on_the_addresses() {
        let (mut guesses, now) = (Guesses::default(), Instant::now());
        guesses.judge(address(1), Token::Right, now);
        for number in 0..3 * u32::try_from(MAX_ADDRESSES).unwrap() {
            guesses.judge(IpAddr::V4(number.into()), Token::Wrong, now);
        }
        assert_eq!(guesses.addresses.len(), MAX_ADDRESSES);
    }
}
