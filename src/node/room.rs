//! How many files there may be: in all, for one user, and for clients that have not shown that they are one.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};
use tokio::sync::Notify;

/// Files that may be open, of which one user gets at most a quarter.
pub struct Room {
    most: usize,
    used: Cell<usize>,
}

/// The files of one user.
#[derive(Default)]
pub struct Share(Cell<usize>);

/// Files that are open until this is dropped.
pub struct Place {
    room: Rc<Room>,
    share: Rc<Share>,
    files: usize,
}

impl Room {
    /// For so many files.
    pub fn new(most: usize) -> Self {
        Self { most, used: Cell::new(0) }
    }

    /// Room for so many more files of a user, if there is.
    pub fn take(self: &Rc<Self>, share: &Rc<Share>, files: usize) -> Option<Place> {
        let (used, own) = (self.used.get() + files, share.0.get() + files);
        if used > self.most || own > (self.most / 4).max(2) {
            return None;
        }
        self.used.set(used);
        share.0.set(own);
        Some(Place { room: Rc::clone(self), share: Rc::clone(share), files })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.used.set(self.room.used.get() - self.files);
        self.share.0.set(self.share.0.get() - self.files);
    }
}

/// Connections that have not shown that they are a user's. When there are too many, the one that came first goes.
pub struct Strangers {
    most: usize,
    next: Cell<u64>,
    waiting: RefCell<VecDeque<(u64, Rc<Notify>)>>,
}

/// One of them, until this is dropped.
pub struct Stranger {
    all: Rc<Strangers>,
    number: u64,
    go: Rc<Notify>,
}

impl Strangers {
    /// For so many of them.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), next: Cell::new(0), waiting: RefCell::default() }
    }

    /// Lets one more in.
    pub fn enter(self: &Rc<Self>) -> Stranger {
        let number = self.next.replace(self.next.get() + 1);
        let go = Rc::new(Notify::new());
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() >= self.most
            && let Some((_, oldest)) = waiting.pop_front()
        {
            oldest.notify_one();
        }
        waiting.push_back((number, Rc::clone(&go)));
        drop(waiting);
        Stranger { all: Rc::clone(self), number, go }
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
        let mut waiting = self.all.waiting.borrow_mut();
        if let Ok(at) = waiting.binary_search_by_key(&self.number, |(number, _)| *number) {
            waiting.remove(at);
        }
        if waiting.is_empty() {
            waiting.shrink_to_fit();
        }
    }
}
