//! Too many at once: connections, files, memory. The door is a process of its own here, so that what it holds can be
//! looked at from outside.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use mu_panel::door::{Config, Limits, Listener};
use socket2::{Domain, Socket, Type};

use crate::house::{House, Wire, open, open_with, short, until};

/// Set for the process that is to be a door.
const ROLE: &str = "DOOR_OF_ITS_OWN";

struct Process {
    child: Child,
    address: SocketAddr,
    _output: Lines<BufReader<ChildStdout>>,
}

/// Files that the connections between the door and its server may come to.
const POOLS: usize = 3 * 8;

impl Process {
    /// Starts a door that may open so many files.
    fn start(files: usize) -> Self {
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "ulimit -n {files}; exec \"$0\" --exact flood::a_door_of_its_own --nocapture --test-threads 1"
            ))
            .arg(std::env::current_exe().unwrap())
            .env(ROLE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.find_map(|line| line.unwrap().split_once("door at ").map(|(_, at)| at.to_owned()));
        Self { child, address: line.unwrap().parse().unwrap(), _output: lines }
    }

    fn is_well(&self) -> Duration {
        let start = Instant::now();
        let mut wire = Wire::new(TcpStream::connect(self.address).unwrap());
        wire.send("GET /well HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(wire.answer().map(|answer| answer.status), Some(200));
        start.elapsed()
    }

    /// A number of `/proc/PID/status`.
    fn status(&self, name: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_matches([':', '\t', ' ', 'k', 'B']).parse().unwrap()
    }

    fn files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Not a test but the process that the tests here start.
#[test]
fn a_door_of_its_own() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let limits = Limits {
        head_time: Duration::from_secs(2),
        first_byte_time: Duration::from_secs(2),
        body_grace: Duration::from_secs(1),
        stall_time: Duration::from_secs(2),
        idle_time: Duration::from_secs(3),
        linger_time: Duration::from_secs(1),
        ..Limits::default()
    };
    let house = open(Config { limits, ..Config::default() });
    println!("door at {}", house.address);
    let mut hoard = Vec::new();
    for line in std::io::stdin().lines() {
        match line.unwrap().as_str() {
            "hog" => hoard.extend(std::iter::from_fn(|| fs::File::open("/dev/null").ok())),
            _ => hoard.clear(),
        }
    }
}

/// How many files this process may open.
fn own_files() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX)
}

#[test]
fn a_crowd_of_idlers_is_survived_in_bounds() {
    let door = Process::start(4096);
    let scale = own_files().min(3000) - 100;
    let crowd = |part: usize| part * scale / 2900;
    door.is_well();
    let (threads, files) = (door.status("Threads"), door.files());
    let connect = |_| TcpStream::connect(door.address).unwrap();
    let mut silent: Vec<TcpStream> = (0..crowd(1000)).map(connect).collect();
    let mut slow: Vec<TcpStream> = (0..crowd(1000)).map(connect).collect();
    let mut deaf: Vec<TcpStream> = (0..crowd(200)).map(connect).collect();
    for (at, stream) in slow.iter_mut().enumerate() {
        let start = if at % 2 == 0 { "GET / HTT" } else { "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n" };
        let _ = stream.write_all(start.as_bytes());
    }
    for stream in &mut deaf {
        let _ = stream.write_all("GET /cached/300000 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50).as_bytes());
    }
    let mut waits = Vec::new();
    for _ in 0..20 {
        for stream in &mut slow {
            let _ = stream.write(b"x");
        }
        waits.push(door.is_well());
    }
    waits.sort_unstable();
    println!("a good client waits {:?}, at most {:?}", waits[10], waits[19]);
    until("them to be gone", || door.files() <= files + POOLS);
    assert!(door.status("VmHWM") < 64 << 10, "{} KiB", door.status("VmHWM"));
    until("no more threads", || door.status("Threads") <= threads + 8);
    door.is_well();
    silent.clear();
}

#[test]
fn connections_leave_files_for_the_rest_of_the_program() {
    let door = Process::start(120);
    door.is_well();
    let crowd: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(door.address).unwrap()).collect();
    door.is_well();
    assert!(door.files() < 110, "{}", door.files());
    drop(crowd);
    door.is_well();
}

