//! The workers: a few who are always busy under load, and more of them while those are held up.

use super::Shared;
use crate::error::{Error, Result};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, JoinHandle, Thread},
    time::Duration,
};

/// How many requests are worked on at the same time, at the most.
pub const WORKERS: usize = 64;
/// How long all workers may be held up before there is one more.
const PATIENCE: Duration = Duration::from_millis(2);
/// After how many such times in which somebody was idle nobody looks any more.
const QUIET: u32 = 50;

/// Who works, and how much.
#[derive(Default)]
pub(super) struct Crew {
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// How many workers there are.
    count: AtomicUsize,
    /// How many of them wait for a request.
    idle: AtomicUsize,
    /// How many requests have been taken up.
    taken: AtomicUsize,
    /// Whether the foreman looks.
    watched: AtomicBool,
    foreman: OnceLock<Thread>,
    stopping: AtomicBool,
}

impl Crew {
    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the foreman look, now that all are busy.
    fn watch(&self) {
        if !self.watched.swap(true, SeqCst)
            && let Some(foreman) = self.foreman.get()
        {
            foreman.unpark();
        }
    }

    /// Whether the worker who asks may go: there are enough, and one of them waits.
    fn lets_go(&self) -> bool {
        let fewer = |count| (count > usual()).then(|| count - 1);
        self.idle.load(SeqCst) > 0 && self.count.fetch_update(SeqCst, SeqCst, fewer).is_ok()
    }
}

/// How many workers there are as long as none is held up. Waking one costs more than a small request, so they are to be busy.
fn usual() -> usize {
    static USUAL: OnceLock<usize> = OnceLock::new();
    *USUAL.get_or_init(|| thread::available_parallelism().map_or(2, usize::from).clamp(2, WORKERS))
}

impl Shared {
    /// Starts the first worker and the foreman.
    pub(super) fn employ(self: &Arc<Self>) -> Result<()> {
        self.hire()?;
        let shared = Arc::clone(self);
        let foreman = thread::Builder::new().name("foreman".to_owned()).spawn(move || shared.look_after());
        let foreman = foreman.map_err(Error::internal)?;
        let _ = self.crew.foreman.set(foreman.thread().clone());
        self.crew.threads().push(foreman);
        Ok(())
    }

    /// Lets each worker end what it is at, and waits for that.
    pub(super) fn dismiss(&self) {
        let threads = {
            let mut threads = self.crew.threads();
            self.crew.stopping.store(true, SeqCst);
            std::mem::take(&mut *threads)
        };
        self.crew.watch();
        for _ in &threads {
            self.http.unblock();
        }
        for thread in threads {
            let _ = thread.join();
        }
    }

    /// Starts one more worker, unless there are enough.
    fn hire(self: &Arc<Self>) -> Result<()> {
        let mut threads = self.crew.threads();
        threads.retain(|thread| !thread.is_finished());
        let more = |count| (count < WORKERS).then(|| count + 1);
        if self.crew.stopping.load(SeqCst) {
            return Ok(());
        }
        let Ok(count) = self.crew.count.fetch_update(SeqCst, SeqCst, more) else { return Ok(()) };
        let shared = Arc::clone(self);
        let hired = thread::Builder::new().name(format!("worker-{count}")).spawn(move || shared.work());
        match hired {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                self.crew.count.fetch_sub(1, SeqCst);
                return Err(Error::internal(error));
            }
        }
        Ok(())
    }

    fn work(self: &Arc<Self>) {
        loop {
            self.crew.idle.fetch_add(1, SeqCst);
            match self.http.recv() {
                Ok(incoming) => {
                    self.crew.taken.fetch_add(1, SeqCst);
                    if self.crew.idle.fetch_sub(1, SeqCst) == 1 {
                        self.all_busy();
                    }
                    self.serve(incoming);
                    if self.crew.lets_go() {
                        return;
                    }
                }
                Err(_) if self.crew.stopping.load(SeqCst) => return,
                Err(error) => {
                    log::error!("no more requests can be taken: {error}");
                    return (self.failed)(Error::internal(error));
                }
            }
        }
    }

    fn all_busy(self: &Arc<Self>) {
        if self.crew.count.load(SeqCst) >= usual() {
            self.crew.watch();
        } else if let Err(error) = self.hire() {
            log::warn!("no more workers can be started: {error}");
        }
    }

    /// Hires one more whenever all are held up.
    fn look_after(self: &Arc<Self>) {
        let crew = &self.crew;
        let mut quiet = 0;
        while !crew.stopping.load(SeqCst) {
            if !crew.watched.load(SeqCst) {
                thread::park();
                quiet = 0;
                continue;
            }
            let taken = crew.taken.load(SeqCst);
            thread::sleep(PATIENCE);
            if crew.idle.load(SeqCst) > 0 {
                quiet += 1;
                if quiet > QUIET {
                    crew.watched.store(false, SeqCst);
                    // Who was just then made busy has not called.
                    crew.watched.fetch_or(crew.idle.load(SeqCst) == 0, SeqCst);
                }
                continue;
            }
            quiet = 0;
            if crew.taken.load(SeqCst) == taken
                && let Err(error) = self.hire()
            {
                log::warn!("no more workers can be started: {error}");
            }
        }
    }
}
