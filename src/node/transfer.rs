//! The bytes of a connection, opened one way and sealed the other, counted and kept to the limits of their user.

// An `async fn` has room for its arguments twice, in each quiet connection.
#![allow(clippy::manual_async_fn)]

use super::{
    greeting::Greeting,
    meter::Way,
    pieces::Pieces,
    pool::Buffer,
    stream::{Opener, SLOTS, Sealer, Slots},
    user::User,
};
use crate::model::lock;
use socket2::SockRef;
use std::{
    io::{self, ErrorKind, IoSliceMut},
    net::IpAddr,
    pin::pin,
    sync::{Arc, Mutex},
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
    pub(super) user: Arc<User>,
    from: IpAddr,
    touched: Mutex<Option<Instant>>,
}

impl Link {
    pub(super) fn new(user: Arc<User>, from: IpAddr) -> Self {
        Self { user, from, touched: Mutex::default() }
    }

    /// Notes that a byte has moved; an error if the user is connected from too many other places by now.
    pub(super) fn touch(&self) -> io::Result<()> {
        let now = Instant::now();
        let mut touched = lock(&self.touched);
        if touched.is_some_and(|at| now.saturating_duration_since(at) < Duration::from_secs(1)) {
            return Ok(());
        }
        *touched = Some(now);
        drop(touched);
        if self.user.devices.admit(self.from, now) { Ok(()) } else { Err(ErrorKind::QuotaExceeded.into()) }
    }

    /// Waits until nothing has moved for a while.
    async fn quiet(&self) {
        loop {
            let touched = *lock(&self.touched);
            let left = touched.map_or(Duration::ZERO, |at| HALF_CLOSED_TIMEOUT.saturating_sub(at.elapsed()));
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}

/// Moves bytes both ways until both sides have ended.
pub(super) fn both_ways(
    link: &Link,
    client: &TcpStream,
    target: &TcpStream,
    greeting: &mut Greeting,
) -> impl Future<Output = io::Result<()>> + Send {
    async move {
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
}

/// What seals the answer to a client that has begun so.
fn sealer(user: &User, opener: &Opener) -> Sealer {
    let salt = user.context.salt(opener.salt().len());
    // What we send is nothing that a client sends.
    user.context.is_new(&salt);
    Sealer::new(Arc::clone(&user.key), salt, opener.salt())
}

fn up(
    link: &Link,
    client: &TcpStream,
    target: &TcpStream,
    greeting: &mut Greeting,
) -> impl Future<Output = io::Result<()>> + Send {
    async move {
        let user = &*link.user;
        let first = std::mem::take(&mut greeting.first);
        if !deliver(link, target, &first, &Pieces::whole(&first)).await? {
            return Ok(());
        }
        drop(first);
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
            let mut at = 0;
            // A quiet connection has no room for it.
            let mut opened = Box::<Pieces>::default();
            let now = user.context.now();
            while let Some(range) =
                opener.open(&mut buffer[..filled], &mut at, now).map_err(|_| ErrorKind::InvalidData)?
            {
                opened.push(&mut buffer, range);
            }
            if !deliver(link, target, &buffer, &opened).await? {
                return Ok(());
            }
            buffer.copy_within(at..filled, 0);
            filled -= at;
            held = (filled > 0).then_some(buffer);
        }
    }
}

/// Writes payload to where it goes, and counts it; whether all of it was taken. A target that takes no more may have
/// more to say.
fn deliver(
    link: &Link,
    target: &TcpStream,
    buffer: &[u8],
    payload: &Pieces,
) -> impl Future<Output = io::Result<bool>> + Send {
    async move {
        let user = &*link.user;
        let all = payload.len();
        let mut sent = 0;
        while sent < all {
            let Some(leave) = user.meter.leave(all - sent) else {
                user.wait_for_room().await;
                continue;
            };
            let (slices, count) = payload.slices(buffer, sent, leave.bytes());
            match target.try_write_vectored(&slices[..count]) {
                Ok(wrote) if wrote > 0 => {
                    sent += wrote;
                    user.meter.count(Way::Up, wrote);
                    drop(leave);
                    user.up.spend(wrote);
                    link.touch()?;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    drop(leave);
                    target.writable().await?;
                }
                Ok(_) | Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }
}

fn down(
    link: &Link,
    client: &TcpStream,
    target: &TcpStream,
    sealer: &mut Sealer,
) -> impl Future<Output = io::Result<()>> + Send {
    async move {
        let user = &*link.user;
        loop {
            consume_budget().await;
            target.readable().await?;
            let most = user.down.ready().await;
            let mut buffer = user.context.pool.take();
            let mut slots = Box::new(sealer.slots(buffer.len()));
            let Some(mut leave) = user.meter.leave(slots.room().min(most)) else {
                drop(buffer);
                user.wait_for_room().await;
                continue;
            };
            *slots = slots.filled(leave.bytes());
            let read = match read_into(target, &mut buffer, &slots) {
                Ok(0) => return end_of(client),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error),
            };
            leave.shrink(read);
            *slots = slots.filled(read);
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
            drop(leave);
        }
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
