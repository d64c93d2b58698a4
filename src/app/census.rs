//! Counts over all users, cached until something is written.

use super::{App, lock};
use crate::{
    error::Result,
    model::{Census, Date, TOMBSTONE_TTL, Time, Usage},
};
use std::sync::{Arc, Mutex};

/// A user with traffic in the last five minutes is online: nodes report once a minute or two. In seconds.
pub const ONLINE_WINDOW: Time = 300;
const HOUR: Time = 3600;

/// What was counted last.
#[derive(Default)]
pub struct CensusCache {
    census: Mutex<Option<CachedCensus>>,
    month: Mutex<Option<CachedMonth>>,
}

/// A census, and when and of which state of the database it was taken.
struct CachedCensus {
    version: i64,
    today: Date,
    since: Time,
    census: Arc<Census>,
}

/// What was used in a month up to an hour that is over; to it nothing is added any more.
struct CachedMonth {
    from: Time,
    until: Time,
    used: Usage,
}

impl CensusCache {
    /// Forgets all that was counted.
    pub(super) fn forget(&self) {
        *lock(&self.census) = None;
        *lock(&self.month) = None;
    }
}

impl App {
    /// How many users there are in each state.
    pub fn census(&self, today: Date, now: Time) -> Result<Arc<Census>> {
        // Read before the count, so that a write during the count makes the next call count again.
        let version = self.store.version()?;
        let mut kept = lock(&self.census.census);
        if let Some(taken) = &*kept
            && (taken.version, taken.today) == (version, today)
            && taken.since <= now - ONLINE_WINDOW
        {
            return Ok(Arc::clone(&taken.census));
        }
        let since = now - ONLINE_WINDOW;
        let census = Arc::new(self.store.census("", today, since, now - TOMBSTONE_TTL)?);
        *kept = Some(CachedCensus { version, today, since, census: Arc::clone(&census) });
        Ok(census)
    }

    /// What all users used since `from`, the beginning of a month, as reported. Hours that are over are added up once.
    pub fn used_since(&self, from: Time, now: Time) -> Result<Usage> {
        let mut kept = lock(&self.census.month);
        // An hour too early: a report that was on its way when the hour ended may still land in it.
        let until = ((now - HOUR).div_euclid(HOUR) * HOUR).max(from);
        let known = kept.as_ref().filter(|month| month.from == from && month.until <= until);
        let (begun, used) = known.map_or((from, Usage::default()), |month| (month.until, month.used));
        let used = used.plus(self.store.used_in_all(begun, until)?);
        *kept = Some(CachedMonth { from, until, used });
        drop(kept);
        Ok(used.plus(self.store.used_in_all(until, i64::MAX)?))
    }
}
