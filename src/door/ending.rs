//! How connections end: one by one, and all of them when the door closes.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::model::neighbourhood;

use super::client::Stage;
use super::run::{Loop, Turn};

impl Loop {
    pub(super) fn close(&mut self, key: usize) {
        let Some(mut client) = self.clients.try_remove(key) else {
            return;
        };
        if client.stream.is_secure() {
            // So that it need not take this for an attack that cuts something off.
            client.stream.end();
        }
        match client.stage {
            Stage::Answering(index) => {
                if let Some(upstream) = self.pool.get(index) {
                    // What was asked for is done all the same; only the answer goes nowhere.
                    upstream.forget_client();
                    self.turns.push_back(Turn::Upstream(index));
                }
            }
            Stage::Queued(request) => {
                self.lanes.leave(request.class.lane, neighbourhood(request.client), key);
                if let Some(flight) = request.flight {
                    self.land(flight, None);
                }
            }
            _ => {}
        }
        if let Some(address) = client.peer.counted {
            uncount(&mut self.addresses, address);
        }
        if let Some(address) = client.counted_as {
            uncount(&mut self.forwarded, address);
        }
        // There is a file descriptor to be had again.
        self.accept_again = None;
    }

    /// Lets requests in flight end, and everything else at once.
    pub(super) fn has_stopped(&mut self) -> bool {
        self.acceptors.clear();
        let stop_by = *self.stop_by.get_or_insert(self.now + self.shared.limits.shutdown_time);
        let idle: Vec<usize> = self
            .clients
            .iter()
            .filter(|(_, client)| client.output.is_empty())
            .filter(|(_, client)| matches!(client.stage, Stage::Head { .. } | Stage::Lingering { .. }))
            .map(|(key, _)| key)
            .collect();
        for key in idle {
            self.close(key);
        }
        self.clients.is_empty() && self.pool.busy() == 0 || self.now >= stop_by
    }
}

/// One less of that address.
pub(super) fn uncount(counts: &mut HashMap<IpAddr, usize>, address: IpAddr) {
    if let Some(count) = counts.get_mut(&address) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&address);
        }
    }
}
