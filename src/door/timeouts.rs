//! Keeps the deadlines and the memory budgets.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::bridge::Lane;

use super::client::{Client, Stage};
use super::limits::Limits;
use super::refusal::Refusal;
use super::request::Request;
use super::run::{Loop, Turn};
use super::upstream::TIMED_OUT;

/// Requests smaller than this are not worth ending to make room.
const MIN_EVICTED: usize = 4 << 10;

/// A client that has taken something so recently is not a slow reader.
const RECENT: Duration = Duration::from_secs(1);

/// What becomes of a client whose time is over.
enum Expiry {
    Refused(&'static str),
    Closed,
}

impl Client {
    /// `scarce` tells whether others need the workers that slow readers hold up.
    fn is_over(&self, limits: &Limits, scarce: bool, now: Instant) -> Option<Expiry> {
        let age = now - self.since;
        if self.is_sending() {
            let patience = if self.held && scarce { limits.held_time } else { limits.stall_time };
            return (now - self.progress > patience).then_some(Expiry::Closed);
        }
        match &self.stage {
            Stage::Head { begun: true } => {
                (age > limits.head_time).then_some(Expiry::Refused("the head takes too long to come"))
            }
            Stage::Head { begun: false } => {
                let patience = if self.served { limits.idle_time } else { limits.first_byte_time };
                (age > patience).then_some(Expiry::Closed)
            }
            Stage::Body { request: Request { upload: Some(upload), .. }, .. } => {
                upload.is_late(limits, self.since, now).then_some(Expiry::Refused("the file takes too long to come"))
            }
            Stage::Body { request, .. } => {
                let expected = limits.body_rate.saturating_mul(age.as_secs());
                let slow = age > limits.body_grace && (request.body.len() as u64) < expected;
                (slow || age > limits.body_time).then_some(Expiry::Refused("the body takes too long to come"))
            }
            Stage::Lingering { heard } => {
                let over = age > limits.linger_time || now - *heard > limits.linger_time / 2;
                over.then_some(Expiry::Closed)
            }
            Stage::Queued(_) | Stage::Answering(_) | Stage::Answered => None,
        }
    }

    /// How good a claim it has to its place, worst first; `None` when its request is being worked on.
    /// A client that has shown nothing yet goes before a node that waits for its next minute.
    pub(super) fn claim(&self, now: Instant) -> Option<(u8, Instant)> {
        if self.is_sending() {
            return (now - self.progress > RECENT).then_some((4, self.progress));
        }
        if self.readable {
            // It may have sent a whole request; we have not looked yet.
            return None;
        }
        match self.stage {
            Stage::Lingering { .. } => Some((0, self.since)),
            Stage::Head { .. } if !self.served => Some((1, self.since)),
            Stage::Head { begun: false } if self.known => Some((5, self.since)),
            Stage::Head { begun: false } => Some((2, self.since)),
            Stage::Head { begun: true } | Stage::Body { request: Request { upload: None, .. }, .. } => {
                Some((3, self.since))
            }
            // The server has granted an upload to this very client.
            Stage::Body { .. } | Stage::Queued(_) | Stage::Answering(_) | Stage::Answered => None,
        }
    }

    /// Whether what it holds memory for is a request with the node token.
    fn holds_for_node(&self) -> bool {
        matches!(&self.stage, Stage::Body { request, .. } if request.class.lane == Lane::Node)
    }

