//! A request of a client, collected with its body.

use std::net::IpAddr;
use std::time::Instant;

use crate::bridge::Class;

use super::answer::Asked;
use super::answer_cache::Flight;
use super::body::Decoder;
use super::budget::Buffer;
use super::refusal::Refusal;
use super::upload::UploadFile;

/// A whole request on its way to the server.
#[derive(Debug)]
pub(super) struct Request {
    pub head: Vec<u8>,
    pub body: Buffer,
    /// Where its body is instead, if that is large.
    pub upload: Option<UploadFile>,
    pub asked: Asked,
    /// What other clients could ask for as well, if no body follows.
    pub flight: Option<Flight>,
    pub class: Class,
    /// The address of the client, behind the proxies that are believed.
    pub client: IpAddr,
    /// When it may go on, if it has to wait for having a token that may be a guess.
    pub delayed_until: Option<Instant>,
}

impl Request {
    /// Takes what belongs to the body off the front of `input`, and says how many bytes that were.
    pub(super) fn take(&mut self, decoder: &mut Decoder, input: &[u8], now: Instant) -> Result<usize, Refusal> {
        let Some(upload) = &mut self.upload else {
            return decoder.feed(input, |part| self.body.extend(part));
        };
        let used = decoder.feed(input, |part| upload.write(part, now)).map_err(|refusal| upload.too_large(refusal))?;
        upload.is_sound().map(|()| used)
    }
}
