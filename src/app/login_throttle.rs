//! Guesses of the admin's password: how many came from each browser or address, and how long the next one has to wait.
//! A guess is counted before its password is hashed, so that many at once are not more than one after the other.

use super::lock;
use crate::model::{Time, neighbourhood, site};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Mutex,
};

/// How many guesses are free: of one guesser, and of a whole IPv6 network of 48 bits.
const FREE_GUESSES: u32 = 5;
const FREE_GUESSES_OF_SITE: u32 = 20;
/// The first wait, in seconds; each further one is twice as long.
const FIRST_WAIT: Time = 30;
/// The longest wait: an hour.
const MAX_WAIT: Time = 3600;
/// Guesses are forgotten after a day, in seconds.
const GUESS_TTL: Time = 86_400;
/// How many guessers are remembered.
const MAX_GUESSERS: usize = 10_000;
/// Over all addresses: first guesses of an address, then further ones. So an address that has not guessed yet gets a
/// turn while many others guess.
const FIRST_GUESSES: Bucket = Bucket { burst: 1000, period: 4, spent: 0, at: 0 };
const FURTHER_GUESSES: Bucket = Bucket { burst: 100, period: 6, spent: 0, at: 0 };

/// Where a guess comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guesser {
    /// A browser that is signed in or once was, by a hash of what it proves that with. Nothing that others do counts.
    Known([u8; 32]),
    /// Any other client, by its address.
    Address(IpAddr),
}

/// Guesses of the present password.
#[derive(Default)]
pub struct LoginThrottle(Mutex<State>);

struct State {
    /// A hash of what is guessed. With another password the guesses of the old one are void.
    target: [u8; 32],
    guesses: HashMap<Key, Guesses>,
    first: Bucket,
    further: Bucket,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Known([u8; 32]),
    /// An IPv4 address, or an IPv6 network of 64 bits.
    Network(IpAddr),
    /// An IPv6 network of 48 bits, as large as one site gets.
    Site(Ipv6Addr),
}

struct Guesses {
    count: u32,
    last: Time,
}

/// A guess that has been counted.
#[must_use = "a right guess is to be taken back"]
pub struct Guess {
    keys: Vec<Key>,
    is_first: bool,
}

impl LoginThrottle {
    /// Counts a guess of `target`, unless it has to wait: then it returns for how many seconds.
    ///
    /// # Errors
    /// The seconds to wait.
    pub fn begin(&self, guesser: Guesser, target: &str, now: Time) -> Result<Guess, Time> {
        let mut state = lock(&self.0);
        let target = Sha256::digest(target).into();
        if state.target != target {
            *state = State { target, ..State::default() };
        }
        let keys = keys(guesser);
        let wait = keys.iter().map(|key| state.wait(*key, now)).max().unwrap_or(0);
        if wait > 0 {
            return Err(wait);
        }
        let is_first = keys.iter().all(|key| state.guesses.get(key).is_none_or(|guesses| guesses.count == 0));
        if let Guesser::Address(_) = guesser {
            state.bucket(is_first).take(now)?;
        }
        for key in &keys {
            state.count(*key, now);
        }
        Ok(Guess { keys, is_first })
    }

    /// Takes a guess back that was right, and forgets the wrong ones before it.
    pub fn succeeded(&self, guess: &Guess) {
        let mut state = lock(&self.0);
        for key in &guess.keys {
            match key {
                Key::Site(_) => {
                    state.guesses.entry(*key).and_modify(|guesses| guesses.count = guesses.count.saturating_sub(1));
                }
                Key::Known(_) | Key::Network(_) => drop(state.guesses.remove(key)),
            }
        }
        if !matches!(guess.keys[..], [Key::Known(_)]) {
            state.bucket(guess.is_first).spent -= 1;
        }
    }
}

impl State {
    /// How long the next guess by `key` has to wait, in seconds.
    fn wait(&mut self, key: Key, now: Time) -> Time {
        let free = free_guesses(key);
        let Some(guesses) = self.guesses.get_mut(&key).filter(|guesses| guesses.count >= free) else { return 0 };
        let wait = FIRST_WAIT.checked_shl(guesses.count - free).unwrap_or(MAX_WAIT).clamp(1, MAX_WAIT);
        // After the clock was set back the wait begins anew instead of lasting until the clock has caught up.
        guesses.last = guesses.last.min(now);
        (guesses.last + wait - now).max(0)
    }

