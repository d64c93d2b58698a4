//! What falls due with time, done before whatever is asked for.

use super::{App, SESSION_IDLE_TTL, Snapshot, lock};
use crate::{
    error::{Error, Fault, Result},
    model::{Date, Time, Zone},
};
use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};

/// How often what falls due is looked for, in seconds, beside the beginning of each day.
const MAINTENANCE_INTERVAL: Time = 600;
/// How long after somebody has come to do it nobody else tries, if another program kept him from writing: the time that he waits for
/// that, and a little.
const RETRY_DELAY: Time = 6;

/// When what falls due was last done.
#[derive(Default)]
pub(super) struct Maintenance {
    done: Mutex<Option<(Date, Time)>>,
    put_off: Mutex<Option<Time>>,
    /// Whether whoever tried last could not.
    undone: AtomicBool,
}

impl Maintenance {
    /// Whether it is put off at `now`, so that one alone waits for whoever keeps the database from being written.
    fn is_put_off(&self, now: Time) -> bool {
        lock(&self.put_off).is_some_and(|at| (at..at + RETRY_DELAY).contains(&now))
    }

    /// If the last one who came could not, nobody waits for this one who tries again.
    fn try_again(&self, now: Time) {
        if let Some(at) = &mut *lock(&self.put_off) {
            *at = now;
        }
    }

    /// Whether he could not, and whether that was since another program kept him from writing.
    fn note(&self, now: Time, outcome: Result<()>) -> Result<()> {
        self.undone.store(outcome.is_err(), SeqCst);
        *lock(&self.put_off) = matches!(outcome, Err(Error::Busy(Fault::Locked))).then_some(now);
        outcome
    }

    /// Looks again at the next request.
    pub(super) fn forget(&self) {
        *lock(&self.done) = None;
        *lock(&self.put_off) = None;
    }
}

impl App {
    /// The zone in which days begin, and whether a report has to close periods itself, in its own write, since those that have ended could
    /// not be closed yet. So no byte of the new month lands in the old one.
    pub fn to_close_first(&self) -> Result<(Zone, bool)> {
        Ok((self.settings()?.zone.clone(), self.maintenance.undone.load(SeqCst)))
    }

    /// Does what has fallen due: closes periods, notes who is kept out since, folds old hours, ends idle sign-ins. Cheap when nothing has.
    pub fn run_maintenance(&self, settings: &Snapshot, now: Time) -> Result<()> {
        self.drop_expired_upload(now);
        self.drop_expired_download(now);
        self.follow();
        let zone = &settings.zone;
        let today = zone.date(now);
        if self.maintenance.is_put_off(now) {
            return Ok(());
        }
        let mut done = lock(&self.maintenance.done);
        let before = done.map(|(day, _)| day);
        if let Some((day, at)) = *done
            && day == today
            && (at..at + MAINTENANCE_INTERVAL).contains(&now)
        {
            return Ok(());
        }
        // For whoever has waited for one who could not.
        if self.maintenance.is_put_off(now) {
            return Ok(());
        }
        self.maintenance.try_again(now);
        // Periods are closed before anybody goes on. A report that need not wait for that does it itself.
        self.maintenance.note(now, self.store.close_due(now, zone.clone()))?;
        *done = Some((today, now));
        drop(done);
        self.store.notice(now, today)?;
        if before != Some(today) {
            self.store.fold(now, zone.clone())?;
            self.store.end_idle_sessions(now - SESSION_IDLE_TTL, now + SESSION_IDLE_TTL)?;
        }
        Ok(())
    }
}
