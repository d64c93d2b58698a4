//! What the panel remembers of node calls while it runs: those that were refused, and from which address a node
//! reports.

use super::lock;
use crate::model::{OFFLINE_AFTER, Time};
use std::{collections::HashMap, net::IpAddr, sync::Mutex};

/// The most node ids of refused calls that are remembered: a client can make any up.
const MAX_REFUSED: usize = 64;
/// The most addresses that are remembered.
const MAX_ADDRESSES: usize = 1000;

/// Calls of the Mu API that were refused for a wrong token, and the addresses of nodes that were admitted.
#[derive(Default)]
pub struct NodeCalls {
    refused: Mutex<HashMap<Option<i64>, RefusedCalls>>,
    reporters: Mutex<HashMap<IpAddr, Option<i64>>>,
}

/// The calls that were refused under one node id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedCalls {
    /// The node id that the calls named; `None`: they named none.
    pub node: Option<i64>,
    /// How many there were.
    pub count: u64,
    /// When they began: the first of them that others followed without a pause in which a node counts as offline.
    pub since: Time,
    /// When the last of them came.
    pub at: Time,
    /// The address that it came from.
    pub peer: IpAddr,
}

impl NodeCalls {
    /// Counts a call with a wrong token.
    pub fn refuse(&self, node: Option<i64>, peer: IpAddr, now: Time) {
        let mut refused = lock(&self.refused);
        if refused.len() >= MAX_REFUSED && !refused.contains_key(&node) {
            let oldest = refused.values().min_by_key(|calls| calls.at).map(|calls| calls.node);
            oldest.and_then(|oldest| refused.remove(&oldest));
        }
        let calls = refused.entry(node).or_insert(RefusedCalls { node, count: 0, since: now, at: now, peer });
        let since = if now - calls.at < OFFLINE_AFTER { calls.since } else { now };
        *calls = RefusedCalls { node, count: calls.count.saturating_add(1), since, at: now, peer };
    }

    /// Forgets the refused calls of a node that has been admitted since.
    pub fn admit(&self, node: i64) {
        lock(&self.refused).remove(&Some(node));
    }

    /// The refused calls after `since`, the newest first.
    pub fn refused_since(&self, since: Time) -> Vec<RefusedCalls> {
        let mut calls: Vec<_> = lock(&self.refused).values().filter(|calls| calls.at > since).copied().collect();
        calls.sort_by_key(|calls| (-calls.at, calls.node));
        calls
    }

    /// Notes that a report for `node` came from `peer`.
    pub fn report_from(&self, peer: IpAddr, node: i64) {
        let mut reporters = lock(&self.reporters);
        if reporters.len() >= MAX_ADDRESSES && !reporters.contains_key(&peer) {
            reporters.clear();
        }
        let known = reporters.entry(peer).or_insert(Some(node));
        if *known != Some(node) {
            *known = None;
        }
    }

    /// The node that `peer` reports for, if it is only one.
    pub fn node_at(&self, peer: IpAddr) -> Option<i64> {
        lock(&self.reporters).get(&peer).copied().flatten()
    }

    /// Forgets everything.
    pub fn forget(&self) {
        lock(&self.refused).clear();
        lock(&self.reporters).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_ids_take_no_more_room_than_there_is() {
        let (calls, peer) = (NodeCalls::default(), IpAddr::from([192, 0, 2, 1]));
        for node in 1..1000 {
            calls.refuse(Some(node), peer, node);
        }
        let refused = calls.refused_since(0);
        assert_eq!((refused.len(), refused[0].node), (MAX_REFUSED, Some(999)));
    }

    #[test]
    fn an_address_stands_for_a_node_as_long_as_it_reports_for_no_other() {
        let (calls, peer) = (NodeCalls::default(), IpAddr::from([192, 0, 2, 1]));
        assert_eq!(calls.node_at(peer), None);
        calls.report_from(peer, 7);
        calls.report_from(peer, 7);
        assert_eq!(calls.node_at(peer), Some(7));
        calls.report_from(peer, 8);
        calls.report_from(peer, 7);
        assert_eq!(calls.node_at(peer), None);
    }
}
