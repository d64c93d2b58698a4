//! The log may be unread, full or closed: nothing but the log suffers.

use crate::{
    process::{Home, Served},
    support::wire::Wire,
};
use rustix::process::Signal;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

/// More bytes of log lines than a pipe and the queue before it can hold, at 2 KiB each.
const REQUESTS: usize = 1500;

/// Sends many requests that are each logged by the server, and one that the door answers and logs itself.
fn ask_much(served: &Served, token: &str) {
    let long = "x".repeat(2000);
    let mut wire = served.wire();
    for number in 0..REQUESTS {
        wire.send(format!("GET /mu/v2/{long} HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n\r\n"));
        let answer = wire.answer().unwrap_or_else(|| panic!("request {number} has no answer"));
        assert_eq!(answer.status, 404, "{number}");
    }
    let report = format!(
        "POST /mu/v2/nodes/1/info HTTP/1.1\r\nHost: x\r\nToken: {token}\r\nContent-Length: 15\r\n\r\nload=1&uptime=1"
    );
    for (request, status) in [
        (report, 200),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 200),
        ("NONSENSE / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 501),
    ] {
        wire.send(&request);
        assert_eq!(wire.answer().unwrap().status, status, "{request}");
    }
}

#[test]
fn a_log_that_is_not_read_stops_nothing_and_says_how_much_was_dropped() {
    let home = Home::new();
    let token = home.token();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0", "--log", "debug"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (out, log) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let mut served = Served::of(child, out, home.path("log"));
    ask_much(&served, &token);
    let read = std::thread::spawn(move || {
        let lines = BufReader::new(log).lines().map(Result::unwrap);
        lines.filter(|line| line.contains("lines of the log were dropped")).count()
    });
    // Now that it flows again, the next line tells of them.
    let mut wire = served.wire();
    wire.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(wire.answer().unwrap().status, 200);
    served.signal(Signal::TERM);
    assert_eq!(served.ended(), Some(0));
    assert!(read.join().unwrap() > 0, "it is told that lines were dropped");
}

#[test]
fn the_program_ends_though_its_log_is_not_read() {
    let home = Home::new();
    let token = home.token();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (out, _unread) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let mut served = Served::of(child, out, home.path("log"));
    ask_much(&served, &token);
    served.signal(Signal::TERM);
    assert_eq!(served.ended(), Some(0));
}

/// With `2>&-` and `2>/dev/full`, and with a pipe whose reader is gone.
#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    for redirect in ["2>&-", "2>/dev/full"] {
        let home = Home::new();
        let token = home.token();
        let panel = home.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec \"$@\" {redirect}"), "sh"]);
        command.arg(panel.get_program()).args(panel.get_args()).current_dir(home.path("")).env("TZ", "UTC");
        let mut served = home.start(command);
        ask_much(&served, &token);
        served.signal(Signal::TERM);
        assert_eq!(served.ended(), Some(0), "{redirect}");
    }
    let home = Home::new();
    let token = home.token();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = child.stdout.take().unwrap();
    drop(child.stderr.take());
    let mut served = Served::of(child, out, home.path("log"));
    ask_much(&served, &token);
    served.signal(Signal::TERM);
    assert_eq!(served.ended(), Some(0));
}

/// The lines come whole and in order, and all of them, as long as they are read.
#[test]
fn a_log_that_is_read_has_every_line() {
    let home = Home::new();
    let mut served = home.serve();
    let mut wire: Wire = served.wire();
    for number in 0..500 {
        wire.send(format!("GET /healthz?{number} HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert_eq!(wire.answer().unwrap().status, 200);
    }
    served.signal(Signal::TERM);
    assert_eq!(served.ended(), Some(0));
    let mut log = String::new();
    File::open(home.path("log")).unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(log.matches("GET /healthz 200").count(), 500);
    assert!(log.trim_end().lines().last().unwrap().contains("stopping"), "the last line is written at the end");
}
