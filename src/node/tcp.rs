//! One connection of a user: its greeting, the connection to where it wants to go, and the bytes between the two.

use super::{
    address::{self, Host, Target},
    guard::Over,
    key::Layout,
    meter::Way,
    pool::Buffer,
    resolve::PATIENCE,
    room::Stranger,
    stream::{Opener, SLOTS, Sealer, Slots},
    user::User,
};
use socket2::{SockRef, TcpKeepalive};
use std::{
    cell::Cell,
    io::{self, ErrorKind, IoSliceMut},
    net::{IpAddr, SocketAddr},
    pin::pin,
    rc::Rc,
    time::Duration,
};
use tokio::{
    net::{TcpSocket, TcpStream},
    task::{JoinSet, consume_budget},
    time::{Instant, sleep, timeout},
};

/// How long a connection may be quiet of which one side has ended.
const HALF_CLOSED: Duration = Duration::from_mins(5);
/// When a quiet connection is asked whether its other end is there, and how often before it is given up.
const KEEPALIVE: Duration = Duration::from_mins(2);
const KEEPALIVE_AGAIN: Duration = Duration::from_secs(30);
const KEEPALIVE_TRIES: u32 = 4;
/// How long an attempt to connect may take, and after what time the next address is tried beside it.
const CONNECT: Duration = Duration::from_secs(10);
const NEXT_ADDRESS: Duration = Duration::from_millis(300);
/// The most addresses of a name that are tried.
const ADDRESSES: usize = 6;

/// Serves a connection from its first byte to its last.
pub(super) async fn serve(user: Rc<User>, client: TcpStream, from: IpAddr, stranger: Stranger) {
    settle(&client);
    let greeting = tokio::select! {
        greeting = greet(&user, &client) => greeting,
        () = stranger.must_go() => return,
    };
    let Ok(greeting) = greeting else {
        // A prober learns neither what was wrong nor when that was seen.
        tokio::select! { () = swallow(&user, &client) => {}, () = stranger.must_go() => {} }
        return;
    };
    drop(stranger);
    let link = Link { user, from, touched: Cell::new(None) };
    if link.touch().is_err() {
        return;
    }
    let Ok(target) = connect(&link.user, &greeting.target).await else { return };
    settle(&target);
    if relay(&link, &client, &target, greeting).await.is_err() {
        // Neither side may take what it has for the whole.
        for side in [&client, &target] {
            let _ = SockRef::from(side).set_linger(Some(Duration::ZERO));
        }
    }
}

fn settle(stream: &TcpStream) {
    let keepalive =
        TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE_AGAIN).with_retries(KEEPALIVE_TRIES);
    let socket = SockRef::from(stream);
    // A connection without either works, too.
    let _ = socket.set_tcp_keepalive(&keepalive).and_then(|()| socket.set_tcp_nodelay(true));
}

/// What a client begins with.
struct Greeting {
    target: Target,
    opener: Opener,
    /// Payload that has come with it.
    first: Vec<u8>,
    /// What has come behind it and is not whole yet.
    rest: Vec<u8>,
}

async fn greet(user: &User, client: &TcpStream) -> io::Result<Greeting> {
    let mut opener = Opener::new(Rc::clone(&user.key));
    let (mut sealed, mut opened) = (Vec::new(), Vec::new());
    loop {
        client.readable().await?;
        match user.context.with_scratch(|scratch| {
            client.try_read(scratch).map(|read| {
                sealed.extend_from_slice(&scratch[..read]);
                read > 0
            })
        }) {
            Ok(true) => {}
            Ok(false) => return Err(ErrorKind::UnexpectedEof.into()),
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
            if chunks > 0 && padded || opened.len() > address::LONGEST {
                return Err(ErrorKind::InvalidData.into());
            }
            continue;
        };
        if !user.context.salts.borrow_mut().note(opener.salt()) {
            return Err(ErrorKind::InvalidData.into());
        }
        opened.drain(..begin);
        return Ok(Greeting { target, opener, first: opened, rest: sealed });
    }
}

