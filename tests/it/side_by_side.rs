//! The panel and the node in it, side by side in one process: neither takes from the other what it needs.

use crate::{
    built_in::{Friend, SOME, moves},
    clients::Program,
    greeting::{greeting, numbered},
    process::Served,
    support::{programs::free_port, wire::until},
    target::Target,
};
use mu_panel::node::{meter::UNLIMITED, plan::Wanted};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    thread,
    time::Duration,
};

/// A server that sends back what it gets, however many come.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(async move {
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut piece = [0; 4096];
                    loop {
                        if stream.readable().await.is_err() {
                            return;
                        }
                        match stream.try_read(&mut piece) {
                            Ok(read @ 1..) => drop(stream.try_write(&piece[..read])),
                            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                            _ => return,
                        }
                    }
                });
            }
        });
    });
    address
}

fn wanted(friend: &Friend) -> Wanted {
    let (method, password) = (friend.method.clone(), friend.password.clone());
    Wanted { id: 1, port: friend.port, method, password, cap: UNLIMITED, speed: 0, devices: 0 }
}

/// A connection through the node that has been answered.
fn connected(user: &Wanted, to: SocketAddr) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", user.port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&greeting(user, &numbered(to), b"hello")).ok()?;
    // The salt, a length and a chunk, each with a tag.
    stream.read_exact(&mut [0; 32 + 18 + 5 + 16]).ok()?;
    Some(stream)
}

