//! How often an agent does what, where it keeps what it must not forget, and what it has to tell.

use crate::node::{Trouble, journal::JsonFile};
use std::time::{Duration, Instant};

/// How an agent goes about it.
#[derive(Debug, Clone)]
pub struct Pace {
    /// How often the users are asked for.
    pub pull: Duration,
    /// How often traffic is reported.
    pub push: Duration,
    /// How long nothing is asked after the panel could not be reached.
    pub away: Duration,
    /// Whether what was counted is on the disk before the panel is told, or only if the panel cannot be.
    pub journal_first: bool,
}

impl Pace {
    /// For a panel on another machine.
    pub fn remote() -> Self {
        let seconds = Duration::from_secs;
        Self { pull: seconds(10), push: seconds(10), away: seconds(10), journal_first: true }
    }

    /// For a panel in the same process.
    pub fn local() -> Self {
        let (pull, push) = (Duration::from_millis(500), Duration::from_secs(1));
        Self { pull, push, away: push, journal_first: false }
    }
}

/// Where an agent keeps what it must not forget.
pub struct Files {
    /// What has to be reported.
    pub journal: JsonFile,
    /// The users, for a start without the panel; `None`: the panel is always there.
    pub users: Option<JsonFile>,
}

/// Something that a person wants to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Users are served: so many, from that port to that one.
    Serving(usize, u16, u16),
    /// The panel cannot be reached, or does not take this node, for that reason; the known users are served on.
    Away(String, usize),
    /// The panel is there again.
    Back,
    /// A port could not be had.
    Port(Trouble),
    /// Methods of users that are not known here.
    Lacking(Vec<String>),
    /// The relay failed and was started again.
    Restarted,
    /// Something on the disk could not be read or written.
    Disk(String),
}

#[derive(Default)]
pub(super) struct Due {
    pub(super) pull: Option<Instant>,
    pub(super) push: Option<Instant>,
    pub(super) state: Option<Instant>,
    pub(super) again: Option<Instant>,
}

#[derive(Default)]
pub(super) struct Told {
    pub(super) serving: Option<(usize, u16, u16)>,
    pub(super) troubles: Vec<Trouble>,
    pub(super) lacking: Vec<String>,
    pub(super) lacking_said: Vec<String>,
    pub(super) disk: bool,
}

/// Whether it is time, and the next time if so.
pub(super) fn is_due(due: &mut Option<Instant>, every: Duration, now: Instant) -> bool {
    let is_due = due.is_none_or(|at| now >= at);
    if is_due {
        *due = Some(now + every);
    }
    is_due
}
