//! A load on a server: connections that are kept, each of which sends a request and reads the answer, again and again.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// Connections to one server.
pub(crate) struct Load {
    connections: Vec<Connection>,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Load {
    pub(crate) fn new(address: SocketAddr, connections: usize) -> Self {
        let connect = |_| {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_nodelay(true).unwrap();
            Connection { stream, buffer: vec![0; 256 * 1024] }
        };
        Self { connections: (0..connections).map(connect).collect() }
    }

    /// Answers a second, all connections together; `request` is asked for the number of the connection and of its turn.
    pub(crate) fn rate(self, span: Duration, request: impl Fn(usize, usize) -> Vec<u8> + Sync) -> f64 {
        let over = AtomicBool::new(false);
        let began = Instant::now();
        let answers: usize = std::thread::scope(|scope| {
            let drive = |(number, mut connection): (usize, Connection)| {
                let (over, request) = (&over, &request);
                scope.spawn(move || {
                    let mut turn = 0;
                    while !over.load(Ordering::Relaxed) {
                        connection.exchange(&request(number, turn));
                        turn += 1;
                    }
                    turn
                })
            };
            let drivers: Vec<_> = self.connections.into_iter().enumerate().map(drive).collect();
            std::thread::sleep(span);
            over.store(true, Ordering::Relaxed);
            drivers.into_iter().map(|driver| driver.join().unwrap()).sum()
        });
        f64::from(u32::try_from(answers).unwrap()) / began.elapsed().as_secs_f64()
    }

    /// The longest time without an answer on any connection while `work` is done, and how long that takes, in seconds.
    pub(crate) fn longest(self, work: impl FnOnce(), request: impl Fn(usize, usize) -> Vec<u8> + Sync) -> (f64, f64) {
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let drive = |(number, mut connection): (usize, Connection)| {
                let (over, request) = (&over, &request);
                scope.spawn(move || {
                    let (mut longest, mut turn) = (0.0_f64, 0);
                    while !over.load(Ordering::Relaxed) {
                        let began = Instant::now();
                        connection.exchange(&request(number, turn));
                        longest = longest.max(began.elapsed().as_secs_f64());
                        turn += 1;
                    }
                    longest
                })
            };
            let drivers: Vec<_> = self.connections.into_iter().enumerate().map(drive).collect();
            let began = Instant::now();
            work();
            let took = began.elapsed().as_secs_f64();
            over.store(true, Ordering::Relaxed);
            let longest = drivers.into_iter().map(|driver| driver.join().unwrap()).fold(0.0, f64::max);
            (longest, took)
        })
    }

    /// Seconds that one request takes.
    pub(crate) fn once(&mut self, request: &[u8]) -> f64 {
        let began = Instant::now();
        self.connections[0].exchange(request);
        began.elapsed().as_secs_f64()
    }
}

impl Connection {
    fn exchange(&mut self, request: &[u8]) {
        self.stream.write_all(request).unwrap();
        let mut filled = 0;
        let (head, length) = loop {
            let read = self.stream.read(&mut self.buffer[filled..]).unwrap();
            assert!(read > 0, "the server has hung up");
            filled += read;
            if let Some(end) = self.buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") {
                let head = std::str::from_utf8(&self.buffer[..end]).unwrap();
                assert!(head.starts_with("HTTP/1.1 200"), "{head}");
                let length = head
                    .lines()
                    .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
                break (end + 4, length.unwrap_or(0));
            }
        };
        let mut missing: usize = (head + length) - filled;
        while missing > 0 {
            let most = missing.min(self.buffer.len());
            let read = self.stream.read(&mut self.buffer[..most]).unwrap();
            assert!(read > 0, "the server has hung up");
            missing -= read;
        }
    }
}

/// What comes of each of them on average, done in turn for that long together, so that whatever else the machine does
/// falls on all.
pub(crate) fn in_turns<const N: usize>(span: Duration, mut all: [&mut dyn FnMut(Duration) -> f64; N]) -> [f64; N] {
    const ROUNDS: u32 = 8;
    let mut sums = [0.0; N];
    for _ in 0..ROUNDS {
        for (sum, one) in sums.iter_mut().zip(&mut all) {
            *sum += one(span / ROUNDS);
        }
    }
    sums.map(|sum| sum / f64::from(ROUNDS))
}

/// The middle one.
pub(crate) fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Median seconds of two things done in turn, so that whatever else the machine does falls on both.
pub(crate) fn alternating(rounds: usize, mut ours: impl FnMut() -> f64, mut theirs: impl FnMut() -> f64) -> (f64, f64) {
    ours();
    theirs();
    let (mut a, mut b): (Vec<f64>, Vec<f64>) = (0..rounds).map(|_| (ours(), theirs())).unzip();
    (median(&mut a), median(&mut b))
}
