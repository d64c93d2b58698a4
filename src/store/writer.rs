//! The one writer: a thread that gathers what wants to be written at the same time into one commit, and tells how it went after it.
//! Who comes alone writes by himself, since waking another thread takes about as long as a quick disk. While somebody has the connection
//! for himself, others wait before they are taken on, or are sent away; so nothing is done after its asker has given up.

use crate::error::{Error, Fault, Result};
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{Receiver, SendError, Sender, channel, sync_channel},
    },
    thread::{Builder, JoinHandle, current},
};

/// How many writes share a commit at the most.
const MAX_BATCH: usize = 256;

/// Does its work (without a connection it does none), and returns what is to be told once it is known whether the commit held.
type Job = Box<dyn FnOnce(Option<&Connection>) -> (Kept, Tell) + Send>;
type Tell = Box<dyn FnOnce(Result<()>)>;

#[derive(PartialEq)]
enum Kept {
    Yes,
    No,
}

/// The connection that writes, and the thread that does it when several want to; dropping it ends the thread after what was begun.
pub(super) struct Writer {
    shared: Arc<Shared>,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Who has been let in.
#[derive(Default)]
struct Entry {
    /// Whether somebody has the connection for himself, or waits for those who were let in before him.
    taken: bool,
    /// How many others there are who want something written.
    inside: usize,
}

struct Shared {
    connection: Mutex<Connection>,
    /// How many jobs the thread has not done yet.
    waiting: AtomicUsize,
    entry: Mutex<Entry>,
    changed: Condvar,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self> {
        let (jobs, queue) = channel();
        let shared = Arc::new(Shared {
            connection: Mutex::new(connection),
            waiting: AtomicUsize::new(0),
            entry: Mutex::default(),
            changed: Condvar::new(),
        });
        let writing = Arc::clone(&shared);
        let thread =
            Builder::new().name("writer".to_owned()).spawn(move || writing.write(&queue)).map_err(Error::internal)?;
        Ok(Self { shared, jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `work` by itself and waits until it is on the disk. If it fails, nothing of it is kept.
    ///
    /// # Errors
    /// [`Fault::Locked`] if somebody has the connection for himself for longer than one waits.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = sync_channel(1);
        self.begin(work, move |done| {
            // Nobody listens any more only if the asker's thread is gone.
            let _ = answer.send(done);
        });
        answered.recv().map_err(|_| Error::internal("the writer has ended"))?
    }

    /// The same without waiting: `tell` is told what came of it, in this thread or in the writer's. It must not write anything itself.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        tell: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        let inside = match Inside::enter(&self.shared) {
            Ok(inside) => inside,
            Err(error) => return tell(Err(error)),
        };
        let job: Job = Box::new(move |connection| {
            let done = connection.map_or(Err(Error::Busy(Fault::Locked)), |connection| {
                catch_unwind(AssertUnwindSafe(|| work(connection)))
                    .unwrap_or_else(|_| Err(Error::internal("a write panicked")))
            });
            let kept = if done.is_ok() { Kept::Yes } else { Kept::No };
            let tell: Tell = Box::new(move |committed| {
                tell(committed.and(done));
                drop(inside);
            });
            (kept, tell)
        });
        if let Some(job) = self.shared.write_alone(job) {
            self.shared.waiting.fetch_add(1, SeqCst);
            let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
            if let Some(Err(SendError(job))) = sent {
                job(None).1(Err(Error::internal("the writer has ended")));
            }
        }
    }

    /// Runs `work` with the connection for itself, outside of any transaction, once all that was begun is done. Whoever comes meanwhile
    /// waits for a while, and is then told that the database is busy.
    pub(super) fn alone<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let shared = &*self.shared;
        shared.pass()?.taken = true;
        let _free = Free(shared);
        let entry = super::lock(&shared.entry);
        drop(shared.changed.wait_while(entry, |entry| entry.inside > 0).unwrap_or_else(PoisonError::into_inner));
        let mut connection = super::lock(&shared.connection);
        work(&mut connection)
    }
}

/// Somebody who was let in.
struct Inside(Arc<Shared>);

