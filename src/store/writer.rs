//! The one writer: a thread that gathers what wants to be written at the same time into one commit, and answers after it. Who comes
//! alone writes by himself, since waking another thread takes about as long as a quick disk. While somebody has the connection for
//! himself, others wait before they are taken on, or are sent away; so nothing is done after its asker has given up.

use crate::error::{Error, Fault, Result};
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{Receiver, Sender, channel, sync_channel},
    },
    thread::{Builder, JoinHandle},
};

/// How many writes share a commit at the most.
const TOGETHER: usize = 256;

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
    /// Whether somebody has the connection for himself.
    taken: Mutex<bool>,
    free: Condvar,
}

struct Shared {
    connection: Mutex<Connection>,
    /// How many jobs the thread has not done yet.
    waiting: AtomicUsize,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self> {
        let (jobs, queue) = channel();
        let shared = Arc::new(Shared { connection: Mutex::new(connection), waiting: AtomicUsize::new(0) });
        let writing = Arc::clone(&shared);
        let thread =
            Builder::new().name("writer".to_owned()).spawn(move || writing.write(&queue)).map_err(Error::internal)?;
        Ok(Self { shared, jobs: Some(jobs), thread: Some(thread), taken: Mutex::default(), free: Condvar::new() })
    }

    /// Runs `work` in a savepoint of its own and waits until it is on the disk. If it fails, nothing of it is kept.
    ///
    /// # Errors
    /// [`Fault::Locked`] if somebody has the connection for himself for longer than one waits.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        drop(self.pass()?);
        let (answer, answered) = sync_channel(1);
        let job: Job = Box::new(move |connection| {
            let done = connection.map_or(Err(Error::Busy(Fault::Locked)), |connection| {
                catch_unwind(AssertUnwindSafe(|| work(connection)))
                    .unwrap_or_else(|_| Err(Error::internal("a write panicked")))
            });
            let kept = if done.is_ok() { Kept::Yes } else { Kept::No };
            let tell: Tell = Box::new(move |committed| {
                // Nobody listens any more only if the asker's thread is gone.
                let _ = answer.send(committed.and(done));
            });
            (kept, tell)
        });
        let gone = || Error::internal("the writer has ended");
        if let Some(job) = self.shared.write_alone(job) {
            self.shared.waiting.fetch_add(1, SeqCst);
            self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
        }
        answered.recv().map_err(|_| gone())?
    }

    /// Runs `work` with the connection for itself, outside of any transaction. Whoever comes meanwhile waits for a while, and is then
    /// told that the database is busy.
    pub(super) fn alone<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let mut taken = self.pass()?;
        *taken = true;
        drop(taken);
        let _free = Free(self);
        let mut connection = super::lock(&self.shared.connection);
        work(&mut connection)
    }

    /// Waits until nobody has the connection for himself.
    fn pass(&self) -> Result<MutexGuard<'_, bool>> {
        let taken = super::lock(&self.taken);
        let waited = self.free.wait_timeout_while(taken, super::BUSY_TIMEOUT, |taken| *taken);
        let (taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *taken { Err(Error::Busy(Fault::Locked)) } else { Ok(taken) }
    }
}

/// Lets others have the connection again.
struct Free<'a>(&'a Writer);

impl Drop for Free<'_> {
    fn drop(&mut self) {
        *super::lock(&self.0.taken) = false;
        self.0.free.notify_all();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn write(&self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let jobs = std::iter::once(first).chain(queue.try_iter().take(TOGETHER - 1));
            self.waiting.fetch_sub(write_together(&connection, jobs), SeqCst);
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
        write_together(&connection, std::iter::once(job));
        None
    }
}

/// Does the jobs in one transaction, tells each how it went, and says how many they were.
fn write_together(connection: &Connection, jobs: impl Iterator<Item = Job>) -> usize {
    let mut told = Vec::new();
    let outcome = commit(connection, jobs, &mut told);
    if outcome.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    let (count, fault) = (told.len(), outcome.err());
    for tell in told {
        tell(fault.as_ref().map_or(Ok(()), |error| Err(again(error))));
    }
    count
}

/// Runs each job in a savepoint of one transaction. After an error nothing of it is kept.
fn commit(connection: &Connection, jobs: impl Iterator<Item = Job>, told: &mut Vec<Tell>) -> Result<()> {
    let mut begun = connection.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute(()));
    for job in jobs {
        if begun.is_ok() {
            begun = savepoint(connection, job, told);
        } else {
            told.push(job(None).1);
        }
    }
    begun?;
    connection.prepare_cached("COMMIT")?.execute(())?;
    Ok(())
}

fn savepoint(connection: &Connection, job: Job, told: &mut Vec<Tell>) -> rusqlite::Result<usize> {
    if let Err(error) = connection.prepare_cached("SAVEPOINT job").and_then(|mut begin| begin.execute(())) {
        told.push(job(None).1);
        return Err(error);
    }
    let (kept, tell) = job(Some(connection));
    told.push(tell);
    if connection.is_autocommit() {
        // SQLite has rolled the whole transaction back, as it does when the disk is full.
        return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None));
    }
    if kept == Kept::No {
        connection.prepare_cached("ROLLBACK TO job")?.execute(())?;
    }
    connection.prepare_cached("RELEASE job")?.execute(())
}

/// The same error for each of those whose work shared the commit.
fn again(error: &Error) -> Error {
    match error {
        Error::Busy(fault) => Error::Busy(fault.clone()),
        other => Error::internal(other.to_string()),
    }
}
