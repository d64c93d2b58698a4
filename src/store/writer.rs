//! The one writer: a thread that gathers what wants to be written at the same time into one commit, and answers after it. What takes
//! long has it for itself, and others wait before they are taken on, or are sent away; so nothing is done after its asker has given up.

use crate::error::{Error, Fault, Result};
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel, sync_channel},
    },
    thread::{Builder, JoinHandle},
};

/// How many writes share a commit at the most.
const TOGETHER: usize = 256;

/// Does its work (without a connection it does none), and returns what is to be told once it is known whether the commit held.
type Job = Box<dyn FnOnce(Option<&Connection>) -> (Kept, Tell) + Send>;
type Tell = Box<dyn FnOnce(Result<()>)>;

enum Order {
    /// Shares a commit with others.
    Together(Job),
    /// Has the connection for itself, outside of any transaction.
    Alone(Box<dyn FnOnce(&mut Connection) + Send>),
}

#[derive(PartialEq)]
enum Kept {
    Yes,
    No,
}

/// The writing thread; dropping it ends the thread after what was begun.
pub(super) struct Writer {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    /// Whether somebody has the connection for himself.
    taken: Mutex<bool>,
    free: Condvar,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self> {
        let (orders, queue) = channel();
        let thread = Builder::new()
            .name("writer".to_owned())
            .spawn(move || write(connection, &queue))
            .map_err(Error::internal)?;
        Ok(Self { orders: Some(orders), thread: Some(thread), taken: Mutex::default(), free: Condvar::new() })
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
        self.send(Order::Together(job))?;
        answered.recv().map_err(|_| gone())?
    }

    /// Runs `work` with the connection for itself, after all that was asked for before. Whoever comes meanwhile waits for a while, and
    /// is then told that the database is busy.
    pub(super) fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut taken = self.pass()?;
        *taken = true;
        drop(taken);
        let _free = Free(self);
        let (answer, answered) = sync_channel(1);
        self.send(Order::Alone(Box::new(move |connection| {
            let done = catch_unwind(AssertUnwindSafe(|| work(connection)));
            let _ =
                answer.send(done.unwrap_or_else(|_| Err(Error::internal("what has the database for itself panicked"))));
        })))?;
        answered.recv().map_err(|_| gone())?
    }

    /// Waits until nobody has the connection for himself.
    fn pass(&self) -> Result<MutexGuard<'_, bool>> {
        let taken = super::lock(&self.taken);
        let waited = self.free.wait_timeout_while(taken, super::BUSY_TIMEOUT, |taken| *taken);
        let (taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *taken { Err(Error::Busy(Fault::Locked)) } else { Ok(taken) }
    }

    fn send(&self, order: Order) -> Result<()> {
        self.orders.as_ref().ok_or_else(gone)?.send(order).map_err(|_| gone())
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

fn gone() -> Error {
    Error::internal("the writer has ended")
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write(mut connection: Connection, queue: &Receiver<Order>) {
    let mut next = None;
    while let Some(order) = next.take().or_else(|| queue.recv().ok()) {
        let first = match order {
            Order::Together(job) => job,
            Order::Alone(work) => {
                work(&mut connection);
                continue;
            }
        };
        // Whoever wants the connection for himself comes after those before him, and nobody gets ahead of him.
        let more = std::iter::from_fn(|| match queue.try_recv() {
            Ok(Order::Together(job)) => Some(job),
            alone => {
                next = alone.ok();
                None
            }
        });
        let connection = &connection;
        let jobs = std::iter::once(first).chain(more.take(TOGETHER - 1));
        let mut told = Vec::new();
        let outcome = commit(connection, jobs, &mut told);
        if outcome.is_err() && !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        let fault = outcome.err();
        for tell in told {
            tell(fault.as_ref().map_or(Ok(()), |error| Err(again(error))));
        }
    }
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
