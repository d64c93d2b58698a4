//! Which users are online: exactly where nodes of our own say so, else by when traffic was counted last.

use super::{App, ONLINE_WINDOW};
use crate::{
    error::Result,
    model::{Health, Node, Time, User},
};
use std::collections::HashMap;

/// Which users are online at one moment.
pub struct Online {
    /// From how many addresses users are connected through nodes of our own; none of them 0.
    devices: HashMap<i64, u32>,
    /// Whether that is all there is to know, since no other node is at work.
    is_exact: bool,
    /// Whether any node says so.
    is_told: bool,
    /// A user of anything after this moment is taken for online where that is not known exactly.
    since: Time,
}

impl App {
    /// Which users are online at `now`, where `nodes` are all there are.
    pub fn online(&self, nodes: &[Node], now: Time) -> Result<Online> {
        let built_in = self.built_in()?;
        let is_quiet =
            |node: &Node| node.health(now) != Health::Online || built_in.node == Some(node.id) && !built_in.on;
        let devices = self.node_states.devices(now);
        let tells = |node: &Node| self.node_states.get(node.id, now).is_some();
        Ok(Online {
            is_told: devices.is_some(),
            is_exact: devices.is_some() && nodes.iter().all(|node| tells(node) || is_quiet(node)),
            devices: devices.unwrap_or_default(),
            since: now - ONLINE_WINDOW,
        })
    }
}

impl Online {
    /// From how many addresses a user is connected; `None` if no node says so.
    pub fn devices(&self, user: i64) -> Option<u32> {
        self.is_told.then(|| self.devices.get(&user).copied().unwrap_or(0))
    }

    /// Whether a user is online, as far as is known.
    pub fn is_on(&self, user: &User) -> bool {
        self.devices.contains_key(&user.id) || !self.is_exact && user.t > self.since
    }

    /// The users who are online, by id; `None` if that is not known exactly.
    pub fn exact(&self) -> Option<Vec<i64>> {
        self.is_exact.then(|| self.devices.keys().copied().collect())
    }
}
