//! All at once, with the limits that the program has by itself: those who send nothing, those who send a byte a second, those who
//! never read.

use crate::{
    process::{Home, Served},
    support::wire::Wire,
};
use socket2::{Domain, Socket, Type};
use std::{
    fmt::Write as _,
    io::Write,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

const SILENT: usize = 1000;
const SLOW: usize = 1000;
const DEAF: usize = 200;

/// How long a good client waits for the list.
fn wait(served: &Served, request: &str) -> Duration {
    let began = Instant::now();
    let mut wire = Wire::new(TcpStream::connect(served.address).unwrap());
    wire.send(request);
    let answer = wire.answer().expect("an answer");
    assert!(answer.status == 200 && answer.text().contains("\"user1000\""));
    began.elapsed()
}

/// A connection that will never be read, with as little room for what it is sent as there can be.
fn deaf(served: &Served) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&served.address.into()).unwrap();
    socket.into()
}

#[test]
fn thousands_of_the_worst_are_gone_after_35_seconds() {
    let home = Home::new();
    let mut list = String::from(r#"{"ret":1,"data":["#);
    for id in 1..=1000 {
        let comma = if id == 1 { "" } else { "," };
        write!(
            list,
            r#"{comma}{{"id":{id},"email":"user{id}","passwd":"p{id}","port":{},"method":"aes-256-gcm","t":0,"u":0,"d":0,"transfer_enable":1099511627776,"switch":1,"enable":1}}"#,
            20_000 + id
        )
        .unwrap();
    }
    let list = home.file("users.json", list + "]}");
    home.run(&["import", list.to_str().unwrap()]).ok();
    let mut served = home.serve_with(&["--log", "error"], &[]);
    let request = format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\nToken: {}\r\n\r\n", home.token());
    let alone = wait(&served, &request);
    let (threads, files) = (served.status("Threads"), served.files());

    let began = Instant::now();
    let connect = |_| TcpStream::connect(served.address).unwrap();
    let silent: Vec<TcpStream> = (0..SILENT).map(connect).collect();
    let mut slow: Vec<TcpStream> = (0..SLOW).map(connect).collect();
    for (at, stream) in slow.iter_mut().enumerate() {
        let _ = if at % 2 == 0 {
            stream.write_all(b"GET / HTTP/1.1\r\nA: ")
        } else {
            stream.write_all(b"POST /mu/v2/nodes/1/traffic HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n")
        };
    }
    let deaf: Vec<TcpStream> = (0..DEAF).map(|_| deaf(&served)).collect();
    for mut stream in &deaf {
        let _ = stream.write_all(request.repeat(50).as_bytes());
    }
    let came = began.elapsed();
    // Whoever finds no room to wait in tries again after a second, and good clients would too.
    assert!(came < Duration::from_secs(6), "they have come after {came:?}");
    let mut waits = Vec::new();
    let pools = 3 * 64;
    let mut gone = None;
    while began.elapsed() < Duration::from_secs(35) {
        let second = Instant::now();
        for stream in &mut slow {
            let _ = stream.write(b"x");
        }
        for _ in 0..5 {
            waits.push(wait(&served, &request));
        }
        if served.files() <= files + pools {
            gone = Some(began.elapsed());
            break;
        }
        thread::sleep(Duration::from_secs(1).saturating_sub(second.elapsed()));
    }
    waits.sort_unstable();
    let (median, most, peak) = (waits[waits.len() / 2], waits[waits.len() - 1], served.status("VmHWM"));
    println!(
        "a good client waits {alone:?} alone, then {median:?}, at most {most:?}; all are gone after {gone:?}; at most {peak} KiB"
    );
    assert!(gone.is_some(), "{} files are open, {files} before", served.files());
    assert!(peak < 64 << 10, "{peak} KiB");
    assert!(served.status("Threads") <= threads + 64 + 8);
    assert!(served.runs() && !served.log().contains("panicked"), "{}", served.log());
    wait(&served, &request);
    drop((silent, slow, deaf));
}
