//! One connection to the server behind the door, with at most one request in flight.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::time::Instant;

use mio::net::UnixStream;

use crate::bridge::{self, Bridge, Lane, Ticket};

use super::Shared;
use super::answer::{Asked, relay};
use super::answer_cache::{self as cache, Flight};
use super::body::Decoder;
use super::budget::Buffer;
use super::client::Client;
use super::forward;
use super::limits::Limits;
use super::refusal::Refusal;
use super::request::Request;
use super::upload::UploadFile;

/// Most bytes of the head of an answer.
const MAX_HEAD: usize = 64 << 10;

const FAILED: Refusal = Refusal::new(502, "the server has not answered");
pub(super) const TIMED_OUT: Refusal = Refusal::new(504, "the server takes too long to answer");

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact about a socket")]
pub(super) struct Upstream {
    stream: UnixStream,
    pub readable: bool,
    /// Whether the server has ended it, though perhaps there is still something to be read.
    pub hung_up: bool,
    pub writable: bool,
    /// Whether we are told when it becomes writable.
    pub watched: bool,
    /// When it was opened, until it has answered something.
    unanswered: Option<Instant>,
    job: Option<Job>,
    /// The flight that is over, with the answer if that may be given again.
    landed: Option<(Flight, Option<cache::Answer>)>,
    /// The lane of the request that is not in flight any more.
    ended: Option<Lane>,
    /// The part of an answer's head that came so far.
    head: Vec<u8>,
}

/// A request in flight.
#[derive(Debug)]
struct Job {
    /// The client that gets the answer, unless it is gone.
    client: Option<usize>,
    head: Vec<u8>,
    body: Buffer,
    /// The file with its body, which lasts as long as the request.
    _upload: Option<UploadFile>,
    sent: usize,
    asked: Asked,
    /// What other clients may wait for, too.
    flight: Option<Flight>,
    lane: Lane,
    /// The body that was handed over.
    ticket: Option<Ticket>,
    /// When it was begun, or the server last said something.
    since: Instant,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    Head,
    Body { decoder: Decoder, reusable: bool },
    Done { reusable: bool },
}

/// How far an upstream connection has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// It goes on when something happens.
    Wait,
    /// It is free for another request.
    Free,
    /// It has to be closed; its client, if any, has been told.
    Broken,
}

impl Upstream {
    pub(super) fn new(stream: UnixStream, now: Instant) -> Self {
        Self {
            stream,
            readable: false,
            hung_up: false,
            writable: true,
            watched: false,
            unanswered: Some(now),
            job: None,
            landed: None,
            ended: None,
            head: Vec::new(),
        }
    }

    pub(super) fn stream(&mut self) -> &mut UnixStream {
        &mut self.stream
    }

    pub(super) fn is_free(&self) -> bool {
        self.job.is_none()
    }

    /// When it was opened, if it has not answered anything yet.
    pub(super) fn unanswered_since(&self) -> Option<Instant> {
        self.unanswered
    }

    /// The client that gets the answer in flight.
    pub(super) fn client(&self) -> Option<usize> {
        self.job.as_ref()?.client
    }

    /// Lets the request in flight end without a client to get its answer.
    pub(super) fn forget_client(&mut self) {
        if let Some(job) = &mut self.job {
            job.client = None;
        }
    }

    pub(super) fn begin(&mut self, request: Request, client: usize, bridge: &Bridge, now: Instant) {
        let Request { mut head, mut body, upload, asked, flight, class, .. } = request;
        if let Some(upload) = &upload {
            upload.name(&mut head);
        }
        let hands_over = body.len() >= bridge::MIN_HANDED_OVER;
        let ticket = hands_over.then(|| bridge.requests.put(body.hand_over(), None));
        forward::finish(&mut head, body.len(), ticket);
        let (client, answer, lane) = (Some(client), Answer::Head, class.lane);
        let since = now;
        self.job =
            Some(Job { client, head, body, _upload: upload, sent: 0, asked, flight, lane, ticket, since, answer });
    }

    /// Whether the server has said nothing for longer than it may.
    pub(super) fn is_late(&self, limits: &Limits, now: Instant) -> bool {
        self.job.as_ref().is_some_and(|job| now - job.since > limits.answer_time)
    }

    /// Goes on as far as possible. The client is the one of [`Self::client`].
    pub(super) fn advance(
        &mut self,
        mut client: Option<&mut Client>,
        door: &Shared,
        scratch: &mut [u8],
        now: Instant,
    ) -> Outcome {
        let outcome = self.exchange(&mut client, door, scratch, now);
        let outcome = outcome.unwrap_or(Outcome::Broken);
        if outcome == Outcome::Broken {
            self.give_up(client, FAILED, door, now);
        }
        outcome
    }

    /// Tells the client that there is no answer, or ends an answer that is cut off.
    pub(super) fn give_up(&mut self, client: Option<&mut Client>, why: Refusal, door: &Shared, now: Instant) {
        let (Some(job), Some(client)) = (self.end_job(door), client) else {
            return;
        };
        match job.answer {
            Answer::Head => client.refuse_late(why, &job.head, door, now),
            Answer::Body { .. } => client.cut_off(),
            Answer::Done { .. } => {}
        }
    }