/// Reads what a stranger sends until they have enough of it.
async fn swallow(user: &User, client: &TcpStream) {
    while client.readable().await.is_ok() {
        match user.context.with_scratch(|scratch| client.try_read(scratch)) {
            Ok(1..) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
        }
        consume_budget().await;
    }
}

/// Connects to where a user wants to go and may.
async fn connect(user: &User, target: &Target) -> io::Result<TcpStream> {
    let addresses = match &target.host {
        Host::Ip(ip) => vec![*ip],
        Host::Name(name) => timeout(PATIENCE, user.context.resolve.look_up(name)).await??,
    };
    let mut open: Vec<SocketAddr> = addresses.into_iter().map(|ip| SocketAddr::new(ip, target.port)).collect();
    open.retain(|address| user.context.guard.lets(*address, Over::Tcp));
    open.truncate(ADDRESSES);
    let mut attempts = JoinSet::new();
    let mut last = io::Error::from(ErrorKind::PermissionDenied);
    let mut left = open.into_iter();
    loop {
        let begun = left.next().map(|address| attempts.spawn_local(attempt(address))).is_some();
        if attempts.is_empty() {
            return Err(last);
        }
        let patience = if left.len() > 0 { NEXT_ADDRESS } else { CONNECT };
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
    timeout(CONNECT, socket.connect(address)).await?
}

/// Who the bytes belong to.
struct Link {
    user: Rc<User>,
    from: IpAddr,
    touched: Cell<Option<Instant>>,
}

impl Link {
    /// Notes that a byte has moved; an error if the user is connected from too many other places by now.
    fn touch(&self) -> io::Result<()> {
        let now = Instant::now();
        if self.touched.get().is_some_and(|at| now.saturating_duration_since(at) < Duration::from_secs(1)) {
            return Ok(());
        }
        self.touched.set(Some(now));
        if self.user.devices.admit(self.from, now) { Ok(()) } else { Err(ErrorKind::QuotaExceeded.into()) }
    }

    /// Waits until nothing has moved for a while.
    async fn quiet(&self) {
        while let Some(at) = self.touched.get() {
            let left = HALF_CLOSED.saturating_sub(at.elapsed());
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}

/// Moves bytes both ways until both sides have ended.
async fn relay(link: &Link, client: &TcpStream, target: &TcpStream, greeting: Greeting) -> io::Result<()> {
    let Greeting { opener, first, rest, .. } = greeting;
    let salt = link.user.context.salt(opener.salt().len());
    // What we send is nothing that a client sends.
    link.user.context.salts.borrow_mut().note(&salt);
    let sealer = Sealer::new(Rc::clone(&link.user.key), salt, opener.salt());
    let mut up = pin!(up(link, client, target, opener, first, rest));
    let mut down = pin!(down(link, client, target, sealer));
    let (ended, result) = tokio::select! {
        result = &mut up => (Way::Up, result),
        result = &mut down => (Way::Down, result),
    };
    result?;
    tokio::select! {
        result = up, if ended == Way::Down => result,
        result = down, if ended == Way::Up => result,
        () = link.quiet() => Ok(()),
    }
}

async fn up(
    link: &Link,
    client: &TcpStream,
    target: &TcpStream,
    mut opener: Opener,
    first: Vec<u8>,
    mut kept: Vec<u8>,
) -> io::Result<()> {
    let user = &*link.user;
    if !deliver(link, target, &first).await? {
        return Ok(());
    }
    drop(first);
    let mut held: Option<Buffer> = None;
    let mut filled = kept.len();
    loop {
        consume_budget().await;
        let most = user.up.ready().await;
        let mut buffer = held.take().unwrap_or_else(|| {
            let mut buffer = user.context.pool.take();
            buffer[..kept.len()].copy_from_slice(&kept);
            kept = Vec::new();
            buffer
        });
        let end = filled.saturating_add(most).min(buffer.len());
        match client.try_read(&mut buffer[filled..end]) {
            Ok(0) if filled == 0 => return end_of(target),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                // Nothing to do is nothing to hold.
                kept = buffer[..filled].to_vec();
                drop(buffer);
                client.readable().await?;
                continue;
            }
            Err(error) => return Err(error),
        }
        let (mut at, mut opened) = (0, 0);
        let now = user.context.now();
        while let Some(range) = opener.open(&mut buffer[..filled], &mut at, now).map_err(|_| ErrorKind::InvalidData)? {
            let length = range.len();
            buffer.copy_within(range, opened);
            opened += length;
        }
        if !deliver(link, target, &buffer[..opened]).await? {
            return Ok(());
        }
        buffer.copy_within(at..filled, 0);
        filled -= at;
        held = (filled > 0).then_some(buffer);
    }
}

/// Writes payload to where it goes, and counts it; whether all of it was taken. A target that takes no more may have
/// more to say.
async fn deliver(link: &Link, target: &TcpStream, payload: &[u8]) -> io::Result<bool> {
    let user = &*link.user;
    let mut sent = 0;
    while sent < payload.len() {
        let left = user.meter.left();
        if left == 0 {
            user.wait_for_room().await;
            continue;
        }
        let end = sent.saturating_add(left).min(payload.len());
        match target.try_write(&payload[sent..end]) {
            Ok(wrote) if wrote > 0 => {
                sent += wrote;
                user.meter.count(Way::Up, wrote);
                user.up.spend(wrote);
                link.touch()?;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => target.writable().await?,
            Ok(_) | Err(_) => return Ok(false),
        }
    }
    Ok(true)
}

async fn down(link: &Link, client: &TcpStream, target: &TcpStream, mut sealer: Sealer) -> io::Result<()> {
    let user = &*link.user;
    loop {
        consume_budget().await;
        target.readable().await?;
        let most = user.down.ready().await;
        let left = user.meter.left();
        if left == 0 {
            user.wait_for_room().await;
            continue;
        }
        let mut buffer = user.context.pool.take();
        let slots = sealer.slots(buffer.len());
        let slots = slots.filled(slots.room().min(most).min(left));
        let read = match read_into(target, &mut buffer, &slots) {
            Ok(0) => return end_of(client),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        let on_the_way = user.meter.on_the_way(read);
        let slots = slots.filled(read);
        sealer.seal(&mut buffer, &slots, user.context.now());
        user.down.spend(read);
        let (mut sent, mut counted) = (0, 0);
        while sent < slots.end() {
            match client.try_write(&buffer[sent..slots.end()]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(wrote) => {
                    sent += wrote;
                    let readable = slots.readable(sent);
                    user.meter.count(Way::Down, readable - counted);
                    counted = readable;
                    link.touch()?;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => client.writable().await?,
                Err(error) => return Err(error),
            }
        }
        drop(on_the_way);
    }
}

/// Reads into several places at once.
fn read_into(from: &TcpStream, buffer: &mut [u8], slots: &Slots) -> io::Result<usize> {
    let mut rest = buffer;
    let mut at = 0;
    let mut places: [IoSliceMut<'_>; SLOTS] = std::array::from_fn(|_| IoSliceMut::new(&mut []));
    let mut count = 0;
    for range in slots.iter() {
        let (_, behind) = rest.split_at_mut(range.start - at);
        let (place, behind) = behind.split_at_mut(range.len());
        places[count] = IoSliceMut::new(place);
        count += 1;
        rest = behind;
        at = range.end;
    }
    from.try_read_vectored(&mut places[..count])
}

/// Tells the other side that nothing more comes. One that has gone meanwhile knows.
fn end_of(other: &TcpStream) -> io::Result<()> {
    match SockRef::from(other).shutdown(std::net::Shutdown::Write) {
        Err(error) if error.kind() != ErrorKind::NotConnected => Err(error),
        _ => Ok(()),
    }
}
