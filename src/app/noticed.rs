//! What was noticed that the admin has to see to: a proxy that is not named, and a node that was not taken in.

use super::{App, lock};
use crate::model::Time;
use std::net::IpAddr;

/// The last node that was not taken in, since there are too many that the admin has not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedNode {
    /// Its number.
    pub id: i64,
    /// When it called.
    pub at: Time,
}

impl App {
    /// Notes a client that passes on requests of others without being named as a trusted proxy. The first one is
    /// logged; one on this machine or in its network replaces one from elsewhere, which may be a lie.
    pub fn note_unnamed_proxy(&self, peer: IpAddr) {
        let mut noted = lock(&self.unnamed_proxy);
        if noted.is_some_and(|noted| is_local(noted) || !is_local(peer)) {
            return;
        }
        log::warn!(
            "requests seem to come through a proxy at {peer}: if it is yours, name it with `--trusted-proxy {peer}`; \
             until then all its visitors count as one address"
        );
        *noted = Some(peer);
    }

    /// Notes a node that was not taken in.
    pub fn note_refused_node(&self, id: i64, at: Time) {
        *lock(&self.refused_node) = Some(RefusedNode { id, at });
    }

    /// The last node that was not taken in.
    pub fn refused_node(&self) -> Option<RefusedNode> {
        *lock(&self.refused_node)
    }

    /// The address of such a client.
    pub fn unnamed_proxy(&self) -> Option<IpAddr> {
        *lock(&self.unnamed_proxy)
    }
}

/// Whether an address is on this machine or in a private network.
fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}
