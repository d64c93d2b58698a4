//! One client: reads a whole request, hands it over, sends the answer, and again.

use std::io::{self, ErrorKind};
use std::mem;
use std::net::IpAddr;
use std::time::Instant;

use crate::bridge::Lane;
use crate::model::neighbourhood;

use super::Shared;
use super::body::Decoder;
use super::budget::Buffer;
use super::head;
use super::output::Output;
use super::refusal::Refusal;
use super::request::Request;
use super::stream::{Got, Stream};

/// Most reads and writes for one client before others get their turn.
const MAX_STEPS: usize = 32;

/// What is at the other end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    pub address: IpAddr,
    /// Whether it is a proxy that is believed about its own clients.
    pub trusted: bool,
    /// What its connection is counted under, unless it is exempt.
    pub counted: Option<IpAddr>,
    /// Whether it is only told where else everything is.
    pub redirect: bool,
}

/// What a client is in the middle of.
#[derive(Debug)]
pub(super) enum Stage {
    /// It has to send a head, and has begun or not.
    Head { begun: bool },
    /// It has to send a body.
    Body { request: Request, decoder: Decoder },
    /// Its request waits for a worker, or for the answer to another's.
    Queued(Request),
    /// The upstream connection of that number has its request.
    Answering(usize),
    /// The whole answer is in its output.
    Answered,
    /// It has been told that nothing more comes; what it still sends is thrown away.
    Lingering { heard: Instant },
}

/// What is to be done about a client next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// Nothing until something happens.
    Wait,
    /// The same again after others had their turn.
    Again,
    /// Its request is whole.
    Submit,
    /// It is done with.
    Close,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact about a socket, true in any stage")]
pub(super) struct Client {
    /// Tells it from other clients that had or will have its key.
    pub serial: u64,
    pub stream: Stream,
    pub peer: Peer,
    pub stage: Stage,
    /// When the stage began.
    pub since: Instant,
    /// When it last took something of its output.
    pub progress: Instant,
    /// Whether it has had an answer.
    pub served: bool,
    /// Whether upstream waits for it to take something of its output.
    pub held: bool,
    pub readable: bool,
    pub writable: bool,
    /// Whether it has sent its last byte, though perhaps we have not read it yet.
    pub hung_up: bool,
    pub input: Buffer,
    pub output: Output,
    pub keep_alive: bool,
    /// Whether the body of its answer goes out in chunks.
    pub chunked: bool,
    /// How many bytes of a head have been looked at.
    seen: usize,
    /// Whether to read on for a while after the last answer.
    pub lingers: bool,
    /// Whether we have read its last byte.
    ended: bool,
    /// The kind of the request that it has sent last.
    pub lane: Lane,
    /// Whether it has sent a request that strangers cannot send.
    pub known: bool,
    /// Behind a proxy, what its present request is counted under, and what the event loop has counted.
    pub forwarded: Option<IpAddr>,
    pub counted_as: Option<IpAddr>,
}

impl Client {
    pub(super) fn new(serial: u64, stream: Stream, peer: Peer, door: &Shared, now: Instant) -> Self {
        Self {
            serial,
            stream,
            peer,
            stage: Stage::Head { begun: false },
            since: now,
            progress: now,
            served: false,
            held: false,
            readable: true,
            writable: true,
            hung_up: false,
            input: Buffer::new(&door.requests),
            output: Output::new(&door.answers),
            seen: 0,
            keep_alive: false,
            chunked: false,
            lingers: false,
            ended: false,
            lane: Lane::Public,
            known: false,
            forwarded: None,
            counted_as: None,
        }
    }

    /// Goes on as far as possible without waiting.
    pub(super) fn advance(&mut self, door: &mut Shared, scratch: &mut [u8], now: Instant) -> Step {
        for _ in 0..MAX_STEPS {
            match self.turn(door, scratch, now) {
                Ok(None) => {}
                Ok(Some(step)) => return step,
                Err(_) => return Step::Close,
            }
        }
        Step::Again
    }

