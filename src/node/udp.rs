//! The packets of a user: each client's packets leave from a socket of their own, and what comes back there goes to
//! that client.

use super::{
    address::{Host, Target},
    association::{ASSOCIATION_TTL, Association, Client, Tasks, send},
    context::Context,
    guard::Over,
    packet::{self, Once},
    resolve::LOOKUP_TIMEOUT,
    user::User,
};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::UdpSocket,
    task::consume_budget,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// How often quiet associations are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);
/// The most associations of a user; the quietest makes room.
const MAX_ASSOCIATIONS: usize = 512;
/// The most names of a user that are being looked up.
const MAX_LOOKUPS: usize = 64;

/// Serves the packets that come to a user's port.
pub(super) async fn serve(user: Arc<User>, socket: UdpSocket) {
    let socket = Rc::new(socket);
    let mut clients: HashMap<Client, Rc<Association>> = HashMap::new();
    let mut tasks = Tasks::new();
    let mut sweep = interval(SWEEP_INTERVAL);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        consume_budget().await;
        tokio::select! {
            readable = socket.readable() => if readable.is_err() { continue },
            _ = sweep.tick() => {
                clients.retain(|_, client| client.last.get().elapsed() < ASSOCIATION_TTL);
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
        let mut buffer = user.context.pool.take();
        if let Ok((length, from)) = socket.try_recv_from(&mut buffer) {
            receive(&user, &socket, &mut clients, &mut tasks, &mut buffer[..length], from);
        }
    }
}

/// Takes a packet in, and sends it on unless its target has to be looked up first.
fn receive(
    user: &Arc<User>,
    socket: &Rc<UdpSocket>,
    clients: &mut HashMap<Client, Rc<Association>>,
    tasks: &mut Tasks,
    packet: &mut [u8],
    from: SocketAddr,
) {
    let Ok(opened) = packet::open(&user.key, packet, user.context.now()) else { return };
    let known = match opened.once {
        Once::Salt(length) => {
            if !user.context.is_new_packet(&packet[..length]) {
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
        let fresh = Rc::new(Association::new(user, from, known));
        if clients.len() >= MAX_ASSOCIATIONS
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
            if let Some(ip) = association.known(&name) {
                send(user, socket, &association, tasks, SocketAddr::new(ip, port), payload);
            } else if association.waiting.get() < MAX_LOOKUPS {
                association.waiting.set(association.waiting.get() + 1);
                let (user, socket, payload) = (Arc::clone(user), Rc::clone(socket), payload.to_vec());
                tasks.spawn_local(send_named(user, socket, association, name, port, payload));
            }
        }
    }
}

async fn send_named(
    user: Arc<User>,
    socket: Rc<UdpSocket>,
    association: Rc<Association>,
    name: Box<str>,
    port: u16,
    payload: Vec<u8>,
) {
    let found = timeout(LOOKUP_TIMEOUT, user.context.resolve.look_up(&name)).await;
    association.waiting.set(association.waiting.get().saturating_sub(1));
    let Ok(Ok(addresses)) = found else { return };
    let lets = |ip: &IpAddr| user.context.guard.lets(SocketAddr::new(*ip, port), Over::Udp);
    let open: Vec<IpAddr> = addresses.into_iter().filter(lets).collect();
    // A lost packet is not reported, so none is sent to an address without a route, such as one of IPv6 where only IPv4
    // works.
    let Some(ip) = open.iter().find(|ip| has_way(**ip, port)).or(open.first()).copied() else { return };
    association.remember(name, ip);
    // What comes back is served by a task of the user's, not of this one, which ends here.
    let mut tasks = Tasks::new();
    send(&user, &socket, &association, &mut tasks, SocketAddr::new(ip, port), &payload);
    // The association ends with its last holder, and with it the task that waits for replies.
    drop(association);
    while tasks.join_next().await.is_some() {}
}

/// Whether this machine knows a way there. Nothing is sent by asking.
fn has_way(ip: IpAddr, port: u16) -> bool {
    let any: IpAddr = if ip.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    std::net::UdpSocket::bind((any, 0)).and_then(|socket| socket.connect((ip, port))).is_ok()
}
