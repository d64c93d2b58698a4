//! The one writer: a thread that gathers the writes that arrive at the same time into one commit, and reports their
//! outcome after it. A write that arrives alone runs in its caller's thread, since waking another takes about as long
//! as a quick disk. While one caller uses the connection exclusively, others wait at a gate or are refused; a write
//! that has passed the gate is done.

use super::changes::Changes;
use crate::error::{Error, Fault, Result};
use parking_lot::{Mutex, MutexGuard, RwLock};
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{Receiver, SendError, Sender, channel, sync_channel},
    },
    thread::{Builder, JoinHandle, current},
    time::Duration,
};

/// The most writes that share a commit.
const MAX_BATCH: usize = 256;
/// How long a reader waits for a moment without a write.
const PAUSE_WAIT: Duration = Duration::from_millis(5);

/// Does its work (without a connection it does none), and returns the callback that gets the outcome of the commit.
type Job = Box<dyn FnOnce(Option<&Connection>) -> (Change, Tell) + Send>;
type Tell = Box<dyn FnOnce(Result<()>)>;

/// What becomes of the changes of a job.
#[derive(PartialEq)]
enum Change {
    Keep,
    Undo,
}

/// The connection that writes, and the thread that serves a queue of writes; dropping it ends the thread once the queue
/// is empty.
pub(super) struct Writer {
    shared: Arc<Shared>,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    connection: Mutex<Connection>,
    /// The users whom that connection has changed.
    changes: Arc<Changes>,
    /// How many jobs the thread has not done yet.
    waiting: AtomicUsize,
    /// Held for reading by each write until its outcome is told, for writing by exclusive use.
    gate: Arc<RwLock<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self> {
        let (jobs, queue) = channel();
        let shared = Arc::new(Shared {
            changes: Changes::of(&connection)?,
            connection: Mutex::new(connection),
            waiting: AtomicUsize::new(0),
            gate: Arc::default(),
        });
        let writing = Arc::clone(&shared);
        let thread =
            Builder::new().name("writer".to_owned()).spawn(move || writing.write(&queue)).map_err(Error::internal)?;
        Ok(Self { shared, jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `work` and waits until it is on the disk. If it fails, nothing of it is kept.
    ///
    /// # Errors
    /// [`Fault::Locked`] if the connection is used exclusively for longer than a request waits.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = sync_channel(1);
        self.submit(work, move |done| {
            // The receiver is gone only with the caller's thread.
            let _ = answer.send(done);
        });
        answered.recv().map_err(|_| Error::internal("the writer has ended"))?
    }

    /// The same without waiting: `tell` gets the outcome, in this thread or in the writer's. It must not write itself.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        tell: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        let Some(passed) = self.shared.gate.try_read_arc_for(super::BUSY_TIMEOUT) else {
            return tell(Err(Error::Busy(Fault::Locked)));
        };
        let job: Job = Box::new(move |connection| {
            let done = connection.map_or(Err(Error::Busy(Fault::Locked)), |connection| {
                catch_unwind(AssertUnwindSafe(|| work(connection)))
                    .unwrap_or_else(|_| Err(Error::internal("a write panicked")))
            });
            let change = if done.is_ok() { Change::Keep } else { Change::Undo };
            let tell: Tell = Box::new(move |committed| {
                tell(committed.and(done));
                drop(passed);
            });
            (change, tell)
        });
        if let Some(job) = self.shared.write_alone(job) {
            self.shared.waiting.fetch_add(1, SeqCst);
            let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
            if let Some(Err(SendError(job))) = sent {
                job(None).1(Err(Error::internal("the writer has ended")));
            }
        }
    }

