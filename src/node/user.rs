//! One user while they are let in: their port, and everything that goes through it.

use super::{
    context::Context,
    key::Key,
    limits::{Devices, Speed},
    meter::Meter,
    plan::Wanted,
    room::{Place, Share},
    tcp, udp,
};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::Notify,
    task::{JoinSet, yield_now},
    time::{Instant, interval, sleep},
};

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;
/// When a port that could not be had is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// How long no connection is accepted if there are no files for it.
const NO_FILES: Duration = Duration::from_millis(200);
/// How often quiet devices are forgotten.
const SWEEP: Duration = Duration::from_secs(5);

/// What all that a user does has in common.
pub(super) struct User {
    pub(super) id: i64,
    port: u16,
    pub(super) key: Rc<Key>,
    pub(super) meter: Arc<Meter>,
    pub(super) up: Speed,
    pub(super) down: Speed,
    pub(super) devices: Devices,
    pub(super) context: Rc<Context>,
    share: Rc<Share>,
    used_up: Notify,
}

impl User {
    pub(super) fn new(context: Rc<Context>, wanted: &Wanted, key: Key, meter: Arc<Meter>) -> Self {
        let user = Self {
            id: wanted.id,
            port: wanted.port,
            key: Rc::new(key),
            devices: Devices::new(Arc::clone(&meter)),
            meter,
            up: Speed::default(),
            down: Speed::default(),
            context,
            share: Rc::default(),
            used_up: Notify::new(),
        };
        user.adjust(wanted);
        user
    }

    /// Takes over limits that have changed.
    pub(super) fn adjust(&self, wanted: &Wanted) {
        self.up.set(wanted.speed);
        self.down.set(wanted.speed);
        self.devices.set(wanted.devices);
        self.meter.set_cap(wanted.cap);
    }

    /// Room for so many more files, if there is.
    pub(super) fn place(&self, files: usize) -> Option<Place> {
        let place = self.context.room.take(&self.share, files);
        if place.is_none() {
            self.meter.note_full();
        }
        place
    }

    /// The same, after those that have to go have had the time to.
    async fn place_soon(&self, files: usize) -> Option<Place> {
        match self.context.room.take(&self.share, files) {
            None => {
                yield_now().await;
                self.place(files)
            }
            place => place,
        }
    }

    /// Cuts the user off if they have used what they may.
    pub(super) fn note_used(&self) {
        if self.meter.used_up() {
            self.used_up.notify_one();
        }
    }

    /// For who finds nothing left to be moved: all is used up, or it is just being moved by others.
    pub(super) async fn wait_for_room(&self) {
        self.note_used();
        sleep(Duration::from_millis(20)).await;
    }

    /// Serves until all that may be moved has been. Everything ends when this is dropped.
    pub(super) async fn run(self: Rc<Self>) {
        let mut parts = JoinSet::new();
        parts.spawn_local(Rc::clone(&self).listen());
        parts.spawn_local(Rc::clone(&self).receive());
        let mut sweep = interval(SWEEP);
        loop {
            tokio::select! {
                () = self.used_up.notified() => if self.meter.used_up() { break },
                _ = sweep.tick() => self.devices.sweep(Instant::now()),
                // A part that panicked begins again.
                Some(ended) = parts.join_next() => {
                    Context::note_end(ended);
                    sleep(AGAIN).await;
                    parts.abort_all();
                    while parts.join_next().await.is_some() {}
                    parts.spawn_local(Rc::clone(&self).listen());
                    parts.spawn_local(Rc::clone(&self).receive());
                }
            }
        }
        // The ports are free only once their tasks have been seen to end.
        parts.shutdown().await;
        self.meter.set_devices(0);
    }

    async fn listen(self: Rc<Self>) {
        let (listener, _place) = self.bind("TCP", || self.tcp()).await;
        let _open = self.meter.note_open(self.port);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((client, from)) => {
                        // Two: the one to the target, too.
                        let Some(place) = self.place_soon(2).await else { continue };
                        let stranger = self.context.strangers.enter();
                        let user = Rc::clone(&self);
                        connections.spawn_local(async move {
                            let _place = place;
                            tcp::serve(user, client, from.ip(), stranger).await;
                        });
                    }
                    Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                    Err(_) => {
                        self.meter.note_full();
                        sleep(NO_FILES).await;
                    }
                },
                Some(ended) = connections.join_next() => Context::note_end(ended),
            }
        }
    }

    async fn receive(self: Rc<Self>) {
        let (socket, _place) = self.bind("UDP", || self.udp()).await;
        let meter = Arc::clone(&self.meter);
        let _open = meter.note_open(self.port);
        udp::serve(self, socket).await;
    }

    /// Takes the port, or tries again until it is free.
    async fn bind<T>(&self, kind: &'static str, open: impl Fn() -> io::Result<T>) -> (T, Place) {
        loop {
            let place = self.place(1).ok_or_else(|| ErrorKind::QuotaExceeded.into());
            match place.and_then(|place| Ok((open()?, place))) {
                Ok(bound) => {
                    self.context.told(self.id, kind, None);
                    return bound;
                }
                Err(error) => {
                    self.context.told(self.id, kind, Some((self.port, &error)));
                    sleep(AGAIN).await;
                }
            }
        }
    }

    fn tcp(&self) -> io::Result<TcpListener> {
        let socket = self.socket(Type::STREAM, Protocol::TCP)?;
        socket.listen(BACKLOG)?;
        TcpListener::from_std(socket.into())
    }

    fn udp(&self) -> io::Result<UdpSocket> {
        let socket = self.socket(Type::DGRAM, Protocol::UDP)?;
        UdpSocket::from_std(socket.into())
    }

    /// A socket for both families, or for IPv4 alone where there is no other.
    fn socket(&self, kind: Type, protocol: Protocol) -> io::Result<Socket> {
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
        match open(Domain::IPV6, (Ipv6Addr::UNSPECIFIED, self.port).into()) {
            Err(error) if error.kind() != ErrorKind::AddrInUse && error.kind() != ErrorKind::PermissionDenied => {
                open(Domain::IPV4, (Ipv4Addr::UNSPECIFIED, self.port).into())
            }
            socket => socket,
        }
    }
}
