//! What the connections of all users share.

use super::{
    guard::Guard,
    pool::Pool,
    replay::Salts,
    resolve::Resolve,
    room::{Room, Strangers},
    stream::MAX_SEALED_BYTES,
};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    io,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::task::JoinError;

/// Ports that could not be had: by user and `TCP` or `UDP`, which port it is and why.
pub type Troubles = Mutex<BTreeMap<(i64, &'static str), (u16, String)>>;

pub(super) struct Context {
    pub(super) guard: Guard,
    pub(super) resolve: Box<dyn Resolve>,
    pub(super) pool: Rc<Pool>,
    pub(super) room: Rc<Room>,
    pub(super) strangers: Rc<Strangers>,
    /// Of connections, and of packets, which come in such numbers that they would push the others out.
    pub(super) salts: RefCell<Salts>,
    pub(super) packets: RefCell<Salts>,
    pub(super) troubles: Arc<Troubles>,
    scratch: RefCell<Box<[u8]>>,
    clock: fn() -> i64,
    random: fn(&mut [u8]),
}

impl Context {
    pub(super) fn new(config: super::Config, troubles: Arc<Troubles>) -> Self {
        Self {
            guard: config.guard,
            resolve: config.resolve,
            pool: Rc::default(),
            room: Rc::new(Room::new(config.files)),
            // At two files each they are an eighth: half of what one user may have, whose port they may all be at.
            strangers: Rc::new(Strangers::new((config.files / 16).clamp(4, 1024))),
            salts: RefCell::default(),
            packets: RefCell::default(),
            troubles,
            scratch: RefCell::new(vec![0; MAX_SEALED_BYTES].into()),
            clock: config.now,
            random: config.random,
        }
    }

    /// The time in seconds since 1970.
    pub(super) fn now(&self) -> u64 {
        u64::try_from((self.clock)()).unwrap_or(0)
    }

    /// Bytes to work on at this moment; nothing in them lasts.
    pub(super) fn with_scratch<T>(&self, work: impl FnOnce(&mut [u8]) -> T) -> T {
        work(&mut self.scratch.borrow_mut())
    }

    pub(super) fn salt(&self, length: usize) -> Box<[u8]> {
        let mut salt = vec![0; length];
        (self.random)(&mut salt);
        salt.into()
    }

    pub(super) fn salt_of_packet(&self) -> [u8; 32] {
        let mut salt = [0; 32];
        (self.random)(&mut salt);
        salt
    }

    pub(super) fn number(&self) -> u64 {
        let mut number = [0; 8];
        (self.random)(&mut number);
        u64::from_be_bytes(number)
    }

    /// Notes that a port could not be had, or that it was.
    pub(super) fn told(&self, user: i64, kind: &'static str, trouble: Option<(u16, &io::Error)>) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            None => drop(troubles.remove(&(user, kind))),
            Some((port, why)) => drop(troubles.insert((user, kind), (port, why.to_string()))),
        }
    }

    /// A panic ends what panicked, and is told in the log.
    pub(super) fn note_end(ended: Result<(), JoinError>) {
        if let Err(error) = ended
            && error.is_panic()
        {
            log::error!("a connection of the node ended by a fault of the program, no other is concerned: {error}");
        }
    }
}