    fn end_job(&mut self, door: &Shared) -> Option<Job> {
        let mut job = self.job.take()?;
        self.ended = Some(job.lane);
        if let Some(ticket) = job.ticket {
            door.bridge.requests.forget(ticket);
        }
        if let Some(flight) = job.flight.take() {
            self.landed = Some((flight, None));
        }
        Some(job)
    }

    /// The lane of the request that has ended since this was called last.
    pub(super) fn take_ended(&mut self) -> Option<Lane> {
        self.ended.take()
    }

    /// The flight that has landed since this was called last, with the answer if that may be given again.
    pub(super) fn take_landed(&mut self) -> Option<(Flight, Option<cache::Answer>)> {
        self.landed.take()
    }

    fn exchange(
        &mut self,
        client: &mut Option<&mut Client>,
        door: &Shared,
        scratch: &mut [u8],
        now: Instant,
    ) -> io::Result<Outcome> {
        self.send()?;
        while self.readable {
            if let Some(client) = client
                && !client.has_room(door)
            {
                client.held = true;
                return Ok(Outcome::Wait);
            }
            let count = match self.stream.read(scratch) {
                // Without a request in flight this is the server closing an idle connection.
                Ok(0) => return Ok(Outcome::Broken),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.readable = false;
                    break;
                }
                Err(error) => return Err(error),
            };
            self.unanswered = None;
            if let Some(job) = &mut self.job {
                job.since = now;
            }
            self.take(&scratch[..count], client, door, now)?;
            if count < scratch.len() {
                self.readable = self.hung_up;
            }
        }
        Ok(self.finish(door))
    }

    fn send(&mut self) -> io::Result<()> {
        let Some(job) = &mut self.job else {
            return Ok(());
        };
        while self.writable && job.sent < job.head.len() + job.body.len() {
            let head = &job.head[job.sent.min(job.head.len())..];
            let body = &job.body[job.sent.saturating_sub(job.head.len())..];
            match self.stream.write_vectored(&[IoSlice::new(head), IoSlice::new(body)]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => job.sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                    self.writable = false;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Relays bytes of the answer.
    fn take(&mut self, bytes: &[u8], client: &mut Option<&mut Client>, door: &Shared, now: Instant) -> io::Result<()> {
        let Some(job) = &mut self.job else {
            return Err(ErrorKind::InvalidData.into());
        };
        match &mut job.answer {
            Answer::Head => {
                self.head.extend_from_slice(bytes);
                let head = &self.head;
                let mut keep = None;
                let relayed = match client {
                    Some(client) => client.answer(head, job.asked, &mut keep, door, now),
                    None => relay(head, job.asked, &door.bridge.answers, &mut Vec::new()),
                };
                if keep.is_some()
                    && let Some(flight) = job.flight.take()
                {
                    self.landed = Some((flight, keep));
                }
                match relayed {
                    Ok(Some(relayed)) => {
                        let decoder = Decoder::new(relayed.length, u64::MAX).map_err(|_| ErrorKind::InvalidData)?;
                        job.answer = Answer::Body { decoder, reusable: relayed.reusable };
                        let mut head = std::mem::take(&mut self.head);
                        let result = self.take_body(&head[relayed.used..], client, now);
                        head.clear();
                        self.head = head;
                        result
                    }
                    Ok(None) if self.head.len() < MAX_HEAD => Ok(()),
                    Ok(None) | Err(_) => Err(ErrorKind::InvalidData.into()),
                }
            }
            Answer::Body { .. } => self.take_body(bytes, client, now),
            Answer::Done { .. } => Err(ErrorKind::InvalidData.into()),
        }
    }

    fn take_body(&mut self, bytes: &[u8], client: &mut Option<&mut Client>, now: Instant) -> io::Result<()> {
        let Some(Job { answer, client: receiver, .. }) = &mut self.job else {
            return Ok(());
        };
        let Answer::Body { decoder, reusable } = answer else {
            return Ok(());
        };
        let used = decoder.feed(bytes, |part| {
            if let Some(client) = client {
                client.push(part, now);
            }
        });
        let used = used.map_err(|_| ErrorKind::InvalidData)?;
        if decoder.is_done() {
            // Bytes after the answer belong to nothing, so this connection cannot be trusted further.
            *answer = Answer::Done { reusable: *reusable && used == bytes.len() };
            *receiver = None;
            if let Some(client) = client.take() {
                client.end_answer();
            }
        }
        Ok(())
    }

    /// Whether the exchange is over: the answer can come before the request was read to its end.
    fn finish(&mut self, door: &Shared) -> Outcome {
        match &self.job {
            None => Outcome::Free,
            Some(Job { answer: Answer::Done { reusable: false }, .. }) => Outcome::Broken,
            Some(Job { answer: Answer::Done { .. }, sent, head, body, .. }) if *sent == head.len() + body.len() => {
                self.end_job(door);
                Outcome::Free
            }
            Some(_) => Outcome::Wait,
        }
    }
}
