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
        if begun.is_err() {
            job.act(None);
        } else if is_alone || (bare && job.is_repeatable()) {
            let before = connection.total_changes();
            let acted = act(connection, &mut *job);
            done.push(job);
            if acted? == Change::Undo {
                if is_alone {
                    return run(connection, "ROLLBACK");
                }
                if connection.total_changes() != before {
                    bare = false;
                    begun = begin_again(connection, done);
                }
            }
            continue;
        } else {
            bare = false;
            begun = in_savepoint(connection, &mut *job);
        }
        done.push(job);
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

    /// Adds a row, or does so and fails.
    struct Step {
        fails: bool,
        is_repeatable: bool,
        told: Arc<Mutex<String>>,
    }

    impl Job for Step {
        fn is_repeatable(&self) -> bool {
            self.is_repeatable
        }

        fn act(&mut self, connection: Option<&Connection>) -> Change {
            connection.unwrap().execute("INSERT INTO t VALUES (1)", ()).unwrap();
            if self.fails { Change::Undo } else { Change::Keep }
        }

        fn tell(self: Box<Self>, committed: Result<()>) {
            committed.unwrap();
            self.told.lock().push(if self.fails { '-' } else { '+' });
        }
    }

    /// Of jobs that follow each other in any order, those are undone that fail: `f` and `F`, in capitals what can be
    /// done again.
    #[test]
    fn a_job_that_fails_takes_no_other_with_it() {
        for jobs in ["K", "F", "KK", "KFK", "FKK", "KKF", "KfK", "FkKF", "kKF", "KKFKFk", "FF"] {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch("CREATE TABLE t (a)").unwrap();
            let told = Arc::default();
            let steps = jobs.chars().map(|job| {
                let (fails, is_repeatable) = (job.eq_ignore_ascii_case(&'f'), job.is_ascii_uppercase());
                Box::new(Step { fails, is_repeatable, told: Arc::clone(&told) }) as Box<dyn Job>
            });
            write_together(&connection, steps).tell();
            let rows: i64 = connection.query_row("SELECT count(*) FROM t", (), |row| row.get(0)).unwrap();
            let expected = jobs.to_lowercase().replace('k', "+").replace('f', "-");
            assert_eq!(*told.lock(), expected, "{jobs}");
            assert_eq!(rows, i64::try_from(expected.matches('+').count()).unwrap(), "{jobs}");
        }
    }
}
