//! One connection, on which a client sends exactly what it is told.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// Longest that any test waits for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for a condition.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) trait Pipe: Read + Write + Send {}
impl<T: Read + Write + Send> Pipe for T {}

/// One connection to a server.
pub(crate) struct Wire {
    pipe: Box<dyn Pipe>,
    read: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Whether the head or the body has that line, its case aside.
    pub(crate) fn has(&self, line: &str) -> bool {
        self.head.lines().chain(self.text().lines()).any(|found| found.eq_ignore_ascii_case(line))
    }
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(stream)
    }

    /// The handshake is done when this returns, unless the server does not want to.
    pub(crate) fn secure(stream: TcpStream, tls: Arc<ClientConfig>) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = StreamOwned::new(ClientConnection::new(tls, name).unwrap(), stream);
        let _ = stream.flush();
        Self::over(stream)
    }

    pub(crate) fn over(pipe: impl Pipe + 'static) -> Self {
        Self { pipe: Box::new(pipe), read: Vec::new() }
    }

    /// Sends; that the server has hung up meanwhile is no failure.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.pipe.write_all(bytes.as_ref());
        let _ = self.pipe.flush();
    }

    /// Sends, and says whether all of it was taken.
    pub(crate) fn takes(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.pipe.write_all(bytes.as_ref()).and_then(|()| self.pipe.flush()).is_ok()
    }

    /// Reads some more, or says that there is an end.
    fn more(&mut self) -> bool {
        let mut some = vec![0; 64 << 10];
        match self.pipe.read(&mut some) {
            Ok(0) => false,
            Ok(count) => {
                self.read.extend(&some[..count]);
                true
            }
            // A read that may take only so long is not begun again by itself when the machine halts a process for a
            // while.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => true,
            Err(error) => {
                assert!(!matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "no answer");
                false
            }
        }
    }

    /// Reads one answer; nothing if the connection ends before.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        self.answer_to("GET")
    }

    pub(crate) fn answer_to(&mut self, method: &str) -> Option<Answer> {
        let end = loop {
            match self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None if !self.more() => return None,
                None => {}
            }
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).unwrap();
        let status: u16 = head.split(' ').nth(1)?.parse().unwrap();
        let value = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
        };
        let bare = method == "HEAD" || status < 200 || status == 204 || status == 304;
        let body = if bare {
            Vec::new()
        } else if let Some(length) = value("content-length") {
            let length = length.parse().unwrap();
            while self.read.len() < length && self.more() {}
            self.read.drain(..length.min(self.read.len())).collect()
        } else if value("transfer-encoding") == Some("chunked") {
            self.chunks()
        } else {
            self.rest()
        };
        Some(Answer { status, head, body })
    }

    fn chunks(&mut self) -> Vec<u8> {
        use mu_panel::door::body::{Decoder, Length};
        let mut decoder = Decoder::new(Length::Chunked, u64::MAX).unwrap();
        let mut body = Vec::new();
        loop {
            let used = decoder.feed(&self.read, |part| body.extend_from_slice(part)).unwrap();
            self.read.drain(..used);
            if decoder.is_done() || !self.more() {
                return body;
            }
        }
    }

    /// Whether the connection ends in good order: with TLS the other side has to say so.
    pub(crate) fn ends(&mut self) -> bool {
        let mut some = vec![0; 64 << 10];
        loop {
            match self.pipe.read(&mut some) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    /// Everything until the end.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.more() {}
        std::mem::take(&mut self.read)
    }
}