    /// One thing at a time; `None` when there is another.
    fn turn(&mut self, door: &mut Shared, scratch: &mut [u8], now: Instant) -> io::Result<Option<Step>> {
        if self.is_sending() {
            return self.write(now);
        }
        let may_send_more = !self.ended && (self.lingers || self.readable || !self.input.is_empty());
        match &mut self.stage {
            Stage::Head { begun } => {
                // Empty lines are dropped all at once, since each time the rest is moved to the front.
                let empty = self.input.chunks_exact(2).take_while(|pair| *pair == b"\r\n").count() * 2;
                if empty > 0 {
                    self.input.consume(empty);
                    self.seen = 0;
                }
                if !*begun && !self.input.is_empty() && *self.input != *b"\r" {
                    *begun = true;
                    self.since = now;
                }
                match head::end(&self.input, self.seen, door.limits.head_bytes) {
                    Err(refusal) => self.refuse(refusal, door, now),
                    Ok(Some(end)) => {
                        if let Err(refusal) = self.begin(end, door, now) {
                            self.refuse(refusal, door, now);
                        }
                    }
                    Ok(None) => {
                        self.seen = self.input.len();
                        // What follows it waits in the socket until this one has its answer.
                        let some = scratch.len().min(door.limits.head_bytes);
                        return self.read(door, &mut scratch[..some], now);
                    }
                }
            }
            Stage::Body { request, decoder } => match request.take(decoder, &self.input, now) {
                Err(refusal) => self.refuse(refusal, door, now),
                Ok(used) => {
                    let done = decoder.is_done();
                    self.input.consume(used);
                    if !done {
                        let uploaded = request.upload.is_some() && used > 0;
                        let read = self.read(door, scratch, now);
                        return if uploaded { read.map(|step| step.or(Some(Step::Again))) } else { read };
                    }
                    self.submit(now);
                    return Ok(Some(Step::Submit));
                }
            },
            Stage::Queued(_) | Stage::Answering(_) => return Ok(Some(Step::Wait)),
            Stage::Answered if self.keep_alive => {
                self.stage = Stage::Head { begun: false };
                self.since = now;
                self.served = true;
                self.seen = 0;
                self.forwarded = None;
            }
            // A client whose connection is closed while it still sends loses the answer.
            Stage::Answered if may_send_more => {
                self.stream.end();
                self.input.clear();
                self.stage = Stage::Lingering { heard: now };
                self.since = now;
            }
            Stage::Answered => {
                if self.stream.is_secure() {
                    self.stream.end();
                }
                return Ok(Some(Step::Close));
            }
            Stage::Lingering { heard } => {
                if !self.input.is_empty() {
                    self.input.clear();
                    *heard = now;
                }
                return self.read(door, scratch, now);
            }
        }
        Ok(None)
    }

    /// Whether there is something to be sent, before which nothing else happens.
    pub(super) fn is_sending(&self) -> bool {
        !self.output.is_empty() || self.stream.is_sending()
    }

    fn write(&mut self, now: Instant) -> io::Result<Option<Step>> {
        if !self.writable {
            return Ok(Some(Step::Wait));
        }
        let (own, shared) = self.output.rest();
        match self.stream.write(own, shared) {
            Ok(count) => {
                self.output.sent(count);
                self.progress = now;
                Ok(None)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.writable = false;
                Ok(Some(Step::Wait))
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&mut self, door: &Shared, scratch: &mut [u8], now: Instant) -> io::Result<Option<Step>> {
        if !self.readable {
            return Ok(Some(Step::Wait));
        }
        match self.stream.read(scratch, &mut self.input)? {
            Got::Some => {}
            Got::Clear => {
                self.refuse(Refusal::bad("this port speaks https"), door, now);
            }
            // A short read has emptied the socket, unless the end is waiting there.
            Got::Last => self.readable = self.hung_up,
            Got::Nothing => {
                self.readable = false;
                return Ok(Some(Step::Wait));
            }
            Got::End => {
                self.readable = false;
                self.ended = true;
                match self.stage {
                    Stage::Head { begun: true } => {
                        self.refuse(Refusal::bad("the head is not complete"), door, now);
                    }
                    Stage::Body { .. } => {
                        self.refuse(Refusal::bad("the body is shorter than promised"), door, now);
                    }
                    _ => return Ok(Some(Step::Close)),
                }
            }
        }
        Ok(None)
    }

    fn submit(&mut self, now: Instant) {
        if let Stage::Body { request, .. } = mem::replace(&mut self.stage, Stage::Answered) {
            self.stage = Stage::Queued(request);
            self.since = now;
        }
    }

    /// Where its request waits, as long as it does, and what it is counted under there.
    pub(super) fn place(&self) -> Option<(Lane, IpAddr)> {
        match &self.stage {
            Stage::Queued(request) => Some((request.class.lane, neighbourhood(request.client))),
            _ => None,
        }
    }
}
