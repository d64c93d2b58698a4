//! Accepts connections while there is room for them, and makes room when there is none.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use mio::Token;

use crate::model::neighbourhood;

use super::client::{Client, Peer};
use super::listen::Scheme;
use super::refusal::Refusal;
use super::run::{FIRST_CLIENT, Loop, Turn};
use super::stream::{Socket, Stream};

/// Most connections accepted before others get their turn.
const BURST: usize = 64;

/// How long to wait after accepting has failed.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// How long not to say again that it has failed.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// No more files can be opened, by this process or on this machine.
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;

impl Loop {
    pub(super) fn accept(&mut self) {
        if self.accept_again.is_some_and(|again| self.now < again) {
            return;
        }
        self.accept_again = None;
        for at in 0..self.acceptors.len() {
            for _ in 0..BURST {
                let acceptor = &mut self.acceptors[at];
                if !acceptor.ready {
                    break;
                }
                match acceptor.listener.accept(self.shared.limits.stall_time) {
                    Ok((socket, address)) => {
                        let scheme = acceptor.listener.scheme;
                        self.welcome(socket, address, scheme);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => acceptor.ready = false,
                    Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                    Err(error) if matches!(error.raw_os_error(), Some(ENFILE | EMFILE)) && self.evict() => {}
                    Err(error) => {
                        if self.complained.is_none_or(|at| self.now - at > LOG_INTERVAL) {
                            log::warn!("cannot accept a connection: {error}");
                            self.complained = Some(self.now);
                        }
                        self.accept_again = Some(self.now + RETRY_DELAY);
                        return;
                    }
                }
            }
        }
    }

    fn welcome(&mut self, socket: Socket, address: Option<IpAddr>, scheme: Scheme) {
        self.shared.stats.accepted.add();
        let limits = &self.shared.limits;
        let peer = Peer { redirect: scheme == Scheme::Redirect, ..self.identify(address) };
        let neighbours = peer.counted.and_then(|address| self.addresses.get(&address)).copied().unwrap_or(0);
        if neighbours >= limits.per_address {
            let refusal = Refusal::new(503, "there are too many connections from this address");
            return self.send_away(socket, peer.address, scheme, refusal);
        }
        if self.clients.len() >= limits.connections && !self.evict() {
            let refusal = Refusal::new(503, "there are too many connections");
            return self.send_away(socket, peer.address, scheme, refusal);
        }
        let admitted = match &mut self.tls {
            Some(tls) if scheme == Scheme::Https => tls
                .connection(self.now)
                .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
                .and_then(|connection| self.admit(Stream::secure(socket, connection), peer)),
            // Nothing goes out in the clear where secrecy was asked for.
            None if scheme == Scheme::Https => return,
            _ => self.admit(Stream::clear(socket), peer),
        };
        if let Err(error) = admitted {
            log::warn!("cannot serve a connection: {error}");
        }
    }

    fn admit(&mut self, mut stream: Stream, peer: Peer) -> io::Result<()> {
        let slot = self.clients.vacant_entry();
        let key = slot.key();
        stream.register(self.poll.registry(), Token(FIRST_CLIENT + key))?;
        self.serial += 1;
        slot.insert(Client::new(self.serial, stream, peer, &self.shared, self.now));
        if let Some(address) = peer.counted {
            *self.addresses.entry(address).or_default() += 1;
        }
        self.turns.push_back(Turn::Client(key));
        Ok(())
    }

    /// A client that can open our Unix socket was let in by the socket's owner, so it counts as a proxy on this
    /// machine.
    fn identify(&self, address: Option<IpAddr>) -> Peer {
        let Some(address) = address else {
            return Peer { address: Ipv4Addr::LOCALHOST.into(), trusted: true, counted: None, redirect: false };
        };
        let trusted = self.shared.trusted.iter().any(|network| network.contains(address));
        let exempt = trusted || address.is_loopback();
        Peer { address, trusted, counted: (!exempt).then(|| neighbourhood(address)), redirect: false }
    }

    /// One attempt to say why: a connection that was never let in is not waited for.
    fn send_away(&mut self, mut socket: Socket, address: IpAddr, scheme: Scheme, refusal: Refusal) {
        self.shared.stats.count_refused(refusal.status);
        if self.turned_away.is_none_or(|at| self.now - at > LOG_INTERVAL) {
            log::warn!("turned away {address}, and perhaps others: {}", refusal.words);
            self.turned_away = Some(self.now);
        }
        if scheme == Scheme::Https {
            // Before the handshake no client would understand what we say.
            return;
        }
        let _ = io::Write::write(&mut socket, &self.shared.answer(refusal, "", false));
    }

    /// Makes room: closes the connection with the least claim to its place, if there is one, unless another has just
    /// gone.
    fn evict(&mut self) -> bool {
        // A client that has just come may have sent a whole request, or may be gone again.
        let before = self.clients.len();
        self.take_turns();
        if self.clients.len() < before {
            return true;
        }
        let victim = self
            .clients
            .iter()
            .filter_map(|(key, client)| Some((client.claim(self.now)?, key)))
            .min()
            .map(|(_, key)| key);
        let Some(key) = victim else { return false };
        self.shared.stats.evicted.add();
        self.close(key);
        true
    }
}
