//! Maintenance that falls due with time, done before a request is served.

use super::{App, SESSION_IDLE_TTL, SESSION_TTL, Snapshot, lock};
use crate::{
    error::{Error, Fault, Result},
    model::{Date, Time},
};
use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};

/// How often it is looked for due work, in seconds, beside the beginning of each day.
const MAINTENANCE_INTERVAL: Time = 600;
/// How long nothing is tried after a request found the database locked by another program, in seconds: as long as that
/// request waited for it, and a little.
const RETRY_DELAY: Time = 6;

/// When maintenance was last done.
#[derive(Default)]
pub(super) struct Maintenance {
    done: Mutex<Option<(Date, Time)>>,
    put_off: Mutex<Option<Time>>,
    /// Whether the last try failed.
    undone: AtomicBool,
}

impl Maintenance {
    /// Whether it is put off at `now`, so that only one request waits for the program that has locked the database.
    fn is_put_off(&self, now: Time) -> bool {
        lock(&self.put_off).is_some_and(|at| (at..at + RETRY_DELAY).contains(&now))
    }

    /// Puts it off for other requests while this one tries again, if the last one could not.
    fn try_again(&self, now: Time) {
        if let Some(at) = &mut *lock(&self.put_off) {
            *at = now;
        }
    }

    /// Notes the outcome of a try, and whether another program had locked the database.
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
    /// Whether a report has to close periods in its own write, since those that have ended could not be closed yet. So
    /// no byte of the new month lands in the old one.
    pub fn must_close_first(&self) -> bool {
        self.maintenance.undone.load(SeqCst)
    }

    /// Does what has fallen due: closes periods, records users who are kept out since, folds old hours, ends idle
    /// sign-ins. Cheap when nothing has.
    pub fn run_maintenance(&self, settings: &Snapshot, now: Time) -> Result<()> {
        self.drop_expired_upload(now);
        self.drop_expired_download(now);
        self.forget_if_replaced();
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
        // This request may have waited for one that failed.
        if self.maintenance.is_put_off(now) {
            return Ok(());
        }
        self.maintenance.try_again(now);
        // Periods are closed before a request goes on. If that has failed, a report closes them in its own write.
        self.maintenance.note(now, self.store.close_due(now, zone.clone()))?;
        *done = Some((today, now));
        drop(done);
        self.store.record_kept_out(now, today)?;
        if before != Some(today) {
            self.store.fold(now, zone.clone())?;
            self.store.end_old_sessions(now - SESSION_TTL, now - SESSION_IDLE_TTL, now + SESSION_IDLE_TTL)?;
        }
        Ok(())
    }
}
