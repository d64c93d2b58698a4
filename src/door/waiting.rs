//! The time between a whole request and its worker: the request is held back after wrong tokens, then waits for the
//! answer to another like it, or in its lane. The requests of each client behind a proxy are counted here too.

use std::cmp::Reverse;

use crate::bridge::Token;

use super::answer_cache::{Answer, Flight, Landing, Waiter};
use super::client::{Client, Stage};
use super::ending::uncount;
use super::lanes::Entered;
use super::refusal::Refusal;
use super::run::{Loop, Turn};

impl Loop {
    /// Goes on with a request that is whole.
    pub(super) fn submit(&mut self, key: usize) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let serial = client.serial;
        let Stage::Queued(request) = &mut client.stage else { return };
        if let Some(until) = request.delayed_until {
            return self.delayed.push(Reverse((until, serial, key)));
        }
        let cache = &mut self.shared.answer_cache;
        if request.flight.as_mut().is_none_or(|flight| {
            let client = flight.client;
            cache.begin(flight, Waiter { key, serial, client })
        }) {
            self.enqueue(key);
        }
    }

    /// Goes on with requests that have waited long enough after wrong tokens.
    pub(super) fn release_delayed(&mut self) {
        while let Some(Reverse((until, serial, key))) = self.delayed.peek().copied() {
            if until > self.now {
                return;
            }
            self.delayed.pop();
            let Some(client) = self.clients.get_mut(key).filter(|client| client.serial == serial) else { continue };
            let Stage::Queued(request) = &mut client.stage else { continue };
            if request.delayed_until.take().is_none() {
                continue;
            }
            if request.class.token == Token::Right {
                self.shared.guesses.know(request.client, self.now);
            }
            client.since = self.now;
            self.submit(key);
        }
    }

    /// Lets a request wait for a worker, if there is a place for it.
    fn enqueue(&mut self, key: usize) {
        let Some((lane, address)) = self.clients.get(key).and_then(Client::place) else { return };
        let (status, words) = lane.refusal();
        match self.lanes.enter(lane, address, key, self.now) {
            Entered::Waits => self.shared.stats.requests.add(),
            Entered::InPlaceOf(other) => {
                self.shared.stats.requests.add();
                self.refuse(other, Refusal::new(status, words));
            }
            Entered::Full => self.refuse(key, Refusal::new(status, words)),
        }
    }

    /// Counts the request that a client behind a proxy has sent, and no longer the one before; `false` if it has too
    /// many and was refused.
    pub(super) fn count_forwarded(&mut self, key: usize) -> bool {
        let Some(client) = self.clients.get_mut(key) else { return true };
        if client.forwarded == client.counted_as {
            return true;
        }
        if let Some(before) = client.counted_as.take() {
            uncount(&mut self.forwarded, before);
        }
        let Some(address) = client.forwarded else { return true };
        let count = self.forwarded.entry(address).or_default();
        if *count < self.shared.limits.per_address {
            *count += 1;
            client.counted_as = Some(address);
            return true;
        }
        client.forwarded = None;
        self.refuse(key, Refusal::new(503, "there are too many requests from this address"));
        false
    }

    /// Keeps the answer to a flight, and goes on with the clients that waited for it.
    pub(super) fn land(&mut self, flight: Flight, answer: Option<Answer>) {
        let (shared, clients) = (&mut self.shared, &mut self.clients);
        let still_waits = |waiter: Waiter| clients.get(waiter.key).is_some_and(|client| client.waits(waiter.serial));
        let Landing { share, lead, alone } = shared.answer_cache.finish(flight, answer.clone(), still_waits);
        if let Some(answer) = answer {
            for Waiter { key, .. } in share {
                clients[key].share(&answer, shared, self.now);
                self.turns.push_back(Turn::Client(key));
            }
        }
        if let Some(flight) = lead.and_then(|waiter| clients[waiter.key].flight()) {
            flight.leads = true;
        }
        for Waiter { key, .. } in lead.into_iter().chain(alone) {
            self.enqueue(key);
        }
    }
}