    /// How fast it sends the request that it holds memory for, in bytes per second.
    fn sending_rate(&self, now: Instant) -> Option<usize> {
        let held = match &self.stage {
            Stage::Body { request: Request { upload: Some(_), .. }, .. } => 0,
            Stage::Body { request, .. } => self.input.len() + request.body.len(),
            // Of a head, or ahead of its answer.
            _ => self.input.len(),
        };
        let age = usize::try_from((now - self.since).as_millis()).unwrap_or(usize::MAX);
        (held >= MIN_EVICTED).then(|| held.saturating_mul(1000) / age.saturating_add(1))
    }
}

impl Loop {
    /// Ends what has taken too long.
    pub(super) fn enforce_timeouts(&mut self) {
        self.checked = self.now;
        let (limits, lanes) = (&self.shared.limits, &self.lanes);
        let expired = |client: &Client| client.is_over(limits, lanes.is_scarce(client.lane), self.now);
        let over: Vec<(usize, Expiry)> =
            self.clients.iter().filter_map(|(key, client)| Some((key, expired(client)?))).collect();
        for (key, over) in over {
            match over {
                Expiry::Closed => {
                    self.shared.stats.timed_out.add();
                    self.close(key);
                }
                Expiry::Refused(words) => self.refuse(key, Refusal::new(408, words)),
            }
        }
        self.expire_queue();
        for index in 0..self.pool.len() {
            let Some(upstream) = self.pool.get(index) else {
                continue;
            };
            if upstream.is_late(&self.shared.limits, self.now) {
                let key = upstream.client();
                let client = key.and_then(|key| self.clients.get_mut(key));
                if client.as_ref().is_some_and(|client| client.held) {
                    continue;
                }
                upstream.give_up(client, TIMED_OUT, &self.shared, self.now);
                let (landed, ended) = (upstream.take_landed(), upstream.take_ended());
                if let Some(lane) = ended {
                    self.lanes.done(lane);
                }
                self.pool.close(index);
                self.turns.extend(key.map(Turn::Client));
                if let Some((flight, answer)) = landed {
                    self.land(flight, answer);
                }
            }
        }
        self.make_room();
        self.shared.answer_cache.expire();
        while self.orphaned_bytes() > self.shared.limits.answer_memory && self.end_slowest_reader() {}
    }

    /// Refuses the requests that have waited too long for a worker.
    fn expire_queue(&mut self) {
        let longest = self.shared.limits.queue_time;
        let is_late = |key: &usize| self.clients.get(*key).is_none_or(|client| self.now - client.since > longest);
        let late: Vec<usize> = self.lanes.keys().filter(is_late).collect();
        for key in late {
            self.refuse(key, Refusal::new(503, "the server is busy"));
        }
    }

    /// Answers a client in the server's place.
    pub(super) fn refuse(&mut self, key: usize, refusal: Refusal) {
        let Some(client) = self.clients.get_mut(key) else { return };
        if let Some((lane, address)) = client.place() {
            self.lanes.leave(lane, address, key);
        }
        let flight = if let Stage::Queued(request) = &mut client.stage { request.flight.take() } else { None };
        client.refuse(refusal, &self.shared, self.now);
        self.turns.push_back(Turn::Client(key));
        if let Some(flight) = flight {
            self.land(flight, None);
        }
    }

    /// Brings the memory that is held back into its budget.
    pub(super) fn make_room(&mut self) {
        let most = self.shared.limits.request_memory;
        while self.shared.requests.total() > most && self.end_slowest_sender(|client| !client.holds_for_node()) {}
        while self.shared.node_requests.total() > most && self.end_slowest_sender(Client::holds_for_node) {}
        while self.shared.answers.total() >= self.shared.limits.answer_memory && self.end_slowest_reader() {}
    }

    fn end_slowest_sender(&mut self, counts: impl Fn(&Client) -> bool) -> bool {
        let clients = self.clients.iter().filter(|(_, client)| counts(client));
        let rates = clients.filter_map(|(key, client)| Some((client.sending_rate(self.now)?, key)));
        let Some((_, key)) = rates.min() else {
            return false;
        };
        if matches!(self.clients[key].stage, Stage::Head { .. } | Stage::Body { .. }) {
            self.refuse(key, Refusal::new(503, "the server is busy"));
        } else {
            // It may have begun to take an answer.
            self.shared.stats.evicted.add();
            self.close(key);
        }
        true
    }

    fn end_slowest_reader(&mut self) -> bool {
        let readers = self.clients.iter().filter(|(_, client)| !client.output.is_empty());
        let slowest = readers.map(|(key, client)| (client.progress, key)).min();
        let Some((_, key)) = slowest.filter(|(progress, _)| self.now - *progress > RECENT) else {
            return false;
        };
        self.shared.stats.evicted.add();
        self.close(key);
        true
    }

    /// Bytes of shared bodies that only slow readers keep alive.
    fn orphaned_bytes(&self) -> usize {
        let mut readers: HashMap<*const u8, usize> = HashMap::new();
        let bodies = || self.clients.iter().filter_map(|(_, client)| client.output.shared());
        for body in bodies() {
            *readers.entry(body.as_ptr()).or_default() += 1;
        }
        let mut bytes = 0;
        for body in bodies() {
            if readers.remove(&body.as_ptr()).is_some_and(|count| count == Arc::strong_count(body)) {
                bytes += body.len();
            }
        }
        bytes
    }
}
