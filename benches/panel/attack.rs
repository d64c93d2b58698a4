//! What an attack by strangers costs a node that reports: how long a report takes while 400 connections sign in, post
//! forms or call with a wrong token, and while 2,000 connections and a flood of bad handshakes are at the panel's own
//! node.

use crate::{
    figure,
    load::{self, Load},
    node::{Client, ECHO, ECHOED, Target},
    process::{Panel, users},
};
use socket2::{Domain, Socket, Type};
use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

const STRANGERS: usize = 400;
const AT_THE_NODE: usize = 2_000;
/// By how many users they are held.
const FRIENDS: usize = 20;
/// How long each attack is measured, and what passes before.
const SPAN: Duration = Duration::from_secs(6);
const WARM_UP: Duration = Duration::from_secs(2);
/// A node reports so often, which is more often than any does.
const PAUSE: Duration = Duration::from_millis(20);
const FORM: usize = 50 << 10;

/// What one connection of an attack sends, given its number.
type Attack<'a> = &'a (dyn Fn(usize) -> Vec<u8> + Sync);

pub(crate) fn run() {
    let panel = Panel::start(1_000);
    let (cookies, csrf) = panel.sign_in_form();
    let host = panel.address;
    let post = |path: &str, more: &str, body: &str| {
        let length = body.len();
        format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: {length}\r\n\r\n{body}").into_bytes()
    };
    let cookie = format!("Cookie: {cookies}\r\n");
    let form = format!("csrf={csrf}&password={}", "x".repeat(FORM));
    let guess = |number: usize| post("/login", &cookie, &format!("csrf={csrf}&password=guess-{number}"));
    let long = |_| post("/login", &cookie, &form);
    let token = |number: usize| post("/mu/v2/nodes/1/traffic", &format!("Token: WrongToken{number:010}\r\n"), "[]");
    let quiet = reports(&panel, || ());
    tell("a report, nobody else there", quiet, "");
    let attacks: [(&str, Attack); 3] =
        [("sign in", &guess), ("post forms of 50 KiB", &long), ("call with wrong tokens", &token)];
    for (what, attack) in attacks {
        let sent = AtomicUsize::new(0);
        let while_attacked = under(panel.address, STRANGERS, attack, &sent, || reports(&panel, warm));
        let what = format!("the same while {STRANGERS} connections {what} ({} requests)", sent.load(Relaxed));
        tell(&what, while_attacked, "100 ms typically");
    }
    drop(panel);
    at_the_node();
}

/// The node's port of one user is flooded while others hold connections.
fn at_the_node() {
    let panel = Panel::with_node();
    let target = Target::start();
    let port = SocketAddr::from((Ipv4Addr::LOCALHOST, Panel::FIRST_PORT));
    let mut held: Vec<TcpStream> = (0..AT_THE_NODE).filter_map(|number| hold(&target, 1 + number % FRIENDS)).collect();
    let bad = |number: usize| vec![number.to_le_bytes()[0]; 512];
    let count = AtomicUsize::new(0);
    let flooded = under(port, STRANGERS / 4, &bad, &count, || reports(&panel, warm));
    held.retain(|stream| {
        stream.set_nonblocking(true).is_ok() && stream.peek(&mut [0]).is_err_and(|e| e.kind() == ErrorKind::WouldBlock)
    });
    let (held, bad_ones) = (held.len(), count.load(Relaxed));
    let what = format!("a report while the node holds {held} connections of users and takes {bad_ones} bad handshakes");
    tell(&what, flooded, "100 ms typically");
    let mut page = Load::new(panel.address, 1);
    let request = panel.page_request("/");
    let pages = under(port, STRANGERS / 4, &bad, &count, || {
        warm();
        let mut times: Vec<f64> = Vec::new();
        let began = Instant::now();
        while began.elapsed() < SPAN {
            times.push(page.once(&request));
            thread::sleep(PAUSE);
        }
        summary(times)
    });
    tell("the page of users meanwhile", pages, "100 ms typically");
}

/// A quiet connection of a user by way of the node, once the target has answered.
fn hold(target: &Target, user: usize) -> Option<TcpStream> {
    let port = Panel::FIRST_PORT + u16::try_from(user).ok()?;
    let mut stream = Client::to(target, ECHO, port, "chacha20-ietf-poly1305", &users::password(user)).stream;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.read_exact(&mut [0; ECHOED]).ok()?;
    Some(stream)
}

fn warm() {
    thread::sleep(WARM_UP);
}

/// Runs `work` while that many connections do the same again and again, each from an address of its own.
fn under<T>(to: SocketAddr, count: usize, attack: Attack, sent: &AtomicUsize, work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..count {
            let over = &over;
            let drive = move || {
                let request = attack(number);
                while !over.load(Relaxed) {
                    let Some(mut stream) = connect(to, number) else {
                        thread::sleep(PAUSE);
                        continue;
                    };
                    if stream.write_all(&request).is_ok() {
                        sent.fetch_add(1, Relaxed);
                        // Until it answers, hangs up, or says nothing for half a second.
                        let _ = stream.read(&mut [0; 4096]);
                    }
                }
            };
            thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, drive).unwrap();
        }
        let measured = work();
        over.store(true, Relaxed);
        measured
    })
}

/// A connection from one of the many addresses of loopback, so that no bound on a single client holds it up.
fn connect(to: SocketAddr, number: usize) -> Option<TcpStream> {
    let [.., high, low] = number.to_be_bytes();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
    socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 9, high, low.max(1)), 0)).into()).ok()?;
    socket.connect_timeout(&to.into(), Duration::from_secs(1)).ok()?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_millis(500))).ok()?;
    Some(stream)
}

/// How long reports take, each on a connection of its own, as node programs send them.
fn reports(panel: &Panel, before: impl FnOnce()) -> (f64, f64, f64) {
    before();
    let mut times = Vec::new();
    let began = Instant::now();
    let mut turn = 0;
    while began.elapsed() < SPAN {
        let request = panel.request("POST", &format!("/mu/v2/users/{}/traffic", turn % 100 + 1), "u=1&d=1&node_id=1");
        let start = Instant::now();
        Load::new(panel.address, 1).once(&request);
        times.push(start.elapsed().as_secs_f64());
        turn += 1;
        thread::sleep(PAUSE);
    }
    summary(times)
}

/// The middle one, that which 95 of 100 stay below, and the longest.
fn summary(mut times: Vec<f64>) -> (f64, f64, f64) {
    let median = load::median(&mut times);
    (median, times[times.len() * 95 / 100], times[times.len() - 1])
}

fn tell(what: &str, (median, most, longest): (f64, f64, f64), aim: &str) {
    let words = [median, most, longest].map(crate::time);
    figure(what, &format!("{}, 95 of 100 within {}, at most {}", words[0], words[1], words[2]), aim);
}
