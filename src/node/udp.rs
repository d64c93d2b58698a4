//! The packets of a user: each client's packets leave from a socket of their own, and what comes back there goes to
//! that client.

use super::{
    address::{Host, Target},
    context::Context,
    guard::Over,
    key::Layout,
    meter::Way,
    packet::{self, Once, Session},
    replay::Window,
    resolve::PATIENCE,
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
    time::Duration,
};
use tokio::{
    net::UdpSocket,
    task::{AbortHandle, JoinSet, consume_budget},
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// How long an association lives without packets (RFC 4787 asks for two minutes at the least).
const QUIET: Duration = Duration::from_mins(2);
/// How often quiet ones are looked for.
const SWEEP: Duration = Duration::from_secs(10);
/// The most associations of a user; the quietest makes room.
const MOST: usize = 512;
/// How many addresses, or names, an association remembers as looked at.
const REMEMBERED: usize = 256;
/// The most names of a user that are being looked up.
const LOOKUPS: usize = 64;

/// By what a client is known again.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    Address(SocketAddr),
    Session(u64),
}

/// What one client sends and receives.
struct Association {
    /// Where the client was last seen.
    client: Cell<SocketAddr>,
    session: RefCell<Session>,
    window: RefCell<Window>,
    last: Cell<Instant>,
    /// For IPv4, and for IPv6.
    sockets: [RefCell<Option<Out>>; 2],
    /// Where packets may go, as far as that has been asked.
    lets: RefCell<HashSet<SocketAddr>>,
    names: RefCell<HashMap<Box<str>, (IpAddr, Instant)>>,
    waiting: Cell<usize>,
}