#[test]
fn files_that_run_out_come_back() {
    let door = Process::start(200);
    door.is_well();
    let full = door.files() + POOLS;
    door.child.stdin.as_ref().unwrap().write_all(b"hog\n").unwrap();
    until("no more files", || door.files() >= 190);
    let ask = |()| {
        let mut wire = Wire::new(TcpStream::connect(door.address).unwrap());
        wire.send("GET /well HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        wire
    };
    let crowd: Vec<Wire> = (0..50).map(|_| ask(())).collect();
    door.child.stdin.as_ref().unwrap().write_all(b"free\n").unwrap();
    for mut wire in crowd {
        // A client that had not sent its request yet may have made room for the next. So it comes again.
        until("an answer", || {
            let is_well = wire.answer().is_some_and(|answer| answer.status == 200);
            if !is_well {
                wire = ask(());
            }
            is_well
        });
    }
    door.is_well();
    until("files to be closed", || door.files() <= full);
}

#[test]
fn a_full_house_makes_room_for_the_next_client() {
    let house = open_with(Limits { connections: 20, ..Limits::default() });
    let mut served = house.connect();
    served.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(served.answer().unwrap().status, 200);
    let silent: Vec<Wire> = (0..100).map(|_| house.connect()).collect();
    house.is_well();
    served.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(served.answer().unwrap().status, 200, "a client that was served before stays");
    assert!(house.stats.evicted.get() >= 80 && house.stats.open.get() <= 20);
    drop(silent);
}

#[test]
fn clients_that_are_served_do_not_make_room() {
    let house = open(Config {
        limits: Limits { connections: 2, ..Limits::default() },
        upstream_connections: 2,
        ..Config::default()
    });
    let mut served: Vec<Wire> = (0..2)
        .map(|_| {
            let mut wire = house.connect();
            wire.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
            wire
        })
        .collect();
    until("both", || house.stats.upstream_busy.get() == 2);
    let mut third = house.connect();
    let answer = third.answer().unwrap();
    assert_eq!((answer.status, answer.has("Retry-After: 1")), (503, true));
    for wire in &mut served {
        house.release.send(()).unwrap();
        house.held.recv().unwrap();
        let _ = wire;
    }
    for wire in &mut served {
        assert_eq!(wire.answer().unwrap().status, 200);
    }
}

#[test]
fn one_address_gets_only_its_share() {
    let listener = Listener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // An address of this machine that is not loopback; where there is none, there is nothing to test.
    let own = std::net::UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    let Ok(own) = own.map(|address| address.ip()) else {
        return;
    };
    if own == IpAddr::from([0, 0, 0, 0]) || own.is_loopback() {
        return;
    }
    let limits = Limits { per_address: 3, ..short() };
    let house = crate::house::open_at(vec![listener], Config { limits, ..Config::default() });
    let connect = || Wire::new(TcpStream::connect((own, port)).unwrap());
    let mut guests: Vec<Wire> = (0..3).map(|_| connect()).collect();
    house.until_open(3);
    let mut fourth = connect();
    assert!(fourth.answer().is_none_or(|answer| answer.status == 503));
    let mut local = Wire::new(TcpStream::connect(("127.0.0.1", port)).unwrap());
    local.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(local.answer().unwrap().status, 200, "loopback is exempt");
    guests.clear();
    until("room", || {
        let mut wire = connect();
        wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        wire.answer().is_some_and(|answer| answer.status == 200)
    });
}

/// When many have come and gone before they are looked at, there is room for the next.
#[test]
fn clients_that_are_gone_already_leave_their_places() {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop((0..4).map(|_| TcpStream::connect(address).unwrap()).collect::<Vec<_>>());
    let mut wire = Wire::new(TcpStream::connect(address).unwrap());
    wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    let limits = Limits { connections: 4, ..Limits::default() };
    let _house = crate::house::open_at(vec![listener], Config { limits, ..Config::default() });
    assert_eq!(wire.answer().unwrap().status, 200);
}

/// Clients that read no answer, and have sent so much ahead that not even their sockets take more.
fn sending_ahead(house: &House, count: usize) -> Vec<TcpStream> {
    let ahead = format!("GET /x HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n", "a".repeat(8000)).repeat(4000);
    let clients = (0..count).map(|_| {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&house.address.into()).unwrap();
        let mut stream = TcpStream::from(socket);
        stream.write_all(b"GET /named/5000000 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        stream.set_nonblocking(true).unwrap();
        let _ = stream.write(ahead.as_bytes());
        stream
    });
    clients.collect()
}

#[test]
fn a_client_that_sends_ahead_and_reads_nothing_makes_room() {
    let house = open_with(Limits { connections: 4, answer_memory: 64 << 20, ..Limits::default() });
    let idle = sending_ahead(&house, 4);
    until("the answers to have begun", || house.stats.requests.get() == 4);
    until("room for another", || {
        let mut wire = house.connect();
        wire.send("GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        wire.answer().is_some_and(|answer| answer.status == 200)
    });
    assert_eq!(house.stats.timed_out.get(), 0, "it was made before their time was over");
    drop(idle);
}

#[test]
fn what_was_sent_ahead_leaves_memory_for_others() {
    let house = open_with(Limits { request_memory: 1 << 20, ..Limits::default() });
    let idle = sending_ahead(&house, 80);
    until("some to go", || house.stats.evicted.get() > 0);
    for _ in 0..4 {
        let mut wire = house.connect();
        wire.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n");
        wire.send(vec![b'x'; 200_000]);
        assert_eq!(wire.answer().unwrap().status, 200);
    }
    assert_eq!(house.stats.refused().map(|(_, count)| count).sum::<u64>(), 0);
    drop(idle);
}

#[test]
fn memory_for_requests_is_bounded_and_the_slowest_make_room() {
    let house = open_with(Limits { request_memory: 4 << 20, ..Limits::default() });
    let mut slow: Vec<Wire> = (0..8)
        .map(|_| {
            let mut wire = house.connect();
            wire.send("POST /mu HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n");
            wire.send(vec![b'x'; 1 << 20]);
            wire
        })
        .collect();
    let refused = || house.stats.refused().any(|(status, count)| status == 503 && count > 0);
    until("one to make room", refused);
    // The others become slow by waiting.
    until("a fast one to get through", || {
        let mut wire = house.connect();
        wire.send("POST /mu HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n");
        wire.send(vec![b'x'; 3_000_000]);
        wire.answer().is_some_and(|answer| answer.text().contains("body 3000000"))
    });
    slow.clear();
}

#[test]
fn bodies_that_only_idlers_keep_are_bounded() {
    let house = open_with(Limits { answer_memory: 10 << 20, ..Limits::default() });
    let idle: Vec<Wire> = (0..3)
        .map(|_| {
            let mut wire = house.connect();
            wire.send("GET /named/8000000 HTTP/1.1\r\nHost: x\r\n\r\n");
            wire
        })
        .collect();
    until("some to go", || house.stats.evicted.get() == 2);
    drop(idle);
    let house = open_with(Limits { answer_memory: 1 << 20, ..Limits::default() });
    let idle: Vec<Wire> = (0..3)
        .map(|_| {
            let mut wire = house.connect();
            wire.send("GET /sized/30000000 HTTP/1.1\r\nHost: x\r\n\r\n");
            wire
        })
        .collect();
    until("the longest idle to go", || house.stats.evicted.get() > 0);
    assert_eq!(house.get("/sized/30000000").body.len(), 30_000_000);
    drop(idle);
}
