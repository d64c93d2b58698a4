//! What a client begins a connection with, by which it shows that it is one of the user's.

use super::{
    address::{self, Target},
    key::Layout,
    stream::Opener,
    user::User,
};
use std::{
    io::{self, ErrorKind},
    sync::Arc,
};
use tokio::{net::TcpStream, task::consume_budget};

/// What a client begins with.
pub(super) struct Greeting {
    pub(super) target: Target,
    pub(super) opener: Opener,
    /// Payload that has come with it.
    pub(super) first: Vec<u8>,
    /// What has come behind it and is not whole yet.
    pub(super) rest: Vec<u8>,
}

/// Reads the greeting; an error for what no client of this user sends.
pub(super) async fn read(user: &User, client: &TcpStream) -> io::Result<Greeting> {
    let mut opener = Opener::new(Arc::clone(&user.key));
    let (mut sealed, mut opened) = (Vec::new(), Vec::new());
    loop {
        client.readable().await?;
        match read_some(user, client, &mut sealed) {
            Ok(1..) => {}
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        }
        let mut at = 0;
        let now = user.context.now();
        let mut chunks = 0;
        while let Some(range) = opener.open(&mut sealed, &mut at, now).map_err(|_| ErrorKind::InvalidData)? {
            opened.extend_from_slice(&sealed[range]);
            chunks += 1;
        }
        sealed.drain(..at);
        let padded = user.key.layout() == Layout::Aead2022;
        let parsed = address::greeting(&opened, padded).map_err(|address::NoAddress| ErrorKind::InvalidData)?;
        let Some((target, begin)) = parsed else {
            // The whole header of SIP022 is in its first chunk.
            if chunks > 0 && padded || opened.len() > address::MAX_ADDRESS_BYTES {
                return Err(ErrorKind::InvalidData.into());
            }
            continue;
        };
        if !user.context.is_new(opener.salt()) {
            return Err(ErrorKind::InvalidData.into());
        }
        opened.drain(..begin);
        return Ok(Greeting { target, opener, first: opened, rest: sealed });
    }
}

/// Appends what has come, and says how much that is.
fn read_some(user: &User, client: &TcpStream, to: &mut Vec<u8>) -> io::Result<usize> {
    let mut buffer = user.context.pool.take();
    let read = client.try_read(&mut buffer)?;
    to.extend_from_slice(&buffer[..read]);
    Ok(read)
}

/// Reads what a stranger sends until they have enough of it.
pub(super) async fn swallow(user: &User, client: &TcpStream) {
    while client.readable().await.is_ok() {
        match client.try_read(&mut user.context.pool.take()) {
            Ok(1..) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
        }
        consume_budget().await;
    }
}