    fn count(&mut self, key: Key, now: Time) {
        if self.guesses.len() >= MAX_GUESSERS {
            self.guesses.retain(|_, guesses| now - guesses.last < GUESS_TTL);
        }
        if self.guesses.len() >= MAX_GUESSERS
            && let Some(oldest) = self.guesses.iter().min_by_key(|(_, guesses)| guesses.last).map(|(key, _)| *key)
        {
            self.guesses.remove(&oldest);
        }
        let guesses = self.guesses.entry(key).or_insert(Guesses { count: 0, last: now });
        if now - guesses.last >= GUESS_TTL {
            guesses.count = 0;
        }
        guesses.count = guesses.count.saturating_add(1).min(free_guesses(key) + 20);
        guesses.last = now;
    }

    fn bucket(&mut self, is_first: bool) -> &mut Bucket {
        if is_first { &mut self.first } else { &mut self.further }
    }
}

impl Default for State {
    fn default() -> Self {
        Self { target: [0; 32], guesses: HashMap::new(), first: FIRST_GUESSES, further: FURTHER_GUESSES }
    }
}

/// So many at once, and then one in each period.
struct Bucket {
    burst: i64,
    /// In seconds.
    period: Time,
    spent: i64,
    /// Up to when the periods are accounted for.
    at: Time,
}

impl Bucket {
    fn take(&mut self, now: Time) -> Result<(), Time> {
        let regained = (now - self.at.min(now)) / self.period;
        self.spent = (self.spent - regained).max(0);
        self.at = if self.spent == 0 { now } else { self.at.min(now) + regained * self.period };
        if self.spent >= self.burst {
            return Err(self.at + self.period - now);
        }
        self.spent += 1;
        Ok(())
    }
}

fn keys(guesser: Guesser) -> Vec<Key> {
    match guesser {
        Guesser::Known(hash) => vec![Key::Known(hash)],
        Guesser::Address(address) => {
            let network = Key::Network(neighbourhood(address));
            std::iter::once(network).chain(site(address).map(Key::Site)).collect()
        }
    }
}

fn free_guesses(key: Key) -> u32 {
    if matches!(key, Key::Site(_)) { FREE_GUESSES_OF_SITE } else { FREE_GUESSES }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = 1_800_000_000;

    fn v6(site: u16, network: u16, host: u16) -> Guesser {
        Guesser::Address(Ipv6Addr::new(0x2001, 0xdb8, site, network, 0, 0, 0, host).into())
    }

    fn v4(number: u32) -> Guesser {
        Guesser::Address(std::net::Ipv4Addr::from(0x0a00_0000 + number).into())
    }

    /// How many of so many guesses were let through.
    fn passed(throttle: &LoginThrottle, guessers: impl Iterator<Item = Guesser>) -> usize {
        guessers.filter(|guesser| throttle.begin(*guesser, "hash", NOW).is_ok()).count()
    }

    #[test]
    fn a_site_has_20_guesses_from_whichever_network_in_it() {
        let throttle = LoginThrottle::default();
        assert_eq!(passed(&throttle, (0..1000).map(|number| v6(1, number, number))), 20);
        assert_eq!(passed(&throttle, (0..1000).map(|host| v6(2, 7, host))), 5, "one network");
        assert_eq!(passed(&throttle, std::iter::once(v6(3, 0, 0))), 1, "another site");
    }

    #[test]
    fn guesses_over_all_addresses_are_bounded_and_one_who_has_not_guessed_gets_a_turn() {
        let throttle = LoginThrottle::default();
        assert_eq!(passed(&throttle, (0..500).map(v4)), 500);
        assert_eq!(passed(&throttle, (0..2000).map(|number| v4(number % 500))), 100);
        let guess = throttle.begin(v4(9999), "hash", NOW).unwrap();
        throttle.succeeded(&guess);
        assert_eq!(throttle.begin(v4(1), "hash", NOW).err(), Some(6));
        assert_eq!(throttle.begin(v4(1), "hash", NOW + 6).err(), None);
        assert_eq!(passed(&throttle, (10_000..20_000).map(v4)), 500, "first guesses are bounded too");
    }

    #[test]
    fn a_known_browser_waits_for_nothing_that_others_do() {
        let throttle = LoginThrottle::default();
        passed(&throttle, (0..20_000).map(v4));
        assert_eq!(passed(&throttle, std::iter::repeat_n(Guesser::Known([1; 32]), 9)), 5);
        assert_eq!(passed(&throttle, std::iter::once(Guesser::Known([2; 32]))), 1);
    }

    #[test]
    fn another_password_voids_the_guesses_of_the_old_one() {
        let throttle = LoginThrottle::default();
        assert_eq!(passed(&throttle, std::iter::repeat_n(v4(1), 9)), 5);
        assert!(throttle.begin(v4(1), "another hash", NOW).is_ok());
    }
}
