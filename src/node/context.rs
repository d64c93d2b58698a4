//! What the connections of all users share.

use super::{
    guard::Guard,
    pool::Pool,
    replay::Salts,
    resolve::Resolve,
    room::{Room, Strangers},
    threads::Threads,
};
use crate::model::lock;
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};
use tokio::task::JoinError;

/// Ports that could not be had: by user and `TCP` or `UDP`, which port it is and why.
pub type Troubles = Mutex<BTreeMap<(i64, &'static str), (u16, String)>>;

pub(super) struct Context {
    pub(super) guard: Guard,
    pub(super) resolve: Box<dyn Resolve>,
    pub(super) threads: Threads,
    pub(super) pool: Arc<Pool>,
    pub(super) room: Arc<Room>,
    pub(super) strangers: Arc<Strangers>,
    /// Of connections, and of packets, which come in such numbers that they would push the others out.
    salts: Mutex<Salts>,
    packets: Mutex<Salts>,
    pub(super) troubles: Arc<Troubles>,
    clock: fn() -> i64,
    random: fn(&mut [u8]),
}

impl Context {
    pub(super) fn new(config: super::Config, threads: Threads, troubles: Arc<Troubles>) -> Self {
        Self {
            guard: config.guard,
            resolve: config.resolve,
            threads,
            pool: Arc::default(),
            room: Arc::new(Room::new(config.files)),
            // At two files each they are an eighth: half of what one user may have, whose port they may all be at.
            strangers: Arc::new(Strangers::new((config.files / 16).clamp(4, 1024))),
            salts: Mutex::default(),
            packets: Mutex::default(),
            troubles,
            clock: config.now,
            random: config.random,
        }
    }

    /// The time in seconds since 1970.
    pub(super) fn now(&self) -> u64 {
        u64::try_from((self.clock)()).unwrap_or(0)
    }

    /// Notes the salt of a connection; whether it is a new one.
    pub(super) fn is_new(&self, salt: &[u8]) -> bool {
        lock(&self.salts).note(salt)
    }

    /// Notes the salt of a packet; whether it is a new one.
    pub(super) fn is_new_packet(&self, salt: &[u8]) -> bool {
        lock(&self.packets).note(salt)
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
        let mut troubles = lock(&self.troubles);
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
