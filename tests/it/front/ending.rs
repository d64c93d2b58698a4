//! How the program ends: in order when it is told to, at once when told twice, and by itself when it cannot go on.

use crate::{
    client::Browser,
    panel::PASSWORD,
    process::{Home, Served},
    support::{
        programs::missing,
        wire::{Wire, until},
    },
};
use rustix::process::Signal;
use std::{
    net::TcpStream,
    process::Command,
    thread,
    time::{Duration, Instant},
};

const BODY: &str = "u=1024&d=1024&node_id=1";

/// A report of which the head has been taken, and the body is still to come.
fn half_a_report(home: &Home, served: &Served) -> Wire {
    let mut wire = served.wire();
    let (token, length) = (home.token(), BODY.len());
    wire.send(format!(
        "POST /mu/v2/users/1/traffic HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n\
         Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    ));
    assert_eq!(wire.answer().unwrap().status, 100);
    wire
}

fn is_closed(served: &Served) -> bool {
    TcpStream::connect(served.address).is_err()
}

#[test]
fn requests_in_flight_get_their_whole_answers_and_the_log_is_folded_in() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = Home::new();
        home.run(&["user", "add", "alice"]).ok();
        let mut served = home.serve();
        let mut idle = served.wire();
        idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(idle.answer().unwrap().status, 200);
        let mut report = half_a_report(&home, &served);
        served.signal(signal);
        until("the port to be closed", || is_closed(&served));
        assert!(idle.answer().is_none(), "who asks for nothing is let go");
        assert!(served.runs());
        report.send(BODY);
        let answer = report.answer().expect("an answer");
        assert_eq!((answer.status, answer.text()), (200, r#"{"ret":1,"msg":"ok"}"#));
        assert_eq!(served.ended(), Some(0), "{}", served.log());
        let log = std::fs::metadata(home.path("mu-panel.db-wal")).map_or(0, |file| file.len());
        assert_eq!(log, 0, "the write-ahead log");
        assert!(!home.path("mu-panel.db-socket").exists());
        home.run(&["user", "show", "alice"]).ok().prints("uploaded        1 KiB");
    }
}

#[test]
fn a_request_that_does_not_end_is_not_waited_for_longer_than_5_seconds() {
    let home = Home::new();
    let mut served = home.serve();
    let mut report = half_a_report(&home, &served);
    let told = Instant::now();
    served.signal(Signal::TERM);
    assert_eq!(served.ended(), Some(0));
    let took = told.elapsed();
    println!("it ended after {took:?}");
    assert!(took > Duration::from_secs(4), "it waited");
    // Its time for a body ends at about the same moment.
    assert!(report.answer().is_none_or(|answer| answer.status == 408));
}

/// A body that comes fast enough to be let in and does not end, and a file that is still on its way.
#[test]
fn what_is_still_being_sent_after_5_seconds_is_not_waited_for_and_counts_for_nothing() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    home.feed(&["password"], PASSWORD).ok();
    let mut served = home.serve_with(&["--backup-dir", "none"], &[]);
    let head = |path: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nToken: {}\r\nContent-Length: 8000000\r\n\r\n", home.token())
    };
    let report = format!("{}[{{\"user_id\":1,\"u\":1024,\"d\":1024}}", head("/mu/v2/nodes/1/traffic"));
    let file = head(&Browser::sign_in(&served).backup_address());
    let senders: Vec<_> = [report, file]
        .into_iter()
        .map(|begin| {
            let mut wire = served.wire();
            wire.send(begin);
            thread::spawn(move || {
                // 400 KB/s, so that the whole would take 20 s.
                let sent =
                    (0..2000).take_while(|_| wire.takes([b' '; 4000]) && pause(Duration::from_millis(10))).count();
                assert!(sent < 2000, "it was waited for to the end");
            })
        })
        .collect();
    until("the file to come", || home.path("mu-panel.db-upload").exists());
    let told = Instant::now();
    served.signal(Signal::TERM);
    assert_eq!(served.ended(), Some(0), "{}", served.log());
    let took = told.elapsed();
    println!("it ended after {took:?}");
    assert!(took > Duration::from_secs(4), "it waited");
    for sender in senders {
        sender.join().unwrap();
    }
    for left in ["mu-panel.db-upload", "mu-panel.db-socket"] {
        assert!(!home.path(left).exists(), "{left}");
    }
    let log = std::fs::metadata(home.path("mu-panel.db-wal")).map_or(0, |file| file.len());
    assert_eq!(log, 0, "the write-ahead log");
    home.run(&["user", "show", "alice"]).ok().prints("uploaded        0 B");
    home.run(&["check"]).ok();
}

/// Between two parts of what is sent slowly on purpose.
fn pause(time: Duration) -> bool {
    thread::sleep(time);
    true
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let home = Home::new();
    let mut served = home.serve();
    let _report = half_a_report(&home, &served);
    served.signal(Signal::TERM);
    until("the port to be closed", || is_closed(&served));
    let told = Instant::now();
    served.signal(Signal::INT);
    assert_eq!(served.ended(), Some(1));
    assert!(told.elapsed() < Duration::from_secs(3), "{:?}", told.elapsed());
    home.run(&["check"]).ok();
    home.serve();
}

/// `tiny_http` never accepts again once it was refused a file.
#[test]
fn a_server_that_can_take_no_more_requests_ends_so_that_it_is_started_again() {
    if missing(&["prlimit"]) {
        return;
    }
    let home = Home::new();
    let mut served = home.serve_with(&["--backup-dir", "none"], &[]);
    let open = std::fs::read_dir(format!("/proc/{}/fd", served.id())).unwrap();
    let open: Vec<usize> = open.map(|file| file.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect();
    let free = (0..1000).find(|file| !open.contains(file)).unwrap();
    // One more each time: for the client, for the door's end of the private connection, and then none for the other
    // end.
    for limit in free..free + 50 {
        let limit = format!("--nofile={limit}:");
        Command::new("prlimit").args(["--pid", &served.id().to_string(), &limit]).status().unwrap();
        let Ok(stream) = TcpStream::connect(served.address) else { break };
        let mut wire = Wire::new(stream);
        wire.send("GET /mu/v2 HTTP/1.1\r\nHost: x\r\n\r\n");
        let sent = Instant::now();
        while served.runs() && sent.elapsed() < Duration::from_millis(300) {
            thread::sleep(Duration::from_millis(5));
        }
        if !served.runs() {
            break;
        }
    }
    assert_eq!(served.ended(), Some(1), "{}", served.log());
    // It depends on which of its files it was refused.
    let log = served.log();
    assert!(log.contains("no more requests can be taken") || log.contains("does not listen"), "{log}");
}

/// A terminal that is closed, or a session that ends, leaves a server alone that was started from it.
#[test]
fn a_hangup_does_not_end_it() {
    let home = Home::new();
    let socket = home.path("front");
    let place = format!("unix:{}", socket.display());
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0", "--listen", &place]);
    command.env("TZ", "UTC");
    let mut served = home.start(command);
    for _ in 0..3 {
        served.signal(Signal::HUP);
        assert_eq!(served.call(&home.token(), "GET", "/mu/v2", "").0, 200);
    }
    assert!(served.runs() && socket.exists());
    served.signal(Signal::TERM);
    assert_eq!(served.ended(), Some(0));
    assert!(!socket.exists() && !home.path("mu-panel.db-socket").exists());
}