    /// Runs `work` with the connection for itself, outside of any transaction, once all writes that were begun are
    /// done. Writes that arrive meanwhile wait for a while, and are then refused as busy.
    pub(super) fn exclusively<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let _passed = self.shared.gate.write();
        let mut connection = self.shared.connection.lock();
        let done = work(&mut connection);
        self.shared.changes.forget();
        done
    }

    /// The connection in a moment without a write, to read with; `None` if there is none soon. Writes wait until it is
    /// given back.
    pub(super) fn pause(&self) -> Option<MutexGuard<'_, Connection>> {
        self.shared.connection.try_lock_for(PAUSE_WAIT)
    }

    /// The users whom this connection has changed.
    pub(super) fn changes(&self) -> &Arc<Changes> {
        &self.shared.changes
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // The last callback may drop the writer in the writer's own thread.
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != current().id()) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn write(&self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let connection = self.connection.lock();
            let jobs = std::iter::once(first).chain(queue.try_iter().take(MAX_BATCH - 1));
            let round = write_together(&connection, jobs);
            // The next writes need not wait for the callbacks.
            drop(connection);
            self.waiting.fetch_sub(round.told.len(), SeqCst);
            round.tell();
        }
    }

    /// Does the job at once if there is no other write; else it returns it.
    fn write_alone(&self, job: Job) -> Option<Job> {
        if self.waiting.load(SeqCst) > 0 {
            return Some(job);
        }
        let Some(connection) = self.connection.try_lock() else { return Some(job) };
        let round = write_together(&connection, std::iter::once(job));
        drop(connection);
        round.tell();
        None
    }
}

/// The jobs of one commit, and its outcome.
struct Round {
    told: Vec<Tell>,
    outcome: Result<()>,
}

impl Round {
    fn tell(self) {
        for tell in self.told {
            let committed = self.outcome.as_ref().map_or_else(|error| Err(copied(error)), |()| Ok(()));
            // A panic in a callback must not end the writer.
            let _ = catch_unwind(AssertUnwindSafe(|| tell(committed)));
        }
    }
}

/// Does the jobs in one transaction.
fn write_together(connection: &Connection, jobs: impl Iterator<Item = Job>) -> Round {
    let mut told = Vec::new();
    let outcome = commit(connection, jobs, &mut told);
    if outcome.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    Round { told, outcome }
}

/// Runs the jobs in one transaction, each in a savepoint if they are several. After an error nothing of it is kept.
fn commit(connection: &Connection, jobs: impl Iterator<Item = Job>, told: &mut Vec<Tell>) -> Result<()> {
    let mut jobs = jobs.peekable();
    let mut begun = run(connection, "BEGIN IMMEDIATE");
    while let Some(job) = jobs.next() {
        if begun.is_err() {
            told.push(job(None).1);
        } else if told.is_empty() && jobs.peek().is_none() {
            if work(connection, job, told)? == Change::Undo {
                return Ok(run(connection, "ROLLBACK")?);
            }
        } else {
            begun = savepoint(connection, job, told);
        }
    }
    begun?;
    Ok(run(connection, "COMMIT")?)
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute(()).map(drop)
}

fn work(connection: &Connection, job: Job, told: &mut Vec<Tell>) -> rusqlite::Result<Change> {
    let (change, tell) = job(Some(connection));
    told.push(tell);
    if connection.is_autocommit() {
        // SQLite has rolled the whole transaction back, as it does when the disk is full.
        return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None));
    }
    Ok(change)
}

fn savepoint(connection: &Connection, job: Job, told: &mut Vec<Tell>) -> rusqlite::Result<()> {
    if let Err(error) = run(connection, "SAVEPOINT job") {
        told.push(job(None).1);
        return Err(error);
    }
    if work(connection, job, told)? == Change::Undo {
        run(connection, "ROLLBACK TO job")?;
    }
    run(connection, "RELEASE job")
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
    use std::thread::{scope, yield_now};

    #[test]
    fn exclusive_use_begins_after_all_writes_that_were_begun() {
        let writer = Writer::start(Connection::open_in_memory().unwrap()).unwrap();
        let order = Mutex::new(Vec::new());
        for round in 0..100 {
            scope(|scope| {
                let passed = writer.shared.gate.read_arc();
                scope.spawn(|| {
                    writer.exclusively(|_| {
                        order.lock().push("exclusive");
                        Ok(())
                    })
                });
                // A waiting writer of the lock keeps further readers out.
                while writer.shared.gate.try_read().is_some() && order.lock().len() == 2 * round {
                    yield_now();
                }
                yield_now();
                order.lock().push("begun");
                drop(passed);
            });
        }
        assert_eq!(order.into_inner(), ["begun", "exclusive"].repeat(100));
        writer.run(|_| Ok(())).unwrap();
    }
}
