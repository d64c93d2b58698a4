//! The event loop: wakes the client or the upstream connection that something has happened to.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Poll, Token};
use slab::Slab;

use super::accept::Acceptor;
use super::answer_cache::{Answer, Flight, Landing, Waiter};
use super::client::{Client, Request, Stage, Step};
use super::pool::Pool;
use super::refusal::Refusal;
use super::upstream::Outcome;
use super::{Door, Opener, Shared, Tls};

pub(super) const WAKER: Token = Token(0);
pub(super) const MAX_UPSTREAMS: usize = 1000;
const FIRST_LISTENER: usize = 1;
const FIRST_UPSTREAM: usize = 1000;
pub(super) const FIRST_CLIENT: usize = FIRST_UPSTREAM + MAX_UPSTREAMS;

/// Most bytes that one read takes.
const SCRATCH: usize = 64 << 10;

/// A connection that can go on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turn {
    Client(usize),
    Upstream(usize),
}

#[derive(Debug)]
pub(super) struct Loop {
    pub poll: Poll,
    pub shared: Shared,
    pub acceptors: Vec<Acceptor>,
    pub clients: Slab<Client>,
    /// The serial number of the client that was let in last.
    pub serial: u64,
    /// How many connections each address has.
    pub addresses: HashMap<IpAddr, usize>,
    pub pool: Pool,
    pub tls: Option<Tls>,
    /// Clients whose request waits for a worker.
    pub queue: VecDeque<usize>,
    pub turns: VecDeque<Turn>,
    /// Clients that could go on, but have had their share for now.
    yielded: Vec<usize>,
    pub now: Instant,
    pub checked: Instant,
    /// When accepting is tried again after it has failed.
    pub accept_again: Option<Instant>,
    /// When it was last said that accepting has failed.
    pub complained: Option<Instant>,
    /// When it was last said that a client was turned away.
    pub turned_away: Option<Instant>,
    opener: Opener,
    stop_by: Option<Instant>,
    scratch: Vec<u8>,
}

impl Loop {
    pub(super) fn new(door: Door) -> io::Result<Self> {
        let Door { poll, listeners, upstream, upstream_connections, tls, shared, opener, .. } = door;
        let mut acceptors = Vec::new();
        for (index, mut listener) in listeners.into_iter().enumerate() {
            listener.register(poll.registry(), Token(FIRST_LISTENER + index))?;
            acceptors.push(Acceptor { listener, ready: false });
        }
        let now = Instant::now();
        Ok(Self {
            poll,
            shared,
            acceptors,
            clients: Slab::new(),
            serial: 0,
            addresses: HashMap::new(),
            tls,
            pool: Pool::new(&upstream, upstream_connections, FIRST_UPSTREAM),
            queue: VecDeque::new(),
            turns: VecDeque::new(),
            yielded: Vec::new(),
            now,
            checked: now,
            accept_again: None,
            complained: None,
            turned_away: None,
            opener,
            stop_by: None,
            scratch: vec![0; SCRATCH],
        })
    }

