//! One connection to the server behind the door, with at most one request in flight.

use std::io::{self, ErrorKind, Read};
use std::time::Instant;

use mio::net::UnixStream;

use crate::bridge::{Bridge, Lane};

use super::Shared;
use super::answer::relay;
use super::answer_cache::{self as cache, Flight};
use super::body::Decoder;
use super::client::Client;
use super::job::{Answer, Job};
use super::limits::Limits;
use super::refusal::Refusal;
use super::request::Request;

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
        self.job = Some(Job::new(request, client, bridge, now));
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
        if let Some(job) = &mut self.job {
            job.send(&mut self.stream, &mut self.writable)?;
        }
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
                    Some(client) => client.begin_answer(head, job.asked, &mut keep, door, now),
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
                        let result = job.take_body(&head[relayed.used..], client, now);
                        head.clear();
                        self.head = head;
                        result
                    }
                    Ok(None) if self.head.len() < MAX_HEAD => Ok(()),
                    Ok(None) | Err(_) => Err(ErrorKind::InvalidData.into()),
                }
            }
            Answer::Body { .. } => job.take_body(bytes, client, now),
            Answer::Done { .. } => Err(ErrorKind::InvalidData.into()),
        }
    }

    /// Whether the exchange is over: the answer can come before the request was read to its end.
    fn finish(&mut self, door: &Shared) -> Outcome {
        match &self.job {
            None => Outcome::Free,
            Some(Job { answer: Answer::Done { reusable: false }, .. }) => Outcome::Broken,
            Some(job) if matches!(job.answer, Answer::Done { .. }) && job.is_sent() => {
                self.end_job(door);
                Outcome::Free
            }
            Some(_) => Outcome::Wait,
        }
    }
}
