//! Begins a request of a client: judges its head before any of its body is read.

use std::net::IpAddr;
use std::time::Instant;

use crate::bridge::{self, Class, Lane, Token};
use crate::model::neighbourhood;

use super::Shared;
use super::answer::Asked;
use super::answer_cache::Flight;
use super::body::{Decoder, Length};
use super::budget::Buffer;
use super::client::{Client, Stage};
use super::forwarded::forwarded_for;
use super::guesses::Verdict;
use super::head::{self, Head, values};
use super::refusal::Refusal;
use super::request::Request;
use super::{forward, target};

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl Client {
    /// Judges the head in the first `end` bytes and goes on to the body.
    pub(super) fn begin(&mut self, end: usize, door: &mut Shared, now: Instant) -> Result<(), Refusal> {
        if self.peer.redirect {
            let head = head::parse(&self.input[..end])?;
            let answer = door.redirect.answer(&head);
            self.turn_away(&answer, now);
            return Ok(());
        }
        // Where guesses are slowed, a kept answer would show at once that a token is right.
        let slowed = door.guesses.slows_any(now) && (self.peer.trusted || door.guesses.slows(self.peer.address, now));
        if let Some(answer) = door.answer_cache.find(&self.input[..end], self.peer.address).filter(|_| !slowed) {
            self.repeat(end, answer, door, now);
            return Ok(());
        }
        let head = head::parse(&self.input[..end])?;
        let target = target::below(head.target, &door.base_path)
            .ok_or(Refusal::new(404, "there is nothing outside of the base path"))?;
        let (client, secure) = self.origin(&head, door);
        let class = door.class(&head, &target, secure);
        let delayed_until = match door.guesses.judge(client, class.token, now) {
            Verdict::Pass => None,
            Verdict::Delay(until) => Some(until),
            Verdict::Refuse => return Err(Refusal::new(429, "too many wrong tokens have come from this address")),
        };
        let upload = match &door.permits {
            Some(permits) if head.length != Length::Known(0) => permits.begin(&target, now)?,
            _ => None,
        };
        let max_body = class.max_body.min(door.limits.body_bytes as u64);
        let ignores_body = class.ignores_larger && matches!(head.length, Length::Known(length) if length > max_body);
        let length = if ignores_body { Length::Known(0) } else { head.length };
        let decoder = match &upload {
            Some(upload) => Decoder::new(length, upload.room()).map_err(|refusal| upload.too_large(refusal))?,
            None => Decoder::new(length, max_body)?,
        };
        let asked =
            Asked { is_head: head.method == "HEAD", minor: head.minor, keep_alive: head.keep_alive && !ignores_body };
        let mut body = Buffer::new(if class.lane == Lane::Node { &door.node_requests } else { &door.requests });
        if let (Length::Known(length), None) = (length, &upload) {
            body.reserve(usize::try_from(length).unwrap_or_default());
        }
        let request = Request {
            head: forward::begin(&head, &target, client, secure, self.is_unnamed_proxy(&head)),
            body,
            upload,
            asked,
            flight: (decoder.is_done() && !ignores_body).then(|| Flight::new(&self.input[..end], client)),
            class,
            client,
            delayed_until,
        };
        let wants_continue = head.expects_continue && !decoder.is_done();
        drop(target);
        self.lane = class.lane;
        self.known |= class.token == Token::Right || class.lane == Lane::Admin;
        self.forwarded = (self.peer.trusted && client != self.peer.address).then(|| neighbourhood(client));
        self.lingers |= ignores_body;
        self.input.consume(end);
        if wants_continue && self.input.is_empty() {
            self.output.own().extend(CONTINUE);
            self.progress = now;
        }
        self.stage = Stage::Body { request, decoder };
        self.since = now;
        Ok(())
    }

    /// Whether the client passes on a request of another without being trusted to name it.
    fn is_unnamed_proxy(&self, head: &Head<'_>) -> bool {
        !self.peer.trusted && values(&head.headers, "x-forwarded-for").next().is_some()
    }

    /// The address of the client and whether its connection is secret, as far as can be known.
    pub(super) fn origin(&self, head: &Head<'_>, door: &Shared) -> (IpAddr, bool) {
        if !self.peer.trusted {
            return (self.peer.address, self.stream.is_secure());
        }
        let forwarded = values(&head.headers, "x-forwarded-for").map(|value| std::str::from_utf8(value).unwrap_or("?"));
        let secure = values(&head.headers, "x-forwarded-proto").any(|value| value.eq_ignore_ascii_case(b"https"));
        (forwarded_for(forwarded, self.peer.address, &door.trusted), secure || self.stream.is_secure())
    }
}

impl Shared {
    /// What kind of request that is.
    fn class(&self, head: &Head<'_>, target: &str, secure: bool) -> Class {
        let Some(admission) = &self.admission else {
            return Class { lane: Lane::Node, max_body: u64::MAX, ignores_larger: false, token: Token::None };
        };
        let header = |name: &str| values(&head.headers, name).next().and_then(|value| std::str::from_utf8(value).ok());
        admission.class(&bridge::Asked { method: head.method, target, secure, header: &header })
    }
}
