//! The bytes of a connection, opened one way and sealed the other, counted and kept to the limits of their user.

use super::{
    greeting::Greeting,
    meter::Way,
    pool::Buffer,
    stream::{Opener, SLOTS, Sealer, Slots},
    user::User,
};
use socket2::SockRef;
use std::{
    cell::Cell,
    io::{self, ErrorKind, IoSliceMut},
    net::IpAddr,
    pin::pin,
    rc::Rc,
    time::Duration,
};
use tokio::{
    net::TcpStream,
    task::consume_budget,
    time::{Instant, sleep},
};

/// How long a connection may be quiet of which one side has ended.
const HALF_CLOSED_TIMEOUT: Duration = Duration::from_mins(5);

/// The user and the address that the bytes belong to.
pub(super) struct Link {
    pub(super) user: Rc<User>,
    from: IpAddr,
    touched: Cell<Option<Instant>>,
}

impl Link {
    pub(super) fn new(user: Rc<User>, from: IpAddr) -> Self {
        Self { user, from, touched: Cell::new(None) }
    }

    /// Notes that a byte has moved; an error if the user is connected from too many other places by now.
    pub(super) fn touch(&self) -> io::Result<()> {
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
            let left = HALF_CLOSED_TIMEOUT.saturating_sub(at.elapsed());
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}

/// Moves bytes both ways until both sides have ended.
pub(super) async fn both_ways(
    link: &Link,
    client: &TcpStream,
    target: &TcpStream,
    greeting: &mut Greeting,
) -> io::Result<()> {
    let mut sealer = sealer(&link.user, &greeting.opener);
    // They borrow what they use: what is moved into a future is in it twice.
    let mut up = pin!(up(link, client, target, greeting));
    let mut down = pin!(down(link, client, target, &mut sealer));
    let (ended, result) = tokio::select! {
        result = &mut up => (Way::Up, result),
        result = &mut down => (Way::Down, result),
    };
    result?;
    tokio::select! {
        result = up, if ended == Way::Down => result,
        result = down, if ended == Way::Up => result,
        // Few connections come this far, and none needs room for it until then.
        () = Box::pin(link.quiet()) => Ok(()),
    }
}

/// What seals the answer to a client that has begun so.
fn sealer(user: &User, opener: &Opener) -> Sealer {
    let salt = user.context.salt(opener.salt().len());
    // What we send is nothing that a client sends.
    user.context.salts.borrow_mut().note(&salt);
    Sealer::new(Rc::clone(&user.key), salt, opener.salt())
}

async fn up(link: &Link, client: &TcpStream, target: &TcpStream, greeting: &mut Greeting) -> io::Result<()> {
    let user = &*link.user;
    if !deliver(link, target, &greeting.first).await? {
        return Ok(());
    }
    greeting.first = Vec::new();
    let Greeting { opener, rest: kept, .. } = greeting;
    let mut held: Option<Buffer> = None;
    let mut filled = kept.len();
    loop {
        consume_budget().await;
        let most = user.up.ready().await;
        let mut buffer = held.take().unwrap_or_else(|| {
            let mut buffer = user.context.pool.take();
            buffer[..kept.len()].copy_from_slice(kept);
            *kept = Vec::new();
            buffer
        });
        let end = filled.saturating_add(most).min(buffer.len());
        match client.try_read(&mut buffer[filled..end]) {
            Ok(0) if filled == 0 => return end_of(target),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                // Nothing to do is nothing to hold.
                *kept = buffer[..filled].to_vec();
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

async fn down(link: &Link, client: &TcpStream, target: &TcpStream, sealer: &mut Sealer) -> io::Result<()> {
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
        let mut slots = sealer.slots(buffer.len());
        slots = slots.filled(slots.room().min(most).min(left));
        let read = match read_into(target, &mut buffer, &slots) {
            Ok(0) => return end_of(client),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        let on_the_way = user.meter.on_the_way(read);
        slots = slots.filled(read);
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
