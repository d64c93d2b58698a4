//! How many files there may be: in all, for one user, and for clients that have not shown that they are one.

use crate::model::lock;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::AcqRel, Ordering::Acquire},
    },
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Files that may be open, of which one user gets at most a quarter.
pub struct Room {
    most: usize,
    used: AtomicUsize,
}

/// The files of one user.
#[derive(Default)]
pub struct Share {
    used: AtomicUsize,
    /// Woken when there are none.
    empty: Notify,
}

impl Share {
    /// Waits until all of them are closed.
    pub async fn closed(&self) {
        while self.used.load(Acquire) > 0 {
            self.empty.notified().await;
        }
    }
}

/// Files that are open until this is dropped.
pub struct Place {
    room: Arc<Room>,
    share: Arc<Share>,
    files: usize,
}

impl Room {
    /// For so many files.
    pub fn new(most: usize) -> Self {
        Self { most, used: AtomicUsize::new(0) }
    }

    /// Room for so many more files of a user, if there is.
    pub fn take(self: &Arc<Self>, share: &Arc<Share>, files: usize) -> Option<Place> {
        add(&share.used, files, (self.most / 4).max(2)).then_some(())?;
        if !add(&self.used, files, self.most) {
            share.used.fetch_sub(files, AcqRel);
            return None;
        }
        Some(Place { room: Arc::clone(self), share: Arc::clone(share), files })
    }
}

/// Adds to a number that stays within a limit; whether it does.
fn add(number: &AtomicUsize, more: usize, most: usize) -> bool {
    number.fetch_update(AcqRel, Acquire, |now| now.checked_add(more).filter(|sum| *sum <= most)).is_ok()
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.used.fetch_sub(self.files, AcqRel);
        if self.share.used.fetch_sub(self.files, AcqRel) == self.files {
            self.share.empty.notify_one();
        }
    }
}

/// Connections that have not shown that they are a user's. When there are too many, the one that came first goes.
pub struct Strangers {
    room: Arc<Semaphore>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    queue: VecDeque<(u64, Arc<Notify>)>,
}

/// One of them, until this is dropped.
pub struct Stranger {
    all: Arc<Strangers>,
    number: u64,
    go: Arc<Notify>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Strangers {
    /// For so many of them.
    pub fn new(most: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(most.max(1))), waiting: Mutex::default() }
    }

    /// Lets one more in, once the one that has to go for it has gone.
    pub async fn enter(self: &Arc<Self>) -> Box<Stranger> {
        let mut permit = Arc::clone(&self.room).try_acquire_owned().ok();
        if permit.is_none() {
            if let Some((_, oldest)) = lock(&self.waiting).queue.pop_front() {
                oldest.notify_one();
            }
            // Few come this far, and each port has a task that would have room for it.
            permit = Box::pin(Arc::clone(&self.room).acquire_owned()).await.ok();
        }
        let go = Arc::new(Notify::new());
        let mut waiting = lock(&self.waiting);
        let number = waiting.next;
        waiting.next += 1;
        waiting.queue.push_back((number, Arc::clone(&go)));
        drop(waiting);
        Box::new(Stranger { all: Arc::clone(self), number, go, _permit: permit })
    }
}

impl Stranger {
    /// Waits until there is no more room for this one.
    pub async fn must_go(&self) {
        self.go.notified().await;
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let queue = &mut lock(&self.all.waiting).queue;
        if let Ok(at) = queue.binary_search_by_key(&self.number, |(number, _)| *number) {
            queue.remove(at);
        }
        if queue.is_empty() {
            queue.shrink_to_fit();
        }
    }
}
