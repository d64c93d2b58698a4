//! The one writer: a thread that gathers the writes that arrive at the same time into one commit, and reports their
//! outcome after it. A write that arrives alone runs in its caller's thread, since waking another takes about as long
//! as a quick disk. While one caller uses the connection exclusively, others wait at a gate or are refused; a write
//! that has passed the gate is done.

use super::{
    changes::Changes,
    commit::{Change, Job, write_together},
};
use crate::error::{Error, Fault, Result};
use parking_lot::{ArcRwLockReadGuard, Mutex, MutexGuard, RawRwLock, RwLock};
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

/// What is called with the outcome of a write.
type Tell<T> = Box<dyn FnOnce(Result<T>) + Send>;

/// The connection that writes, and the thread that serves a queue of writes; dropping it ends the thread once the queue
/// is empty.
pub(super) struct Writer {
    shared: Arc<Shared>,
    jobs: Option<Sender<Box<dyn Job>>>,
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
        let mut work = Some(work);
        let work = move |connection: &_| match work.take() {
            Some(work) => work(connection),
            None => Err(Error::internal("a write was to be done twice")),
        };
        wait(|tell| self.submit(false, work, tell))
    }

    /// The same with `work` that can be done again after it was undone.
    pub(super) fn run_repeatable<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        wait(|tell| self.submit_repeatable(work, tell))
    }

    /// The same without waiting: `tell` gets the outcome, in this thread or in the writer's. It must not write itself.
    pub(super) fn submit_repeatable<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T> + Send + 'static,
        tell: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        self.submit(true, work, tell);
    }

    fn submit<T: Send + 'static>(
        &self,
        is_repeatable: bool,
        work: impl FnMut(&Connection) -> Result<T> + Send + 'static,
        tell: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        let Some(passed) = self.shared.gate.try_read_arc_for(super::BUSY_TIMEOUT) else {
            return tell(Err(Error::Busy(Fault::Locked)));
        };
        let job = Box::new(Write { is_repeatable, work, done: locked(), tell, passed });
        if let Some(job) = self.shared.write_alone(job) {
            self.shared.waiting.fetch_add(1, SeqCst);
            let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
            if let Some(Err(SendError(job))) = sent {
                job.tell(Err(Error::internal("the writer has ended")));
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

/// One write and its outcome.
struct Write<W, T, F> {
    is_repeatable: bool,
    work: W,
    done: Result<T>,
    tell: F,
    /// It has passed the gate.
    passed: ArcRwLockReadGuard<RawRwLock, ()>,
}

impl<W, T, F> Job for Write<W, T, F>
where
    W: FnMut(&Connection) -> Result<T> + Send,
    T: Send,
    F: FnOnce(Result<T>) + Send,
{
    fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    fn act(&mut self, connection: Option<&Connection>) -> Change {
        self.done = connection.map_or_else(locked, |connection| {
            catch_unwind(AssertUnwindSafe(|| (self.work)(connection)))
                .unwrap_or_else(|_| Err(Error::internal("a write panicked")))
        });
        if self.done.is_ok() { Change::Keep } else { Change::Undo }
    }

    fn tell(self: Box<Self>, committed: Result<()>) {
        (self.tell)(committed.and(self.done));
        drop(self.passed);
    }
}

/// The outcome of a write that was not begun.
fn locked<T>() -> Result<T> {
    Err(Error::Busy(Fault::Locked))
}

/// Waits for the outcome of what `begin` begins.
fn wait<T: Send + 'static>(begin: impl FnOnce(Tell<T>)) -> Result<T> {
    let (answer, answered) = sync_channel(1);
    begin(Box::new(move |done| {
        // The receiver is gone only with the caller's thread.
        let _ = answer.send(done);
    }));
    answered.recv().map_err(|_| Error::internal("the writer has ended"))?
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
    fn write(&self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = queue.recv() {
            let connection = self.connection.lock();
            let jobs = std::iter::once(first).chain(queue.try_iter().take(MAX_BATCH - 1));
            let round = write_together(&connection, jobs);
            // The next writes need not wait for the callbacks.
            drop(connection);
            self.waiting.fetch_sub(round.jobs.len(), SeqCst);
            round.tell();
        }
    }

    /// Does the job at once if there is no other write; else it returns it.
    fn write_alone(&self, job: Box<dyn Job>) -> Option<Box<dyn Job>> {
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
