//! The connection to where a user wants to go: the name is looked up, and its addresses are tried one beside the other.

use super::{
    address::{Host, Target},
    guard::Over,
    resolve::LOOKUP_TIMEOUT,
    user::User,
};
use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Duration,
};
use tokio::{
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::timeout,
};

/// How long an attempt to connect may take, and after what time the next address is tried beside it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const NEXT_ATTEMPT_DELAY: Duration = Duration::from_millis(300);
/// The most addresses of a name that are tried.
const MAX_ADDRESSES: usize = 6;

/// Connects to where a user wants to go and may.
pub(super) async fn connect(user: &User, target: &Target) -> io::Result<TcpStream> {
    let addresses = match &target.host {
        Host::Ip(ip) => vec![*ip],
        Host::Name(name) => timeout(LOOKUP_TIMEOUT, user.context.resolve.look_up(name)).await??,
    };
    let mut open: Vec<SocketAddr> = addresses.into_iter().map(|ip| SocketAddr::new(ip, target.port)).collect();
    open.retain(|address| user.context.guard.lets(*address, Over::Tcp));
    open.truncate(MAX_ADDRESSES);
    let mut attempts = JoinSet::new();
    let mut last = io::Error::from(ErrorKind::PermissionDenied);
    let mut left = open.into_iter();
    loop {
        let begun = left.next().map(|address| attempts.spawn(attempt(address))).is_some();
        if attempts.is_empty() {
            return Err(last);
        }
        let patience = if left.len() > 0 { NEXT_ATTEMPT_DELAY } else { CONNECT_TIMEOUT };
        match timeout(patience, attempts.join_next()).await {
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(error)))) => last = error,
            Err(_) if !begun => return Err(ErrorKind::TimedOut.into()),
            Ok(_) | Err(_) => {}
        }
    }
}

async fn attempt(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    timeout(CONNECT_TIMEOUT, socket.connect(address)).await?
}
