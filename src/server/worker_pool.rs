//! The worker threads: a few that are always busy under load, and more of them while those are held up.

use super::Shared;
use crate::{
    bridge::MAX_IN_FLIGHT,
    error::{Error, Result},
    model::lock,
};
use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, JoinHandle, Thread},
    time::Duration,
};

/// Most workers: one for each request that the door passes on.
const MAX_WORKERS: usize = MAX_IN_FLIGHT;
/// How long all workers may be held up before there is one more.
const SPAWN_AFTER: Duration = Duration::from_millis(2);
/// After how many looks in a row that find an idle worker the supervisor stops looking.
const MAX_QUIET_LOOKS: u32 = 50;

/// The workers and what is known of them.
#[derive(Default)]
pub(super) struct WorkerPool {
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// How many workers there are.
    count: AtomicUsize,
    /// How many of them wait for a request.
    idle: AtomicUsize,
    /// How many requests have been received.
    received: AtomicUsize,
    /// Whether the supervisor looks.
    watched: AtomicBool,
    supervisor: OnceLock<Thread>,
    stopping: AtomicBool,
}

impl WorkerPool {
    /// Has the supervisor look, now that all are busy.
    fn watch(&self) {
        if !self.watched.swap(true, SeqCst)
            && let Some(supervisor) = self.supervisor.get()
        {
            supervisor.unpark();
        }
    }

    /// Whether the worker that asks may end: there are enough, and one of them is idle.
    fn can_spare_one(&self) -> bool {
        let fewer = |count| (count > usual()).then(|| count - 1);
        self.idle.load(SeqCst) > 0 && self.count.fetch_update(SeqCst, SeqCst, fewer).is_ok()
    }
}

/// How many workers there are as long as none is held up. Waking one costs more than a small request, so few are kept
/// busy.
fn usual() -> usize {
    static USUAL: OnceLock<usize> = OnceLock::new();
    *USUAL.get_or_init(|| thread::available_parallelism().map_or(2, usize::from).clamp(2, MAX_WORKERS))
}

impl Shared {
    /// Starts the first worker and the supervisor.
    pub(super) fn start_workers(self: &Arc<Self>) -> Result<()> {
        self.spawn_worker()?;
        let shared = Arc::clone(self);
        let supervisor = thread::Builder::new().name("supervisor".to_owned()).spawn(move || shared.supervise());
        let supervisor = supervisor.map_err(Error::internal)?;
        let _ = self.pool.supervisor.set(supervisor.thread().clone());
        lock(&self.pool.threads).push(supervisor);
        Ok(())
    }

    /// Lets each worker finish its request, and waits for that.
    pub(super) fn stop_workers(&self) {
        let threads = {
            let mut threads = lock(&self.pool.threads);
            self.pool.stopping.store(true, SeqCst);
            std::mem::take(&mut *threads)
        };
        self.pool.watch();
        for _ in &threads {
            self.http.unblock();
        }
        for thread in threads {
            let _ = thread.join();
        }
    }

    /// Starts one more worker, unless there are enough.
    fn spawn_worker(self: &Arc<Self>) -> Result<()> {
        let mut threads = lock(&self.pool.threads);
        threads.retain(|thread| !thread.is_finished());
        let more = |count| (count < MAX_WORKERS).then(|| count + 1);
        if self.pool.stopping.load(SeqCst) {
            return Ok(());
        }
        let Ok(count) = self.pool.count.fetch_update(SeqCst, SeqCst, more) else { return Ok(()) };
        let shared = Arc::clone(self);
        let spawned = thread::Builder::new().name(format!("worker-{count}")).spawn(move || shared.work());
        match spawned {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                self.pool.count.fetch_sub(1, SeqCst);
                return Err(Error::internal(error));
            }
        }
        Ok(())
    }

    fn work(self: &Arc<Self>) {
        loop {
            self.pool.idle.fetch_add(1, SeqCst);
            match self.http.recv() {
                Ok(incoming) => {
                    self.pool.received.fetch_add(1, SeqCst);
                    if self.pool.idle.fetch_sub(1, SeqCst) == 1 {
                        self.all_busy();
                    }
                    self.serve(incoming);
                    if self.pool.can_spare_one() {
                        return;
                    }
                }
                Err(_) if self.pool.stopping.load(SeqCst) => return,
                Err(error) => {
                    log::error!("no more requests can be taken: {error}");
                    return (self.failed)(Error::internal(error));
                }
            }
        }
    }

    fn all_busy(self: &Arc<Self>) {
        if self.pool.count.load(SeqCst) >= usual() {
            self.pool.watch();
        } else if let Err(error) = self.spawn_worker() {
            log::warn!("no more workers can be started: {error}");
        }
    }

    /// Starts one more worker whenever all are held up.
    fn supervise(self: &Arc<Self>) {
        let pool = &self.pool;
        let mut quiet = 0;
        while !pool.stopping.load(SeqCst) {
            if !pool.watched.load(SeqCst) {
                thread::park();
                quiet = 0;
                continue;
            }
            let received = pool.received.load(SeqCst);
            thread::sleep(SPAWN_AFTER);
            if pool.idle.load(SeqCst) > 0 {
                quiet += 1;
                if quiet > MAX_QUIET_LOOKS {
                    pool.watched.store(false, SeqCst);
                    // The worker that was made busy just then has not woken us.
                    pool.watched.fetch_or(pool.idle.load(SeqCst) == 0, SeqCst);
                }
                continue;
            }
            quiet = 0;
            if pool.received.load(SeqCst) == received
                && let Err(error) = self.spawn_worker()
            {
                log::warn!("no more workers can be started: {error}");
            }
        }
    }
}
