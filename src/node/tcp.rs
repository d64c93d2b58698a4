//! One connection of a user, from its first byte to its last.

// An `async fn` has room for its arguments twice, in each quiet connection.
#![allow(clippy::manual_async_fn)]

use super::{
    dial, greeting,
    room::{Place, Stranger},
    threads::Seat,
    transfer::{self, Link},
    user::User,
};
use socket2::{SockRef, TcpKeepalive};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::net::TcpStream;

/// When a quiet connection is asked whether its other end is there, and how often before it is given up.
const KEEPALIVE_IDLE: Duration = Duration::from_mins(2);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const MAX_KEEPALIVE_PROBES: u32 = 4;

/// Serves a connection from its first byte to its last. What it holds is dropped last to first: a stranger has gone
/// when its files are closed.
pub(super) fn serve(
    stranger: Box<Stranger>,
    held: (Place, Seat),
    user: Arc<User>,
    client: std::net::TcpStream,
    from: IpAddr,
) -> impl Future<Output = ()> + Send {
    async move {
        // Held from the beginning, and so dropped before `stranger`.
        let _ = &held;
        // Only here is the thread known on which it is waited for.
        let Ok(client) = TcpStream::from_std(client) else { return };
        set_options(&client);
        let greeting = tokio::select! {
            greeting = greeting::read(&user, &client) => greeting,
            () = stranger.must_go() => return,
        };
        let Ok(mut greeting) = greeting else {
            // A prober learns neither what was wrong nor when that was seen.
            tokio::select! { () = greeting::swallow(&user, &client) => {}, () = stranger.must_go() => {} }
            return;
        };
        drop(stranger);
        let link = Link::new(user, from);
        if link.touch().is_err() {
            return;
        }
        let Ok(target) = dial::connect(&link.user, &greeting.target).await else { return };
        set_options(&target);
        if transfer::both_ways(&link, &client, &target, &mut greeting).await.is_err() {
            // Neither side may take what it has for the whole.
            for side in [&client, &target] {
                let _ = SockRef::from(side).set_linger(Some(Duration::ZERO));
            }
        }
    }
}

fn set_options(stream: &TcpStream) {
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_IDLE)
        .with_interval(KEEPALIVE_INTERVAL)
        .with_retries(MAX_KEEPALIVE_PROBES);
    let socket = SockRef::from(stream);
    // A connection without either works, too.
    let _ = socket.set_tcp_keepalive(&keepalive).and_then(|()| socket.set_tcp_nodelay(true));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size<A, B, C, D, E, F>(_: impl FnOnce(A, B, C, D, E) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_connection_without_its_ciphers_takes_little() {
        assert!(size(serve) <= 1504, "{} bytes", size(serve));
    }
}