impl Association {
    fn remember(&self, name: Box<str>, ip: IpAddr) {
        let mut names = self.names.borrow_mut();
        if names.len() >= REMEMBERED {
            names.clear();
        }
        names.insert(name, (ip, Instant::now()));
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

type Tasks = JoinSet<()>;

/// Serves the packets that come to a user's port.
pub(super) async fn serve(user: Rc<User>, socket: UdpSocket) {
    let socket = Rc::new(socket);
    let mut clients: HashMap<Client, Rc<Association>> = HashMap::new();
    let mut tasks = Tasks::new();
    let mut sweep = interval(SWEEP);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        consume_budget().await;
        tokio::select! {
            readable = socket.readable() => if readable.is_err() { continue },
            _ = sweep.tick() => {
                clients.retain(|_, client| client.last.get().elapsed() < QUIET);
                if clients.is_empty() {
                    clients.shrink_to_fit();
                }
                continue;
            }
            Some(ended) = tasks.join_next() => {
                Context::note_end(ended);
                continue;
            }
        }
        let most = user.up.ready().await;
        if most == 0 {
            continue;
        }
        user.context.with_scratch(|scratch| {
            if let Ok((length, from)) = socket.try_recv_from(scratch) {
                receive(&user, &socket, &mut clients, &mut tasks, &mut scratch[..length], from);
            }
        });
    }
}

/// Takes a packet in, and sends it on unless its target has to be looked up first.
fn receive(
    user: &Rc<User>,
    socket: &Rc<UdpSocket>,
    clients: &mut HashMap<Client, Rc<Association>>,
    tasks: &mut Tasks,
    packet: &mut [u8],
    from: SocketAddr,
) {
    let Ok(opened) = packet::open(&user.key, packet, user.context.now()) else { return };
    let known = match opened.once {
        Once::Salt(length) => {
            if !user.context.packets.borrow_mut().note(&packet[..length]) {
                return;
            }
            Client::Address(from)
        }
        Once::Numbered { session, .. } => Client::Session(session),
    };
    if !user.devices.admit(from.ip(), Instant::now()) {
        return;
    }
    let association = clients.get(&known).cloned().unwrap_or_else(|| {
        let fresh = Rc::new(begin(user, from, known));
        if clients.len() >= MOST
            && let Some(quietest) = clients.iter().min_by_key(|(_, other)| other.last.get()).map(|(key, _)| *key)
        {
            clients.remove(&quietest);
        }
        clients.insert(known, Rc::clone(&fresh));
        fresh
    });
    if let Once::Numbered { packet, .. } = opened.once
        && !association.window.borrow_mut().note(packet)
    {
        return;
    }
    association.client.set(from);
    association.last.set(Instant::now());
    let payload = &packet[opened.payload];
    let Target { host, port } = opened.target;
    match host {
        Host::Ip(ip) => send(user, socket, &association, tasks, SocketAddr::new(ip, port), payload),
        Host::Name(name) => {
            let known = association.names.borrow().get(&name).filter(|(_, at)| at.elapsed() < QUIET).copied();
            if let Some((ip, _)) = known {
                send(user, socket, &association, tasks, SocketAddr::new(ip, port), payload);
            } else if association.waiting.get() < LOOKUPS {
                association.waiting.set(association.waiting.get() + 1);
                let (user, socket, payload) = (Rc::clone(user), Rc::clone(socket), payload.to_vec());
                tasks.spawn_local(send_named(user, socket, association, name, port, payload));
            }
        }
    }
}

fn begin(user: &User, from: SocketAddr, known: Client) -> Association {
    let mut session = Session { server: user.context.number(), ..Session::default() };
    if let Client::Session(client) = known {
        session.client = client;
    }
    Association {
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

async fn send_named(
    user: Rc<User>,
    socket: Rc<UdpSocket>,
    association: Rc<Association>,
    name: Box<str>,
    port: u16,
    payload: Vec<u8>,
) {
    let found = timeout(PATIENCE, user.context.resolve.look_up(&name)).await;
    association.waiting.set(association.waiting.get().saturating_sub(1));
    let Ok(Ok(addresses)) = found else { return };
    let lets = |ip: &IpAddr| user.context.guard.lets(SocketAddr::new(*ip, port), Over::Udp);
    let open: Vec<IpAddr> = addresses.into_iter().filter(lets).collect();
    // Nothing tells that a packet has not come; so none goes where there is no way, as on a machine of one family.
    let Some(ip) = open.iter().find(|ip| has_way(**ip, port)).or(open.first()).copied() else { return };
    association.remember(name, ip);
    // What comes back is served by a task of the user's, not of this one, which ends here.
    let mut tasks = Tasks::new();
    send(&user, &socket, &association, &mut tasks, SocketAddr::new(ip, port), &payload);
    // It ends when nobody else has it any more, and with it what waits for replies.
    drop(association);
    while tasks.join_next().await.is_some() {}
}

/// Whether this machine knows a way there. Nothing is sent by asking.
fn has_way(ip: IpAddr, port: u16) -> bool {
    let any: IpAddr = if ip.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    std::net::UdpSocket::bind((any, 0)).and_then(|socket| socket.connect((ip, port))).is_ok()
}

fn send(
    user: &Rc<User>,
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
        if lets.len() >= REMEMBERED {
            lets.clear();
        }
        lets.insert(to);
    }
    drop(lets);
    if payload.len() > user.meter.left() {
        return;
    }
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
        user.note_used();
    }
}

fn open(
    user: &Rc<User>,
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
    let (user, socket, association) = (Rc::clone(user), Rc::clone(socket), Rc::downgrade(association));
    let replies = tasks.spawn_local(reply(user, socket, association, Rc::clone(&out)));
    Ok(Out { socket: out, replies, _place: place })
}

/// Sends what comes back to the client.
async fn reply(user: Rc<User>, socket: Rc<UdpSocket>, association: Weak<Association>, out: Rc<UdpSocket>) {
    let mut sealed = Vec::new();
    loop {
        consume_budget().await;
        user.down.ready().await;
        let received = user.context.with_scratch(|scratch| match out.try_recv_from(scratch) {
            Ok((length, source)) => {
                let association = association.upgrade()?;
                if length <= user.meter.left() {
                    let mut session = association.session.borrow_mut();
                    let salt = user.context.salt_of_packet();
                    let now = user.context.now();
                    packet::seal(&user.key, source, &scratch[..length], &mut session, &salt, now, &mut sealed);
                    if user.key.layout() != Layout::Aead2022 {
                        user.context.packets.borrow_mut().note(&sealed[..user.key.salt()]);
                    }
                    association.last.set(Instant::now());
                    Some(Ok((length, association.client.get())))
                } else {
                    Some(Ok((0, association.client.get())))
                }
            }
            Err(error) => Some(Err(error)),
        });
        match received {
            None => return,
            Some(Ok((length, client))) => {
                if !sealed.is_empty() && socket.send_to(&sealed, client).await.is_ok() {
                    user.meter.count(Way::Down, length);
                    user.down.spend(length);
                    user.note_used();
                }
                sealed.clear();
            }
            Some(Err(error)) if error.kind() == ErrorKind::WouldBlock => {
                sealed = Vec::new();
                if out.readable().await.is_err() {
                    return;
                }
            }
            // Of a packet that could not be delivered there.
            Some(Err(_)) => {}
        }
    }
}
