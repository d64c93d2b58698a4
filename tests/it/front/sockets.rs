//! The sockets that the program serves: named, several, in the file system, or handed over at the start.

use crate::{
    process::{Home, Running},
    support::{
        programs::missing,
        wire::{PATIENCE, Wire, until},
    },
};
use socket2::Socket;
use std::{
    net::{TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Command, Stdio},
};

fn ask(pipe: impl Into<OwnedFd>, token: &str) -> u16 {
    let socket = Socket::from(pipe.into());
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut wire = Wire::over(socket);
    wire.send(format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\nToken: {token}\r\nConnection: close\r\n\r\n"));
    wire.answer().expect("an answer").status
}

#[test]
fn a_unix_socket_is_served_and_removed() {
    let home = Home::new();
    let (socket, token) = (home.path("front"), home.token());
    let place = format!("unix:{}", socket.display());
    let mut command = home.command(&["serve", "--listen", &place, "--listen", "127.0.0.1:0"]);
    command.env("MU_PANEL_LISTEN", "127.0.0.1:1");
    let mut served = home.start(command);
    assert_eq!(ask(UnixStream::connect(&socket).unwrap(), &token), 200);
    let line = served.line();
    let second = line.strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line}"));
    assert_eq!(ask(TcpStream::connect(second).unwrap(), &token), 200);
    Home::new().run(&["serve", "--listen", &place]).fails("cannot listen on `unix:");
    served.signal(rustix::process::Signal::TERM);
    assert_eq!(served.ended(), Some(0));
    assert!(!socket.exists());
}

#[test]
fn the_socket_of_a_killed_server_is_taken_over() {
    let home = Home::new();
    let (socket, token) = (home.path("front"), home.token());
    let place = format!("unix:{}", socket.display());
    let mut served = home.start(home.command(&["serve", "--listen", &place]));
    served.stop();
    assert!(socket.exists());
    let _served = home.start(home.command(&["serve", "--listen", &place]));
    assert_eq!(ask(UnixStream::connect(&socket).unwrap(), &token), 200);
}

/// A shell that hands standard input over as systemd does, and becomes the command.
const HAND_OVER: &str = "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"";

fn handed(home: &Home, socket: impl Into<OwnedFd>) -> Command {
    let panel = home.command(&["serve"]);
    let mut command = Command::new("sh");
    command.args(["-c", HAND_OVER, "sh"]).arg(panel.get_program()).args(panel.get_args());
    command.current_dir(home.path("")).env("TZ", "UTC").stdin(socket.into());
    command
}

#[test]
fn a_listener_that_was_handed_over_is_served() {
    let home = Home::new();
    let token = home.token();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // A client that comes before the start waits.
    let early = TcpStream::connect(address).unwrap();
    let served = home.start(handed(&home, listener));
    assert_eq!(served.address, address);
    assert_eq!(ask(early, &token), 200);
    assert_eq!(ask(TcpStream::connect(address).unwrap(), &token), 200);
    drop(served);
    let socket = home.path("handed");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let mut served = home.start(handed(&home, listener));
    assert_eq!(ask(UnixStream::connect(&socket).unwrap(), &token), 200);
    served.signal(rustix::process::Signal::TERM);
    assert_eq!(served.ended(), Some(0));
    assert!(socket.exists(), "it belongs to the process that made it");
}

#[test]
fn what_was_handed_to_another_process_is_left_alone() {
    let home = Home::new();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("LISTEN_FDS", "1").env("LISTEN_PID", "1");
    let served = home.start(command);
    assert_eq!(served.call(&home.token(), "GET", "/mu/v2", "").0, 200);
    drop(served);
    let file = std::fs::File::open("/dev/null").unwrap();
    let output = handed(&home, file).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("LISTEN_FDS"), "{output:?}");
}

/// What is no number of sockets hands none over; what is no listener is refused in words.
#[test]
fn whatever_is_said_to_be_handed_over() {
    for count in ["", "0", "abc", "-1", "+1x", "1.5", "99999999999999999999"] {
        let home = Home::new();
        let mut command = Command::new("sh");
        let panel = home.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(["-c", "LISTEN_PID=$$ exec \"$@\"", "sh"]).arg(panel.get_program()).args(panel.get_args());
        command.current_dir(home.path("")).envs([("TZ", "UTC"), ("LISTEN_FDS", count)]);
        let served = home.start(command);
        assert_eq!(served.call(&home.token(), "GET", "/mu/v2", "").0, 200, "{count:?}");
    }
    let home = Home::new();
    let refused = |socket: OwnedFd, words: &str| {
        let output = handed(&home, socket).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains("LISTEN_FDS") && said.contains(words), "{said}");
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    refused(client.into(), "it is a connection");
    refused(UnixStream::pair().unwrap().0.into(), "");
    refused(std::net::UdpSocket::bind("127.0.0.1:0").unwrap().into(), "");
}

