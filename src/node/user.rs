//! One user while they are let in: their key, their limits, and what counts towards them.

use super::{
    context::Context,
    key::Key,
    limits::{Devices, Speed},
    meter::Meter,
    plan::Wanted,
    room::{Place, Share},
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, time::sleep};

/// What all that a user does has in common.
pub(super) struct User {
    pub(super) id: i64,
    pub(super) port: u16,
    pub(super) key: Arc<Key>,
    pub(super) meter: Arc<Meter>,
    pub(super) up: Speed,
    pub(super) down: Speed,
    pub(super) devices: Devices,
    pub(super) context: Arc<Context>,
    share: Arc<Share>,
    /// Woken when all that may be moved has been.
    pub(super) used_up: Notify,
}

impl User {
    pub(super) fn new(context: Arc<Context>, wanted: &Wanted, key: Key, meter: Arc<Meter>) -> Self {
        let user = Self {
            id: wanted.id,
            port: wanted.port,
            key: Arc::new(key),
            devices: Devices::new(Arc::clone(&meter)),
            meter,
            up: Speed::default(),
            down: Speed::default(),
            context,
            share: Arc::default(),
            used_up: Notify::new(),
        };
        user.adjust(wanted);
        user
    }

    /// Takes over limits that have changed.
    pub(super) fn adjust(&self, wanted: &Wanted) {
        self.up.set(wanted.speed);
        self.down.set(wanted.speed);
        self.devices.set(wanted.devices);
        self.meter.set_cap(wanted.cap);
    }

    /// Room for so many more files, if there is.
    pub(super) fn place(&self, files: usize) -> Option<Place> {
        let place = self.context.room.take(&self.share, files);
        if place.is_none() {
            self.meter.note_full();
        }
        place
    }

    /// Waits until all that the user had open is closed.
    pub(super) async fn closed(&self) {
        self.share.closed().await;
    }

    /// Wakes the user's task, which cuts them off, if they have used what they may.
    pub(super) fn signal_if_used_up(&self) {
        if self.meter.used_up() {
            self.used_up.notify_one();
        }
    }

    /// Waits a moment when nothing is left to be moved: all is used up, or other connections are just moving it.
    pub(super) async fn wait_for_room(&self) {
        self.signal_if_used_up();
        sleep(Duration::from_millis(20)).await;
    }
}
