//! The bytes between a client and us, whatever they travel over.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};

use super::memory::Buffer;

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
}

#[derive(Debug)]
pub(super) struct Stream {
    socket: Socket,
}

impl Stream {
    pub(super) fn plain(socket: Socket) -> Self {
        Self { socket }
    }

    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        match &mut self.socket {
            Socket::Tcp(socket) => socket.register(registry, token, interest),
            Socket::Unix(socket) => socket.register(registry, token, interest),
        }
    }

    /// Reads once, by way of `scratch`, and appends what came.
    pub(super) fn read(&mut self, scratch: &mut [u8], into: &mut Buffer) -> io::Result<Got> {
        let count = match self.socket.read(scratch) {
            Ok(0) => return Ok(Got::End),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Got::Nothing),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(Got::Some),
            Err(error) => return Err(error),
        };
        into.extend(&scratch[..count]);
        Ok(if count < scratch.len() { Got::Last } else { Got::Some })
    }

    /// Writes once, the first part and then the second; says how many bytes of both are done with.
    pub(super) fn write(&mut self, first: &[u8], second: &[u8]) -> io::Result<usize> {
        if second.is_empty() {
            self.socket.write(first)
        } else {
            self.socket.write_vectored(&[IoSlice::new(first), IoSlice::new(second)])
        }
    }

    /// Sends what was written and still waits here; false when it has to wait longer.
    pub(super) fn flush(&mut self) -> io::Result<bool> {
        self.socket.flush().map(|()| true)
    }

    /// Tells the other side that nothing more comes.
    pub(super) fn end(&mut self) {
        let _ = match &self.socket {
            Socket::Tcp(socket) => socket.shutdown(Shutdown::Write),
            Socket::Unix(socket) => socket.shutdown(Shutdown::Write),
        };
    }
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
