//! The nouns: users, nodes, sizes, days, and which values are valid. No SQL, no HTTP, no clock.

mod batch;
mod bytes;
mod calendar;
mod cidr;
mod event;
mod filter;
mod happening;
mod label;
mod limit;
mod listed;
mod method;
mod name;
mod named;
mod node;
mod node_state;
mod password;
mod port;
mod progress;
mod renewal;
mod terms;
mod traffic;
mod typed;
mod user;
mod vmess;

pub use batch::{Act, Before, Extension, Outcome};
pub use bytes::{Bytes, NO_LIMIT, Unit};
pub use calendar::{Date, ResetDay, Time, Zone};
pub use cidr::{Cidr, neighbourhood, site};
pub use event::{Actor, Change, Event, Logged, What};
pub use filter::{Census, Filter, Order, SOON_DAYS};
pub use happening::{ChannelKind, Happening};
pub use label::{MAX_NAME_CHARS, balanced, is_unseen};
pub use limit::limit_from;
pub use listed::{Listed, State};
pub use method::{Kind, METHODS, Method};
pub use name::{Name, Note};
pub(crate) use named::named;
pub use node::{Address, Health, Node, NodeDraft, NodeName, OFFLINE_AFTER, Rate, Refusal};
pub use node_state::{NodeState, PortTrouble};
pub use password::Password;
pub use port::{PortOffset, PortRange, port_from};
pub use progress::{Progress, Stage, Tell, untold};
pub use terms::{NodeAccess, Terms};
pub use traffic::{History, Key, LeftOut, Period, Report, Row, Skipped, Usage, Verdict};
pub use typed::{narrow, optional, unless_never};
pub use user::{Draft, NewUser, TOMBSTONE_TTL, User};
pub use vmess::{Network, Vmess};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Fills a buffer with random bytes; the source is chosen in `main`.
pub type Random<'a> = &'a dyn Fn(&mut [u8]);

/// What only the machine can give: the time, in seconds since 1970 UTC, and randomness.
#[derive(Clone, Copy, Debug)]
pub struct Platform {
    /// Tells the time.
    pub now: fn() -> Time,
    /// Fills a buffer with random bytes.
    pub random: fn(&mut [u8]),
}

/// Locks a mutex even after a panic of its holder: what it guards is never left half changed.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// That many random characters of `[A-Za-z0-9]`, each equally likely.
pub fn letters(count: usize, random: Random<'_>) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(count);
    let mut buffer = [0; 32];
    while text.len() < count {
        random(&mut buffer);
        // 248 is the largest multiple of 62 in a byte: what lies above it would favour the first letters.
        let fair = buffer.iter().filter(|byte| **byte < 248);
        text.extend(fair.map(|byte| char::from(ALPHABET[usize::from(byte % 62)])).take(count - text.len()));
    }
    text
}
