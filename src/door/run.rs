//! The event loop: wakes the client or the upstream connection that something has happened to.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Poll, Token};
use slab::Slab;

use super::client::{Client, Stage, Step};
use super::lanes::Lanes;
use super::listen::Listener;
use super::pool::Pool;
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
pub(super) struct Acceptor {
    pub listener: Listener,
    /// Whether connections may be waiting.
    pub ready: bool,
}

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
    /// Requests that wait for a worker.
    pub lanes: Lanes,
    /// Requests that have to wait before that: until when, and the serial number and the key of their clients.
    pub delayed: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    /// How many requests each client behind a proxy has in flight.
    pub forwarded: HashMap<IpAddr, usize>,
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
    pub stop_by: Option<Instant>,
    scratch: Vec<u8>,
}

impl Loop {
    pub(super) fn new(door: Door) -> io::Result<Self> {
        let Door { poll, listeners, upstream, tls, lanes, shared, opener, .. } = door;
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
            pool: Pool::new(&upstream, lanes.max_in_flight(), FIRST_UPSTREAM),
            lanes,
            delayed: BinaryHeap::new(),
            forwarded: HashMap::new(),
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
            self.release_delayed();
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
            let stats = &self.shared.stats;
            stats.open.set(self.clients.len());
            stats.upstream_busy.set(self.pool.busy());
            stats.queued.set(self.lanes.waiting());
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
        let again = self.pool.again().filter(|_| self.lanes.has_next());
        let delayed = self.delayed.peek().map(|Reverse((until, ..))| *until);
        let next = [check, again, delayed, self.accept_again, self.stop_by].into_iter().flatten().min();
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
        let step = client.advance(&mut self.shared, &mut self.scratch, self.now);
        if step != Step::Close && !self.count_forwarded(key) {
            return;
        }
        match step {
            Step::Wait => {}
            Step::Again => self.yielded.push(key),
            Step::Submit => self.submit(key),
            Step::Close => return self.close(key),
        }
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if let Stage::Answering(index) = client.stage
            && client.held
            && client.has_room(&self.shared)
        {
            client.held = false;
            self.turns.push_back(Turn::Upstream(index));
        }
        self.make_room();
    }

    fn drive_upstream(&mut self, index: usize) {
        let Some(upstream) = self.pool.get(index) else {
            return;
        };
        let key = upstream.client();
        let client = key.and_then(|key| self.clients.get_mut(key));
        let outcome = upstream.advance(client, &self.shared, &mut self.scratch, self.now);
        let (landed, ended) = (upstream.take_landed(), upstream.take_ended());
        if let Some(lane) = ended {
            self.lanes.done(lane);
        }
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
        while self.lanes.has_next() {
            let Some(index) = self.pool.acquire(self.poll.registry(), self.now) else {
                return;
            };
            let Some((lane, key)) = self.lanes.next(self.now) else {
                return self.pool.release(index);
            };
            let request = self.clients.get_mut(key).and_then(|client| client.take_request(index));
            if let (Some(upstream), Some(request)) = (self.pool.get(index), request) {
                upstream.begin(request, key, &self.shared.bridge, self.now);
                self.turns.push_back(Turn::Upstream(index));
            } else {
                self.lanes.done(lane);
                self.pool.release(index);
            }
        }
    }
}