/// Whether the panel answers pages and calls, on new connections and on one that stays.
fn answers(friend: &Friend, panel: &Served) {
    for path in ["/login", "/healthz"] {
        let answer = panel.raw(format!("GET {path} HTTP/1.1\r\nHost: panel\r\nConnection: close\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
    assert_eq!(panel.call(&friend.token, "GET", "/mu/v2/nodes/7/users", "").0, 200);
    let report = r#"[{"user_id":2,"u":1,"d":1}]"#;
    assert_eq!(panel.call(&friend.token, "POST", "/mu/v2/nodes/7/traffic", report).0, 200);
}

#[test]
fn two_thousand_connections_and_a_flood_of_bad_handshakes_leave_the_panel_alone() {
    const EACH: usize = 500;
    let limit = mu_panel::door::raise_file_limit().unwrap();
    assert!(limit >= 10_000, "this machine lets a program open {limit} files only");
    let friend = Friend::new();
    let mut users = vec![wanted(&friend)];
    for name in ["bob", "carol", "dave"] {
        let port = free_port();
        let add = ["user", "add", name, "--port", &port.to_string(), "--passwd", "secret", "--method", &friend.method];
        friend.home.run(&add).ok();
        users.push(Wanted { port, password: "secret".to_owned(), ..wanted(&friend) });
    }
    let panel = friend.built_in();
    for user in &users {
        until("it comes", || TcpStream::connect(("127.0.0.1", user.port)).is_ok());
    }
    let to = echo();
    let mut open: Vec<TcpStream> = Vec::new();
    for user in &users {
        open.extend((0..EACH).map(|_| connected(user, to).unwrap()));
    }
    let (ended, floods) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for user in &users[..2] {
            let (ended, floods) = (&ended, &floods);
            scope.spawn(move || {
                let mut kept = Vec::new();
                while !ended.load(SeqCst) {
                    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", user.port)) else { continue };
                    let mut noise = [0; 200];
                    aws_lc_rs::rand::fill(&mut noise).unwrap();
                    let _ = stream.write_all(&noise);
                    kept.push(stream);
                    floods.fetch_add(1, SeqCst);
                    if kept.len() > 1500 {
                        kept.clear();
                    }
                }
            });
        }
        until("the flood has begun", || floods.load(SeqCst) > 2000);
        for _ in 0..20 {
            answers(&friend, &panel);
        }
        // A new connection of a friend gets through as well, also at a port that is flooded.
        for user in &users {
            assert!(connected(user, to).is_some());
        }
        ended.store(true, SeqCst);
    });
    // None of the others was lost.
    for stream in &mut open {
        stream.set_nonblocking(true).unwrap();
        let lives = stream.read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(lives, "a connection was lost");
    }
    // Each has sent five bytes and got them back; two were reported besides, with each look at the panel.
    let moved = 5 * (users.len() * (EACH + 1)) as u64;
    until("it is counted", || {
        let (status, body) = panel.call(&friend.token, "GET", "/mu/v2/users", "");
        assert_eq!(status, 200, "{body}");
        let list: serde_json::Value = serde_json::from_str(&body).unwrap();
        let rows = list["data"].as_array().unwrap().iter();
        rows.map(|row| row["u"].as_u64().unwrap()).sum::<u64>() == moved + 20
    });
}

#[test]
fn a_panel_under_attack_leaves_connections_of_friends_alone() {
    if Program::SsLocal.is_missing() {
        return;
    }
    let friend = Friend::new();
    let panel = friend.home.serve_with(
        &["--node", "on", "--node-allow", "127.0.0.0/8", "--max-connections", "200", "--max-per-address", "200"],
        &[],
    );
    until("it comes", || friend.is_served());
    let (client, target) = (friend.client(), Target::start());
    until("the client is ready", || moves(&client, &target, SOME).is_ok());
    let (ended, attacks) = (AtomicBool::new(false), AtomicUsize::new(0));
    let bodies: [&[u8]; 5] = [
        b"GET /login HTTP/1.1\r\nHost: panel\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: panel\r\nContent-Length: 9\r\n\r\npassword=",
        b"POST /mu/v2/nodes/1/traffic HTTP/1.1\r\nHost: panel\r\nToken: x\r\nContent-Length: 99999999\r\n\r\n[",
        b"GET / HTTP/1.1\r\nHost: pa",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ];
    thread::scope(|scope| {
        for worker in 0..3 {
            let (ended, attacks, panel) = (&ended, &attacks, &panel);
            scope.spawn(move || {
                let mut kept = Vec::new();
                while !ended.load(SeqCst) {
                    let Ok(mut stream) = TcpStream::connect(panel.address) else { continue };
                    let turn = attacks.fetch_add(1, SeqCst);
                    let _ = stream.write_all(bodies[(turn + worker) % bodies.len()]);
                    // Never read: what is sent stays with the server.
                    kept.push(stream);
                    if kept.len() > 300 {
                        kept.drain(..150);
                    }
                }
            });
        }
        until("the attack has begun", || attacks.load(SeqCst) > 1000);
        for _ in 0..10 {
            moves(&client, &target, SOME).unwrap();
        }
        ended.store(true, SeqCst);
    });
    until("all of it is counted", || friend.used(&panel) == target.counted());
}

/// With a thousand files in all, each side has its own.
#[test]
fn files_are_divided() {
    let friend = Friend::new();
    friend.home.run(&["user", "add", "bob"]).ok();
    let inner = friend.home.command(&["serve", "--listen", "127.0.0.1:0", "--node", "on"]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 1024; exec \"$0\" \"$@\""]).arg(inner.get_program()).args(inner.get_args());
    command.args(["--node-allow", "127.0.0.0/8"]).current_dir(inner.get_current_dir().unwrap()).env("TZ", "UTC");
    for (name, value) in inner.get_envs() {
        if value.is_none() {
            command.env_remove(name);
        }
    }
    let panel = friend.home.start(command);
    until("it comes", || friend.is_served());
    let (user, to) = (wanted(&friend), echo());
    // As many connections of a friend as there can be, and more.
    let open: Vec<TcpStream> = (0..600)
        .map_while(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", user.port)).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            stream.write_all(&greeting(&user, &numbered(to), b"hello")).ok()?;
            stream.read_exact(&mut [0; 32 + 18 + 5 + 16]).ok()?;
            Some(stream)
        })
        .collect();
    assert!((10..600).contains(&open.len()), "{} connections", open.len());
    // The panel has all that is its own.
    let mut panels: Vec<TcpStream> = (0..300).map(|_| TcpStream::connect(panel.address).unwrap()).collect();
    answers(&friend, &panel);
    for stream in &mut panels {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: panel\r\n\r\n").unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        assert!(matches!(stream.read(&mut [0; 12]), Ok(12)));
    }
    // And with the panel full, a friend gets in as soon as another has gone.
    drop(open);
    until("a friend gets in", || connected(&user, to).is_some());
    assert!(panel.files() < 1024);
}
