//! What one client of a user sends and receives in packets: the sockets from which they leave, and what comes back
//! there.

use super::{
    guard::Over,
    key::{Key, Layout},
    meter::Way,
    packet::{self, Session},
    replay::Window,
    room::Place,
    user::User,
};
use socket2::SockRef;
use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    rc::{Rc, Weak},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::UdpSocket,
    task::{AbortHandle, JoinSet, consume_budget},
    time::Instant,
};

/// How long an association lives without packets (RFC 4787 asks for two minutes at the least).
pub(super) const ASSOCIATION_TTL: Duration = Duration::from_mins(2);
/// The most addresses, or names, that an association remembers as looked at.
const MAX_REMEMBERED: usize = 256;

/// By what a client is known again.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Client {
    Address(SocketAddr),
    Session(u64),
}

/// What one client sends and receives.
pub(super) struct Association {
    /// Where the client was last seen.
    pub(super) client: Cell<SocketAddr>,
    session: RefCell<Session>,
    pub(super) window: RefCell<Window>,
    pub(super) last: Cell<Instant>,
    /// For IPv4, and for IPv6.
    sockets: [RefCell<Option<Out>>; 2],
    /// Where packets may go, as far as that has been asked.
    lets: RefCell<HashSet<SocketAddr>>,
    names: RefCell<HashMap<Box<str>, (IpAddr, Instant)>>,
    /// How many names are being looked up.
    pub(super) waiting: Cell<usize>,
}

impl Association {
    pub(super) fn new(user: &User, from: SocketAddr, known: Client) -> Self {
        let mut session = Session { server: user.context.number(), ..Session::default() };
        if let Client::Session(client) = known {
            session.client = client;
        }
        Self {
            client: Cell::new(from),
            session: RefCell::new(session),
            window: RefCell::default(),
            last: Cell::new(Instant::now()),
            sockets: Default::default(),
            lets: RefCell::default(),
            names: RefCell::default(),
            waiting: Cell::new(0),
        }
    }

    /// Seals a packet from there to the client.
    fn seal(&self, key: &Key, from: SocketAddr, payload: &[u8], salt: &[u8; 32], now: u64, sealed: &mut Vec<u8>) {
        packet::seal(key, from, payload, &mut self.session.borrow_mut(), salt, now, sealed);
    }

    pub(super) fn remember(&self, name: Box<str>, ip: IpAddr) {
        let mut names = self.names.borrow_mut();
        if names.len() >= MAX_REMEMBERED {
            names.clear();
        }
        names.insert(name, (ip, Instant::now()));
    }

    /// The address of a name that was looked up lately.
    pub(super) fn known(&self, name: &str) -> Option<IpAddr> {
        self.names.borrow().get(name).filter(|(_, at)| at.elapsed() < ASSOCIATION_TTL).map(|(ip, _)| *ip)
    }
}

/// A socket from which packets leave.
struct Out {
    socket: Rc<UdpSocket>,
    replies: AbortHandle,
    _place: Place,
}

impl Drop for Out {
    fn drop(&mut self) {
        self.replies.abort();
    }
}

pub(super) type Tasks = JoinSet<()>;

/// Sends a packet on, if it may go there.
pub(super) fn send(
    user: &Arc<User>,
    socket: &Rc<UdpSocket>,
    association: &Rc<Association>,
    tasks: &mut Tasks,
    to: SocketAddr,
    payload: &[u8],
) {
    let to = SocketAddr::new(to.ip().to_canonical(), to.port());
    let mut lets = association.lets.borrow_mut();
    if !lets.contains(&to) {
        if !user.context.guard.lets(to, Over::Udp) {
            return;
        }
        if lets.len() >= MAX_REMEMBERED {
            lets.clear();
        }
        lets.insert(to);
    }
    drop(lets);
    let Some(_leave) = user.meter.leave_for(payload.len()) else { return };
    let mut out = association.sockets[usize::from(to.is_ipv6())].borrow_mut();
    if out.is_none() {
        *out = open(user, socket, association, tasks, to.is_ipv6()).ok();
    }
    if let Some(out) = &*out
        // Past the runtime, which takes a new socket for one that cannot be written to yet.
        && SockRef::from(&*out.socket).send_to(payload, &to.into()).is_ok()
    {
        user.meter.count(Way::Up, payload.len());
        user.up.spend(payload.len());
        user.signal_if_used_up();
    }
}

fn open(
    user: &Arc<User>,
    socket: &Rc<UdpSocket>,
    association: &Rc<Association>,
    tasks: &mut Tasks,
    v6: bool,
) -> io::Result<Out> {
    let place = user.place(1).ok_or(ErrorKind::QuotaExceeded)?;
    let any: IpAddr = if v6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    let out = std::net::UdpSocket::bind((any, 0))?;
    out.set_nonblocking(true)?;
    let out = Rc::new(UdpSocket::from_std(out)?);
    let (user, socket, association) = (Arc::clone(user), Rc::clone(socket), Rc::downgrade(association));
    let replies = tasks.spawn_local(reply(user, socket, association, Rc::clone(&out)));
    Ok(Out { socket: out, replies, _place: place })
}

/// Sends what comes back to the client.
async fn reply(user: Arc<User>, socket: Rc<UdpSocket>, association: Weak<Association>, out: Rc<UdpSocket>) {
    let mut sealed = Vec::new();
    loop {
        consume_budget().await;
        user.down.ready().await;
        let mut buffer = user.context.pool.take();
        match out.try_recv_from(&mut buffer) {
            Ok((length, source)) => {
                let Some(association) = association.upgrade() else { return };
                let Some(_leave) = user.meter.leave_for(length) else { continue };
                let (salt, now) = (user.context.salt_of_packet(), user.context.now());
                association.seal(user.key.as_ref(), source, &buffer[..length], &salt, now, &mut sealed);
                drop(buffer);
                if user.key.layout() != Layout::Aead2022 {
                    user.context.is_new_packet(&sealed[..user.key.salt()]);
                }
                association.last.set(Instant::now());
                let client = association.client.get();
                drop(association);
                if socket.send_to(&sealed, client).await.is_ok() {
                    user.meter.count(Way::Down, length);
                    user.down.spend(length);
                    user.signal_if_used_up();
                }
                sealed.clear();
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                drop(buffer);
                sealed = Vec::new();
                if out.readable().await.is_err() {
                    return;
                }
            }
            // An earlier packet could not be delivered there.
            Err(_) => {}
        }
    }
}