    pub(super) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.poll.poll(&mut events, self.timeout()) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => self.now = Instant::now(),
            }
            for event in &events {
                self.note(event);
            }
            self.turns.extend(self.yielded.drain(..).map(Turn::Client));
            self.open();
            self.accept();
            self.take_turns();
            if self.now - self.checked >= self.shared.limits.tick() {
                self.enforce_timeouts();
                self.take_turns();
            }
            if self.pool.gone {
                return Err(io::Error::new(
                    ErrorKind::ConnectionRefused,
                    "the server behind the door does not listen any more",
                ));
            }
            if self.shared.is_stopping() && self.has_stopped() {
                return Ok(());
            }
            self.shared.stats.set_gauges(self.clients.len(), self.pool.busy(), self.queue.len());
        }
    }

    /// Opens the listeners that have come up since.
    fn open(&mut self) {
        for mut listener in self.opener.take() {
            let token = Token(FIRST_LISTENER + self.acceptors.len());
            match listener.register(self.poll.registry(), token) {
                Ok(()) => self.acceptors.push(Acceptor { listener, ready: true }),
                Err(error) => log::error!("cannot listen on {listener}: {error}"),
            }
        }
    }

    /// How long nothing needs to be done unless something happens.
    fn timeout(&self) -> Option<Duration> {
        if !self.yielded.is_empty()
            || self.accept_again.is_none() && self.acceptors.iter().any(|acceptor| acceptor.ready)
        {
            return Some(Duration::ZERO);
        }
        let idle = self.clients.is_empty() && self.pool.busy() == 0;
        let check = (!idle).then(|| self.checked + self.shared.limits.tick());
        let again = self.pool.again().filter(|_| !self.queue.is_empty());
        let next = [check, again, self.accept_again, self.stop_by].into_iter().flatten().min();
        next.map(|next| next.saturating_duration_since(Instant::now()))
    }

    /// Notes which connection something has happened to.
    fn note(&mut self, event: &Event) {
        match event.token() {
            WAKER => {}
            Token(token) if token >= FIRST_CLIENT => {
                let key = token - FIRST_CLIENT;
                // Events of a client that was closed meanwhile may reach its successor; they do no harm.
                if let Some(client) = self.clients.get_mut(key) {
                    client.hung_up |= event.is_read_closed() || event.is_error();
                    client.readable |= event.is_readable() || client.hung_up;
                    client.writable |= event.is_writable();
                    self.turns.push_back(Turn::Client(key));
                }
            }
            Token(token) if token >= FIRST_UPSTREAM => {
                let index = token - FIRST_UPSTREAM;
                if let Some(upstream) = self.pool.get(index) {
                    upstream.hung_up |= event.is_read_closed() || event.is_error();
                    upstream.readable |= event.is_readable() || upstream.hung_up;
                    upstream.writable |= event.is_writable();
                    self.turns.push_back(Turn::Upstream(index));
                }
            }
            Token(token) => {
                if let Some(acceptor) = self.acceptors.get_mut(token - FIRST_LISTENER) {
                    acceptor.ready = true;
                }
            }
        }
    }

    pub(super) fn take_turns(&mut self) {
        loop {
            while let Some(turn) = self.turns.pop_front() {
                match turn {
                    Turn::Client(key) => self.drive_client(key),
                    Turn::Upstream(index) => self.drive_upstream(index),
                }
            }
            self.dispatch();
            if self.turns.is_empty() {
                return;
            }
        }
    }

    fn drive_client(&mut self, key: usize) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        match client.advance(&self.shared, &mut self.scratch, self.now) {
            Step::Wait => {}
            Step::Again => self.yielded.push(key),
            Step::Submit if self.queue.len() >= self.shared.limits.queue => {
                client.refuse(Refusal::new(503, "the server is busy"), &self.shared, self.now);
                self.turns.push_back(Turn::Client(key));
            }
            Step::Submit => {
                let waiter = Waiter { key, serial: client.serial };
                let cache = &mut self.shared.answer_cache;
                if client.flight().is_none_or(|flight| cache.begin(flight, waiter)) {
                    self.shared.stats.count_request();
                    self.queue.push_back(key);
                }
            }
            Step::Close => return self.close(key),
        }
        if let Stage::Answering(index) = client.stage
            && client.held
            && client.has_room(&self.shared)
        {
            client.held = false;
            self.turns.push_back(Turn::Upstream(index));
        }
        self.make_room();
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
            shared.stats.count_request();
            self.queue.push_back(key);
        }
    }

    fn drive_upstream(&mut self, index: usize) {
        let Some(upstream) = self.pool.get(index) else {
            return;
        };
        let key = upstream.client();
        let client = key.and_then(|key| self.clients.get_mut(key));
        let outcome = upstream.advance(client, &self.shared, &mut self.scratch, self.now);
        let landed = upstream.take_landed();
        match outcome {
            Outcome::Wait => {
                if let Err(error) = self.pool.watch(index, self.poll.registry()) {
                    log::warn!("cannot watch a connection: {error}");
                }
            }
            Outcome::Free => self.pool.release(index),
            Outcome::Broken => self.pool.close(index),
        }
        self.turns.extend(key.map(Turn::Client));
        if let Some((flight, answer)) = landed {
            self.land(flight, answer);
        }
        self.make_room();
    }

    /// Gives requests that wait to connections that are free.
    fn dispatch(&mut self) {
        while let Some(&key) = self.queue.front() {
            if !self.clients.get(key).is_some_and(|client| matches!(client.stage, Stage::Queued(_))) {
                self.queue.pop_front();
                continue;
            }
            let Some(index) = self.pool.acquire(self.poll.registry(), self.now) else {
                return;
            };
            self.queue.pop_front();
            if let Some(upstream) = self.pool.get(index)
                && let Some(request) = self.clients[key].take_request(index)
            {
                upstream.begin(request, key, self.now);
                self.turns.push_back(Turn::Upstream(index));
            }
        }
    }

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
            Stage::Queued(Request { flight: Some(flight), .. }) => self.land(flight, None),
            _ => {}
        }
        if let Some(address) = client.peer.counted
            && let Some(count) = self.addresses.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&address);
            }
        }
        // There is a file descriptor to be had again.
        self.accept_again = None;
    }

    /// Lets requests in flight end, and everything else at once.
    fn has_stopped(&mut self) -> bool {
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
