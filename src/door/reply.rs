//! The answer to one client: the server's, as it comes, or a refusal of our own.

use std::mem;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use log::Level;

use super::Shared;
use super::answer::{Asked, Broken, Relayed, relay};
use super::answer_cache::{Answer, Flight};
use super::client::{Client, Stage};
use super::head;
use super::refusal::Refusal;
use super::request::Request;
use super::target;

impl Client {
    /// Takes the request that waits; the answer will come from that upstream connection.
    pub(super) fn take_request(&mut self, upstream: usize) -> Option<Request> {
        if !matches!(self.stage, Stage::Queued(_)) {
            return None;
        }
        match mem::replace(&mut self.stage, Stage::Answering(upstream)) {
            Stage::Queued(request) => Some(request),
            _ => None,
        }
    }

    /// Begins the answer with the server's head, if it is complete. An answer that may be given again is put into
    /// `keep`.
    pub(super) fn begin_answer(
        &mut self,
        bytes: &[u8],
        asked: Asked,
        keep: &mut Option<Answer>,
        door: &Shared,
        now: Instant,
    ) -> Result<Option<Relayed>, Broken> {
        let asked = Asked { keep_alive: asked.keep_alive && !door.is_stopping(), ..asked };
        let mut relayed = Ok(None);
        let before = self.output.own().len();
        self.output.own().append(|out| relayed = relay(bytes, asked, &door.bridge.answers, out));
        let mut relayed = relayed?;
        if let Some(relayed) = &mut relayed {
            self.keep_alive = relayed.keep_alive;
            self.chunked = relayed.chunked;
            self.progress = now;
            if let Some(named) = relayed.named.take() {
                if let (Some(validity), true) = (named.validity, asked.keep_alive) {
                    let head = self.output.own()[before..].into();
                    *keep = Some(Answer { head, body: Arc::clone(&named.bytes), validity });
                }
                self.output.share(named.bytes);
            }
        }
        Ok(relayed)
    }

    /// Gives a valid answer again to the request whose head is the first `end` bytes.
    pub(super) fn repeat(&mut self, end: usize, answer: &Answer, door: &Shared, now: Instant) {
        // A head that has had an answer can be read; only a proxy's says something of the client.
        let head = if self.peer.trusted { head::parse(&self.input[..end]).ok() } else { None };
        let client = head.map_or(self.peer.address, |head| self.origin(&head, door).0);
        self.input.consume(end);
        self.give(answer, client, door, now);
    }

    /// The flight of its request, as long as that waits, if others can ask the same.
    pub(super) fn flight(&mut self) -> Option<&mut Flight> {
        if let Stage::Queued(request) = &mut self.stage { request.flight.as_mut() } else { None }
    }

    /// Whether it still waits for the landing of another's flight.
    pub(super) fn waits(&self, serial: u64) -> bool {
        self.serial == serial && matches!(&self.stage, Stage::Queued(Request { flight: Some(_), .. }))
    }

    /// Gives the answer to the same request of another client, which was passed on after this one's came.
    pub(super) fn share(&mut self, answer: &Answer, door: &Shared, now: Instant) {
        let client = self.flight().map(|flight| flight.client);
        let client = client.unwrap_or(self.peer.address);
        self.give(answer, client, door, now);
    }

    fn give(&mut self, answer: &Answer, client: IpAddr, door: &Shared, now: Instant) {
        self.output.own().extend(&answer.head);
        self.output.share(Arc::clone(&answer.body));
        self.keep_alive = true;
        self.progress = now;
        self.stage = Stage::Answered;
        door.stats.repeated.add();
        answer.validity.repeated(client);
    }

    /// Whether more of the answer may be buffered. A client that has taken everything always gets some more.
    pub(super) fn has_room(&self, door: &Shared) -> bool {
        let waiting = self.output.waiting();
        waiting == 0 || waiting < door.limits.answer_bytes && door.answers.total() < door.limits.answer_memory
    }

    /// Adds to the body of the answer.
    pub(super) fn push(&mut self, bytes: &[u8], now: Instant) {
        if self.output.is_empty() {
            self.progress = now;
        }
        if self.chunked && !bytes.is_empty() {
            self.output.push_chunk(bytes);
        } else {
            self.output.own().extend(bytes);
        }
    }

    /// The answer is whole.
    pub(super) fn end_answer(&mut self) {
        if self.chunked {
            self.output.push_chunk(b"");
        }
        self.held = false;
        self.stage = Stage::Answered;
    }

    /// The answer will never be whole: what there is of it goes out, and then the connection ends.
    pub(super) fn cut_off(&mut self) {
        self.keep_alive = false;
        self.held = false;
        self.stage = Stage::Answered;
    }

    /// Answers in the server's place and ends the connection.
    pub(super) fn refuse(&mut self, refusal: Refusal, door: &Shared, now: Instant) {
        let answer = match &self.stage {
            Stage::Body { request, .. } | Stage::Queued(request) => {
                door.refused(&request.head, "", refusal, self.peer.address)
            }
            _ => door.refused(&self.input, &door.base_path, refusal, self.peer.address),
        };
        self.turn_away(&answer, now);
    }

    /// The same for a request that upstream has; its head is that one.
    pub(super) fn refuse_late(&mut self, refusal: Refusal, head: &[u8], door: &Shared, now: Instant) {
        self.turn_away(&door.refused(head, "", refusal, self.peer.address), now);
    }

    /// Answers in those bytes and ends the connection.
    pub(super) fn turn_away(&mut self, answer: &[u8], now: Instant) {
        // What it has sent counts no more, and the memory for it is wanted.
        self.input.clear();
        self.output.own().extend(answer);
        self.keep_alive = false;
        self.lingers = true;
        self.held = false;
        self.progress = now;
        self.stage = Stage::Answered;
    }
}

impl Shared {
    /// Counts and logs a refusal of what `client` has sent, and puts it into bytes.
    fn refused(&self, head: &[u8], base_path: &str, refusal: Refusal, client: IpAddr) -> Vec<u8> {
        self.stats.count_refused(refusal.status);
        let (method, asked) = (target::method(head), target::guess(head, ""));
        let path = (self.shown)(asked.split(['?', '#']).next().unwrap_or_default());
        // 501 and 505 are the fault of the client.
        let level = if [429, 502, 503, 504, 507].contains(&refusal.status) { Level::Warn } else { Level::Info };
        log::log!(level, "{method} {} {} {client}: {}", path.escape_debug(), refusal.status, refusal.words);
        let path = target::guess(head, base_path);
        self.answer(refusal, &path, head.starts_with(b"HEAD "))
    }

    /// The bytes of a refusal.
    pub(super) fn answer(&self, refusal: Refusal, path: &str, is_head: bool) -> Vec<u8> {
        refusal.answer(path, is_head, self.refusal, self.clock.map(|clock| clock()))
    }
}
