//! A request in flight to the server, and the answer that comes back.

use std::io::{self, ErrorKind, IoSlice, Write};
use std::time::Instant;

use mio::net::UnixStream;

use crate::bridge::{self, Bridge, Lane, Ticket};

use super::answer::Asked;
use super::answer_cache::Flight;
use super::body::Decoder;
use super::budget::Buffer;
use super::client::Client;
use super::forward;
use super::request::Request;
use super::upload::UploadFile;

/// A request in flight.
#[derive(Debug)]
pub(super) struct Job {
    /// The client that gets the answer, unless it is gone.
    pub client: Option<usize>,
    pub head: Vec<u8>,
    body: Buffer,
    /// The file with its body, which lasts as long as the request.
    _upload: Option<UploadFile>,
    sent: usize,
    pub asked: Asked,
    /// What other clients may wait for, too.
    pub flight: Option<Flight>,
    pub lane: Lane,
    /// The body that was handed over.
    pub ticket: Option<Ticket>,
    /// When it was begun, or the server last said something.
    pub since: Instant,
    pub answer: Answer,
}

/// How far the answer has come.
#[derive(Debug)]
pub(super) enum Answer {
    Head,
    Body { decoder: Decoder, reusable: bool },
    Done { reusable: bool },
}

impl Job {
    pub(super) fn new(request: Request, client: usize, bridge: &Bridge, now: Instant) -> Self {
        let Request { mut head, mut body, upload, asked, flight, class, .. } = request;
        if let Some(upload) = &upload {
            upload.name(&mut head);
        }
        let hands_over = body.len() >= bridge::MIN_HANDED_OVER;
        let ticket = hands_over.then(|| bridge.requests.put(body.hand_over(), None));
        forward::finish(&mut head, body.len(), ticket);
        let (client, answer, lane) = (Some(client), Answer::Head, class.lane);
        Self { client, head, body, _upload: upload, sent: 0, asked, flight, lane, ticket, since: now, answer }
    }

    /// Whether the server has all of the request.
    pub(super) fn is_sent(&self) -> bool {
        self.sent == self.head.len() + self.body.len()
    }

    /// Sends what is left of the request, as long as the socket takes it.
    pub(super) fn send(&mut self, stream: &mut UnixStream, writable: &mut bool) -> io::Result<()> {
        while *writable && !self.is_sent() {
            let head = &self.head[self.sent.min(self.head.len())..];
            let body = &self.body[self.sent.saturating_sub(self.head.len())..];
            match stream.write_vectored(&[IoSlice::new(head), IoSlice::new(body)]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                    *writable = false;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Gives the client bytes of the answer's body.
    pub(super) fn take_body(&mut self, bytes: &[u8], client: &mut Option<&mut Client>, now: Instant) -> io::Result<()> {
        let Answer::Body { decoder, reusable } = &mut self.answer else {
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
            self.answer = Answer::Done { reusable: *reusable && used == bytes.len() };
            self.client = None;
            if let Some(client) = client.take() {
                client.end_answer();
            }
        }
        Ok(())
    }
}
