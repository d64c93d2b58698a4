//! The port of a user: taken, served over TCP and UDP, and given back when they are not let in any more.

use super::{context::Context, room::Place, tcp, udp, user::User};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, UdpSocket},
    task::JoinSet,
    time::{Instant, interval, sleep},
};

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;
/// When a port that could not be had is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(2);
/// How long no connection is accepted if there are no files for it.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(200);
/// How often quiet devices are forgotten.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Serves until all that may be moved has been. Everything ends when this is dropped.
pub(super) async fn run(user: Arc<User>) {
    let mut parts = JoinSet::new();
    parts.spawn_local(listen(Arc::clone(&user)));
    parts.spawn_local(receive(Arc::clone(&user)));
    let mut sweep = interval(SWEEP_INTERVAL);
    loop {
        tokio::select! {
            () = user.used_up.notified() => if user.meter.used_up() { break },
            _ = sweep.tick() => user.devices.sweep(Instant::now()),
            // A part that panicked begins again.
            Some(ended) = parts.join_next() => {
                Context::note_end(ended);
                sleep(RETRY_DELAY).await;
                parts.abort_all();
                while parts.join_next().await.is_some() {}
                parts.spawn_local(listen(Arc::clone(&user)));
                parts.spawn_local(receive(Arc::clone(&user)));
            }
        }
    }
    // The ports are free only once their tasks have been seen to end.
    parts.shutdown().await;
    user.closed().await;
    user.meter.set_devices(0);
}

async fn listen(user: Arc<User>) {
    let (listener, _place) = bind(&user, "TCP", || tcp_listener(user.port)).await;
    let _open = user.meter.note_open(user.port);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, from)) => {
                    let stranger = user.context.strangers.enter().await;
                    // Two: the one to the target, too.
                    let Some(place) = user.place(2) else { continue };
                    let Ok(client) = client.into_std() else { continue };
                    let Some((seat, runtime)) = user.context.threads.seat() else { continue };
                    let serve = tcp::serve(stranger, (place, seat), Arc::clone(&user), client, from.ip());
                    connections.spawn_on(serve, runtime);
                }
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(_) => {
                    user.meter.note_full();
                    sleep(ACCEPT_RETRY_DELAY).await;
                }
            },
            Some(ended) = connections.join_next() => Context::note_end(ended),
        }
    }
}

async fn receive(user: Arc<User>) {
    let (socket, _place) = bind(&user, "UDP", || udp_socket(user.port)).await;
    let meter = Arc::clone(&user.meter);
    let _open = meter.note_open(user.port);
    udp::serve(user, socket).await;
}

/// Takes the port, or tries again until it is free.
async fn bind<T>(user: &User, kind: &'static str, open: impl Fn() -> io::Result<T>) -> (T, Place) {
    loop {
        let place = user.place(1).ok_or_else(|| ErrorKind::QuotaExceeded.into());
        match place.and_then(|place| Ok((open()?, place))) {
            Ok(bound) => {
                user.context.told(user.id, kind, None);
                return bound;
            }
            Err(error) => {
                user.context.told(user.id, kind, Some((user.port, &error)));
                sleep(RETRY_DELAY).await;
            }
        }
    }
}

fn tcp_listener(port: u16) -> io::Result<TcpListener> {
    let socket = socket(port, Type::STREAM, Protocol::TCP)?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn udp_socket(port: u16) -> io::Result<UdpSocket> {
    let socket = socket(port, Type::DGRAM, Protocol::UDP)?;
    UdpSocket::from_std(socket.into())
}

/// A socket for both families, or for IPv4 alone where there is no other.
fn socket(port: u16, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let open = |domain, address: SocketAddr| -> io::Result<Socket> {
        let socket = Socket::new(domain, kind, Some(protocol))?;
        if domain == Domain::IPV6 {
            socket.set_only_v6(false)?;
        }
        if kind == Type::STREAM {
            SockRef::from(&socket).set_reuse_address(true)?;
        }
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        Ok(socket)
    };
    match open(Domain::IPV6, (Ipv6Addr::UNSPECIFIED, port).into()) {
        Err(error) if error.kind() != ErrorKind::AddrInUse && error.kind() != ErrorKind::PermissionDenied => {
            open(Domain::IPV4, (Ipv4Addr::UNSPECIFIED, port).into())
        }
        socket => socket,
    }
}
