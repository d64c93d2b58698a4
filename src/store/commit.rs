//! One commit of several writes: each is kept or undone by itself, and all are told once it is on the disk.

use crate::error::{Error, Fault, Result};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One write.
pub(super) trait Job: Send {
    /// Whether it can be done again after it was undone.
    fn is_repeatable(&self) -> bool;
    /// Does the work; without a connection it fails.
    fn act(&mut self, connection: Option<&Connection>) -> Change;
    /// Tells its outcome, given that of the commit.
    fn tell(self: Box<Self>, committed: Result<()>);
}

/// What becomes of the changes of a job.
#[derive(PartialEq)]
pub(super) enum Change {
    Keep,
    Undo,
}

/// The jobs of one commit, and its outcome.
pub(super) struct Round {
    pub(super) jobs: Vec<Box<dyn Job>>,
    outcome: Result<()>,
}

impl Round {
    pub(super) fn tell(self) {
        for job in self.jobs {
            let committed = self.outcome.as_ref().map_or_else(|error| Err(copied(error)), |()| Ok(()));
            // A panic in a callback must not end the writer.
            let _ = catch_unwind(AssertUnwindSafe(|| job.tell(committed)));
        }
    }
}

/// Does the jobs in one transaction.
pub(super) fn write_together(connection: &Connection, jobs: impl Iterator<Item = Box<dyn Job>>) -> Round {
    let mut done = Vec::new();
    let outcome = commit(connection, jobs, &mut done);
    if outcome.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    Round { jobs: done, outcome }
}

/// Runs the jobs in one transaction. After an error nothing of it is kept.
fn commit(
    connection: &Connection,
    jobs: impl Iterator<Item = Box<dyn Job>>,
    done: &mut Vec<Box<dyn Job>>,
) -> Result<()> {
    let mut jobs = jobs.peekable();
    let mut begun = run(connection, "BEGIN IMMEDIATE");
    // A savepoint costs a copy of each page that is written, again for each job. So there is none as long as all could
    // be done again.
    let mut bare = true;
    while let Some(mut job) = jobs.next() {
        let is_alone = done.is_empty() && jobs.peek().is_none();
        bare &= is_alone || job.is_repeatable();
        let before = connection.total_changes();
        let acted = match begun {
            Ok(()) if bare => act(connection, &mut *job),
            Ok(()) => in_savepoint(connection, &mut *job).map(|()| Change::Keep),
            Err(error) => {
                job.act(None);
                Err(error)
            }
        };
        done.push(job);
        begun = match acted {
            Ok(Change::Undo) if is_alone => return run(connection, "ROLLBACK"),
            Ok(Change::Undo) if connection.total_changes() != before => {
                bare = false;
                begin_again(connection, done)
            }
            other => other.map(drop),
        };
    }
    begun?;
    run(connection, "COMMIT")
}

/// Does all jobs again, now that one of them has failed after it had written.
fn begin_again(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> Result<()> {
    run(connection, "ROLLBACK")?;
    run(connection, "BEGIN IMMEDIATE")?;
    jobs.iter_mut().try_for_each(|job| in_savepoint(connection, &mut **job))
}

fn in_savepoint(connection: &Connection, job: &mut dyn Job) -> Result<()> {
    if let Err(error) = run(connection, "SAVEPOINT job") {
        job.act(None);
        return Err(error);
    }
    if act(connection, job)? == Change::Undo {
        run(connection, "ROLLBACK TO job")?;
    }
    run(connection, "RELEASE job")
}

fn act(connection: &Connection, job: &mut dyn Job) -> Result<Change> {
    let change = job.act(Some(connection));
    if connection.is_autocommit() {
        // SQLite has rolled the whole transaction back, as it does when the disk is full.
        return Err(Error::Busy(Fault::DiskFull));
    }
    Ok(change)
}

fn run(connection: &Connection, sql: &str) -> Result<()> {
    Ok(connection.prepare_cached(sql)?.execute(()).map(drop)?)
}

/// The same error once more: each job of a failed commit gets one.
fn copied(error: &Error) -> Error {
    match error {
        Error::Busy(fault) => Error::Busy(fault.clone()),
        other => Error::internal(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;
    use std::sync::Arc;

    /// Adds a row, and then succeeds (`k`), fails (`f`) or finds that SQLite has rolled everything back (`r`); in
    /// capitals if it can be done again.
    struct Step {
        kind: char,
        told: Arc<Mutex<String>>,
    }

    impl Job for Step {
        fn is_repeatable(&self) -> bool {
            self.kind.is_ascii_uppercase()
        }

        fn act(&mut self, connection: Option<&Connection>) -> Change {
            let Some(connection) = connection else { return Change::Undo };
            connection.execute("INSERT INTO t VALUES (1)", ()).unwrap();
            if self.kind.eq_ignore_ascii_case(&'r') {
                connection.execute_batch("ROLLBACK").unwrap();
            }
            if self.kind.eq_ignore_ascii_case(&'k') { Change::Keep } else { Change::Undo }
        }

        fn tell(self: Box<Self>, committed: Result<()>) {
            self.told.lock().push(match (committed, self.kind.to_ascii_lowercase()) {
                (Err(_), _) => '!',
                (Ok(()), 'k') => '+',
                (Ok(()), _) => '-',
            });
        }
    }

    /// Commits jobs of those kinds; what they are told, and how many rows there are then.
    fn commit_all(jobs: &str) -> (String, i64) {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (a)").unwrap();
        let told = Arc::default();
        let steps = jobs.chars().map(|kind| Box::new(Step { kind, told: Arc::clone(&told) }) as Box<dyn Job>);
        write_together(&connection, steps).tell();
        let told = told.lock().clone();
        (told, connection.query_row("SELECT count(*) FROM t", (), |row| row.get(0)).unwrap())
    }

    #[test]
    fn a_job_that_fails_takes_no_other_with_it() {
        for jobs in ["K", "F", "KK", "KFK", "FKK", "KKF", "KfK", "FkKF", "kKF", "KKFKFk", "FF"] {
            let told = jobs.to_lowercase().replace('k', "+").replace('f', "-");
            let kept = told.chars().map(|told| i64::from(told == '+')).sum();
            assert_eq!(commit_all(jobs), (told, kept), "{jobs}");
        }
    }

    #[test]
    fn all_are_told_if_sqlite_has_rolled_everything_back() {
        for jobs in ["R", "KR", "RK", "KRKK", "kRK", "krkK", "KFRK"] {
            assert_eq!(commit_all(jobs), ("!".repeat(jobs.len()), 0), "{jobs}");
        }
    }
}