impl Inside {
    /// Lets one in who wants something written, as soon as nobody has the connection for himself.
    fn enter(shared: &Arc<Shared>) -> Result<Self> {
        shared.pass()?.inside += 1;
        Ok(Self(Arc::clone(shared)))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let mut entry = super::lock(&self.0.entry);
        entry.inside -= 1;
        if entry.taken && entry.inside == 0 {
            self.0.changed.notify_all();
        }
    }
}

/// Lets others have the connection again.
struct Free<'a>(&'a Shared);

impl Drop for Free<'_> {
    fn drop(&mut self) {
        super::lock(&self.0.entry).taken = false;
        self.0.changed.notify_all();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // Whoever is told last may be the last to know of the writer, in its own thread.
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != current().id()) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Waits until nobody has the connection for himself.
    fn pass(&self) -> Result<MutexGuard<'_, Entry>> {
        let entry = super::lock(&self.entry);
        let waited = self.changed.wait_timeout_while(entry, super::BUSY_TIMEOUT, |entry| entry.taken);
        let (entry, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if entry.taken { Err(Error::Busy(Fault::Locked)) } else { Ok(entry) }
    }

    fn write(&self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let jobs = std::iter::once(first).chain(queue.try_iter().take(MAX_BATCH - 1));
            let round = write_together(&connection, jobs);
            // Whoever comes while they are told need not wait for that.
            drop(connection);
            self.waiting.fetch_sub(round.told.len(), SeqCst);
            round.tell();
        }
    }

    /// Does the job at once if nobody else writes or waits to; else it gives it back.
    fn write_alone(&self, job: Job) -> Option<Job> {
        if self.waiting.load(SeqCst) > 0 {
            return Some(job);
        }
        let connection = match self.connection.try_lock() {
            Ok(connection) => connection,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Some(job),
        };
        let round = write_together(&connection, std::iter::once(job));
        drop(connection);
        round.tell();
        None
    }
}

/// What was done together, and how that went.
struct Round {
    told: Vec<Tell>,
    outcome: Result<()>,
}

impl Round {
    fn tell(self) {
        for tell in self.told {
            let committed = self.outcome.as_ref().map_or_else(|error| Err(again(error)), |()| Ok(()));
            // Whatever befalls the one who is told, others want to write.
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
            if work(connection, job, told)? == Kept::No {
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

fn work(connection: &Connection, job: Job, told: &mut Vec<Tell>) -> rusqlite::Result<Kept> {
    let (kept, tell) = job(Some(connection));
    told.push(tell);
    if connection.is_autocommit() {
        // SQLite has rolled the whole transaction back, as it does when the disk is full.
        return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None));
    }
    Ok(kept)
}

fn savepoint(connection: &Connection, job: Job, told: &mut Vec<Tell>) -> rusqlite::Result<()> {
    if let Err(error) = run(connection, "SAVEPOINT job") {
        told.push(job(None).1);
        return Err(error);
    }
    if work(connection, job, told)? == Kept::No {
        run(connection, "ROLLBACK TO job")?;
    }
    run(connection, "RELEASE job")
}

/// The same error for each of those whose work shared the commit.
fn again(error: &Error) -> Error {
    match error {
        Error::Busy(fault) => Error::Busy(fault.clone()),
        other => Error::internal(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::lock, *};
    use std::thread::{scope, yield_now};

    #[test]
    fn who_wants_it_alone_comes_after_all_who_were_let_in() {
        let writer = Writer::start(Connection::open_in_memory().unwrap()).unwrap();
        let order = Mutex::new(Vec::new());
        for round in 0..100 {
            scope(|scope| {
                let inside = Inside::enter(&writer.shared).unwrap();
                scope.spawn(|| {
                    writer.alone(|_| {
                        lock(&order).push("alone");
                        Ok(())
                    })
                });
                while !lock(&writer.shared.entry).taken && lock(&order).len() == 2 * round {
                    yield_now();
                }
                yield_now();
                lock(&order).push("let in");
                drop(inside);
            });
        }
        assert_eq!(order.into_inner().unwrap(), ["let in", "alone"].repeat(100));
        writer.run(|_| Ok(())).unwrap();
    }
}
