//! The nouns: users, nodes, sizes, days, and which values are valid. No SQL, no HTTP, no clock.

mod batch;
mod bytes;
mod calendar;
mod event;
mod happening;
mod label;
mod listed;
mod method;
mod node;
mod node_state;
mod progress;
mod terms;
mod traffic;
mod typed;
mod user;
mod vmess;

pub use batch::{Act, Before, Extension, Outcome};
pub use bytes::{Bytes, Unit};
pub use calendar::{Date, ResetDay, Time, Zone};
pub use event::{Actor, Change, Event, Logged, What};
pub use happening::{ChannelKind, Happening};
pub use label::{MAX_NAME_CHARS, balanced, is_unseen};
pub use listed::{Listed, State};
pub use method::{Kind, METHODS, Method};
pub use node::{Address, Health, Node, NodeName, Rate, Refusal};
pub use node_state::{NodeState, PortTrouble};
pub use progress::{Progress, Stage, Tell, untold};
pub use terms::{NodeAccess, Terms};
pub use traffic::{History, Key, LeftOut, NodeUse, Period, Report, Row, Skipped, Usage};
pub use typed::narrow;
pub use user::{
    Census, Draft, Filter, Name, NewUser, Note, Order, Password, SOON_DAYS, TOMBSTONE_TTL, User, letters, port_from,
};
pub use vmess::{Network, Vmess};

/// Fills a buffer with random bytes; the source is chosen in `main`.
pub type Random<'a> = &'a dyn Fn(&mut [u8]);

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
