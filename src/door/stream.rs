//! The bytes between a client and us, in the clear or inside of TLS.

use std::io::{self, BufRead, ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use rustls::ServerConnection;

use super::budget::Buffer;

/// The first byte of everything that begins with a TLS handshake.
const HANDSHAKE: u8 = 22;

/// A socket that does not block.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// What one attempt to read brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Got {
    /// Bytes, and there may be more.
    Some,
    /// Bytes, and there are no more for now.
    Last,
    /// Nothing for now.
    Nothing,
    /// The other side has ended.
    End,
    /// Bytes in the clear where TLS was expected; so we go on in the clear.
    Clear,
}

#[derive(Debug)]
pub(super) struct Stream {
    socket: Socket,
    tls: Option<Box<ServerConnection>>,
    /// Whether anything was read.
    begun: bool,
    /// Whether the other side has said, inside of TLS, that it is done.
    done: bool,
}

impl Stream {
    pub(super) fn clear(socket: Socket) -> Self {
        Self { socket, tls: None, begun: false, done: false }
    }

    pub(super) fn secure(socket: Socket, tls: ServerConnection) -> Self {
        Self { socket, tls: Some(Box::new(tls)), begun: false, done: false }
    }

    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        match &mut self.socket {
            Socket::Tcp(socket) => socket.register(registry, token, interest),
            Socket::Unix(socket) => socket.register(registry, token, interest),
        }
    }

    pub(super) fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// Reads once, by way of `scratch`, and appends what came.
    pub(super) fn read(&mut self, scratch: &mut [u8], into: &mut Buffer) -> io::Result<Got> {
        if self.done {
            return Ok(Got::End);
        }
        let count = match self.socket.read(scratch) {
            Ok(0) => return Ok(Got::End),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Got::Nothing),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(Got::Some),
            Err(error) => return Err(error),
        };
        let bytes = &scratch[..count];
        let first = !std::mem::replace(&mut self.begun, true);
        match &mut self.tls {
            Some(_) if first && bytes[0] != HANDSHAKE => {
                self.tls = None;
                into.extend(bytes);
                return Ok(Got::Clear);
            }
            Some(tls) => match decrypt(tls, bytes, into) {
                Ok(false) => {}
                Ok(true) => {
                    self.done = true;
                    return Ok(Got::Some);
                }
                Err(error) => {
                    // The alert says what was wrong; it does not matter whether it arrives.
                    let _ = tls.write_tls(&mut self.socket);
                    return Err(error);
                }
            },
            None => into.extend(bytes),
        }
        Ok(if count < scratch.len() { Got::Last } else { Got::Some })
    }

    /// Whether bytes that were written still wait here.
    pub(super) fn is_sending(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Sends what waits, then takes of the first part and then of the second; says how many bytes of
    /// both it took. It may be none, when there was enough to be sent.
    pub(super) fn write(&mut self, first: &[u8], second: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            let sent = if second.is_empty() {
                self.socket.write(first)
            } else {
                self.socket.write_vectored(&[IoSlice::new(first), IoSlice::new(second)])
            };
            return sent.and_then(|count| if count == 0 { Err(ErrorKind::WriteZero.into()) } else { Ok(count) });
        };
        if tls.wants_write() {
            return tls.write_tls(&mut self.socket).map(|_| 0);
        }
        let count = tls.writer().write_vectored(&[IoSlice::new(first), IoSlice::new(second)])?;
        match tls.write_tls(&mut self.socket) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(count),
        }
    }

    /// Tells the other side that nothing more comes.
    pub(super) fn end(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            let _ = tls.write_tls(&mut self.socket);
        }
        let _ = match &self.socket {
            Socket::Tcp(socket) => socket.shutdown(Shutdown::Write),
            Socket::Unix(socket) => socket.shutdown(Shutdown::Write),
        };
    }
}

/// Takes all the bytes; true when the other side has said that it is done.
fn decrypt(tls: &mut ServerConnection, mut bytes: &[u8], into: &mut Buffer) -> io::Result<bool> {
    while !bytes.is_empty() {
        if tls.read_tls(&mut bytes)? == 0 {
            return Ok(true);
        }
        let state = tls.process_new_packets().map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        let mut left = state.plaintext_bytes_to_read();
        while left > 0 {
            let mut reader = tls.reader();
            let plain = reader.fill_buf()?;
            let count = plain.len();
            into.extend(plain);
            reader.consume(count);
            left -= count;
        }
        if state.peer_has_closed() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.read(into),
            Self::Unix(socket) => socket.read(into),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.write(from),
            Self::Unix(socket) => socket.write(from),
        }
    }

    fn write_vectored(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.write_vectored(from),
            Self::Unix(socket) => socket.write_vectored(from),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