#[test]
fn systemd_starts_it_when_the_first_client_comes() {
    let activate = "systemd-socket-activate";
    if missing(&[activate]) {
        return;
    }
    let home = Home::new();
    let (token, socket) = (home.token(), home.path("activated"));
    let panel = home.command(&["serve", "--log", "off"]);
    let mut command = Command::new(activate);
    command
        .arg("-l")
        .arg(&socket)
        .args(["-E", "TZ=UTC"])
        .arg(panel.get_program())
        .args(panel.get_args())
        .current_dir(home.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _running = Running(command.spawn().unwrap());
    // It is in the file system before it listens.
    let mut first = None;
    until("a listener", || {
        first = UnixStream::connect(&socket).ok();
        first.is_some()
    });
    assert_eq!(ask(first.unwrap(), &token), 200);
}

#[test]
fn this_machine_may_be_named_and_others_are_not_looked_up() {
    let home = Home::new();
    let served = home.start(home.command(&["serve", "--listen", "localhost:0"]));
    assert!(served.address.ip().is_loopback());
    for place in ["panel.example:8080", "80800", "127.0.0.1", "", ":", "*", "::1:8080", "*:x"] {
        Home::new().run(&["serve", "--listen", place]).fails("no address such as `127.0.0.1:8080`");
    }
}

/// Whether there is IPv6 on this machine.
fn has_ipv6() -> bool {
    TcpListener::bind("[::1]:0").is_ok()
}

/// A port that is free at the moment on all addresses.
fn free_port() -> u16 {
    let any = if has_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
    TcpListener::bind(any).unwrap().local_addr().unwrap().port()
}

#[test]
fn a_port_alone_means_every_address() {
    for place in [":PORT", "PORT", "*:PORT", "[::]:PORT"] {
        if place.starts_with('[') && !has_ipv6() {
            continue;
        }
        let home = Home::new();
        let (token, port) = (home.token(), free_port());
        let place = place.replace("PORT", &port.to_string());
        let served = home.start(home.command(&["serve", "--listen", &place]));
        assert_eq!(served.address.port(), port, "{place}");
        assert_eq!(ask(TcpStream::connect(("127.0.0.1", port)).unwrap(), &token), 200, "{place}");
        if has_ipv6() {
            assert_eq!(ask(TcpStream::connect(("::1", port)).unwrap(), &token), 200, "{place}");
        }
    }
}

#[test]
fn both_kinds_of_address_may_be_named_for_one_port() {
    if !has_ipv6() {
        return;
    }
    for (first, second) in [("0.0.0.0", "[::]"), ("[::]", "0.0.0.0"), ("[::]", "127.0.0.1"), ("*", "0.0.0.0")] {
        let home = Home::new();
        let (token, port) = (home.token(), free_port());
        let places = format!("{first}:{port},{second}:{port}");
        let served = home.start(home.command(&["serve", "--listen", &places]));
        assert_eq!(served.address.port(), port);
        for host in ["127.0.0.1", "::1"] {
            assert_eq!(ask(TcpStream::connect((host, port)).unwrap(), &token), 200, "{places} {host}");
        }
    }
    let home = Home::new();
    let port = free_port();
    home.run(&["serve", "--listen", &format!(":{port},[::]:{port}")]).fails(&format!("cannot listen on `[::]:{port}`"));
}

#[test]
fn what_serve_takes_may_be_said_without_it() {
    let home = Home::new();
    let token = home.token();
    let db = home.path("other.db");
    for arguments in [
        &["--listen", "127.0.0.1:0"][..],
        &["--db", db.to_str().unwrap(), "--listen", "127.0.0.1:0", "--log", "error"],
        &["--listen=127.0.0.1:0", "--db", db.to_str().unwrap()],
    ] {
        let served = home.start(home.command(arguments));
        let token = if arguments.contains(&"--db") {
            home.run(&["--db", db.to_str().unwrap(), "token"]).ok().out().trim().to_owned()
        } else {
            token.clone()
        };
        assert_eq!(served.call(&token, "GET", "/mu/v2", "").0, 200, "{arguments:?}");
    }
    home.run(&["--lisen", "127.0.0.1:0"]).exits(2);
    home.run(&["--listen", "127.0.0.1:0", "user", "list"]).exits(2);
    assert!(home.run(&["--lisen", "x"]).err().contains("unexpected argument '--lisen'"));
    assert!(home.run(&["--log", "loud"]).err().contains("invalid value 'loud'"));
    home.run(&["--listen", "nowhere"]).fails("no address such as");
}
