//! What nodes of our own last said of themselves.

use super::lock;
use crate::model::{NodeState, PortTrouble, Time};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

/// How long what a node said holds, in seconds: it says it every 15.
pub const STATE_TTL: Time = 60;
/// The most nodes of which it is kept.
const MAX_NODES: usize = 1000;

/// How long a port that a node could not have is taken for busy, in seconds: a day. The user whose port it was may
/// have another one long since, so that no node tries it again.
const BUSY_TTL: Time = 86_400;

/// What each node last said, and when a port was last said to be busy.
#[derive(Default)]
pub struct NodeStates(Mutex<HashMap<i64, Arc<NodeState>>>, Mutex<HashMap<u16, Time>>);

impl NodeStates {
    /// Keeps what a node says now.
    pub fn put(&self, node: i64, mut state: NodeState) {
        let now = state.at;
        self.note_busy(&state);
        let mut states = lock(&self.0);
        states.retain(|_, state| holds(state, now));
        if let Some(before) = states.get(&node) {
            for trouble in &mut state.ports {
                let is_same = |other: &&PortTrouble| (other.port, &other.kind) == (trouble.port, &trouble.kind);
                trouble.since = before.ports.iter().find(is_same).map_or(trouble.since, |same| same.since);
            }
        }
        if states.len() < MAX_NODES || states.contains_key(&node) {
            states.insert(node, Arc::new(state));
        }
    }

    /// What a node last said, if that was not long ago.
    pub fn get(&self, node: i64, now: Time) -> Option<Arc<NodeState>> {
        lock(&self.0).get(&node).filter(|state| holds(state, now)).cloned()
    }

    fn note_busy(&self, state: &NodeState) {
        let mut busy = lock(&self.1);
        busy.retain(|_, at| (*at..*at + BUSY_TTL).contains(&state.at));
        for (_, port) in &state.listening {
            busy.remove(port);
        }
        busy.extend(state.ports.iter().map(|held| (held.port, state.at)));
    }

    /// The ports that a node could not have lately.
    pub fn busy_ports(&self, now: Time) -> BTreeSet<u16> {
        let busy = lock(&self.1);
        busy.iter().filter(|(_, at)| (**at..**at + BUSY_TTL).contains(&now)).map(|(port, _)| *port).collect()
    }

    /// Forgets what a node said: it has ended.
    pub fn forget(&self, node: i64) {
        lock(&self.0).remove(&node);
    }

    /// From how many addresses each user is connected now, over all nodes that say so; `None` if none does.
    pub fn devices(&self, now: Time) -> Option<HashMap<i64, u32>> {
        let states = lock(&self.0);
        let mut states = states.values().filter(|state| holds(state, now)).peekable();
        states.peek()?;
        let mut devices: HashMap<i64, u32> = HashMap::new();
        for (user, count) in states.flat_map(|state| &state.online).filter(|(_, count)| *count > 0) {
            let sum = devices.entry(*user).or_default();
            *sum = sum.saturating_add(*count);
        }
        Some(devices)
    }
}

fn holds(state: &NodeState, now: Time) -> bool {
    (state.at..state.at + STATE_TTL).contains(&now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_holds_for_a_minute() {
        let states = NodeStates::default();
        assert_eq!(states.devices(100), None);
        states.put(1, NodeState { at: 100, online: vec![(7, 2), (8, 1)], ..NodeState::default() });
        states.put(2, NodeState { at: 130, online: vec![(7, 1)], ..NodeState::default() });
        assert_eq!(states.devices(150), Some(HashMap::from([(7, 3), (8, 1)])));
        assert_eq!(states.devices(165), Some(HashMap::from([(7, 1)])));
        assert!(states.get(1, 165).is_none() && states.get(2, 165).is_some());
        states.forget(2);
        assert_eq!(states.devices(165), None);
    }
}
