//! What clients reach through the node: a target that counts what it gets and sends, and the client's side of it.

use std::{
    io::{ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

/// A target of TCP and of UDP, on the same port.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    counted: Arc<Counted>,
}

#[derive(Default)]
struct Counted {
    got: AtomicU64,
    sent: AtomicU64,
    ended: AtomicU64,
}

/// What passes at a place of a stream that began so.
fn byte(seed: u64, at: u64) -> u8 {
    let mixed =
        (seed ^ (at / 8)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed.to_le_bytes()[usize::try_from(at % 8).unwrap()]
}

/// That many bytes of such a stream, from a place in it.
fn bytes(seed: u64, from: u64, length: usize) -> Vec<u8> {
    (from..from + length as u64).map(|at| byte(seed, at)).collect()
}

/// How a client asks for bytes: how many it will send, and how many it wants; with the seeds of both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) up: u64,
    pub(crate) down: u64,
    pub(crate) seed: u64,
}

const HEADER: usize = 24;

impl Order {
    fn header(self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        for (place, number) in header.chunks_mut(8).zip([self.up, self.down, self.seed]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        header
    }

    fn of(header: [u8; HEADER]) -> Self {
        let number = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().unwrap());
        Self { up: number(0), down: number(8), seed: number(16) }
    }
}

impl Target {
    pub(crate) fn start() -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into())
    }

    pub(crate) fn start_at(ip: IpAddr) -> Self {
        // The port of the one may be another's of the other kind.
        let (listener, socket) = std::iter::repeat_with(|| {
            let listener = TcpListener::bind((ip, 0)).unwrap();
            let socket = UdpSocket::bind(listener.local_addr().unwrap());
            (listener, socket)
        })
        .find_map(|(listener, socket)| Some((listener, socket.ok()?)))
        .unwrap();
        Self::at(listener, socket)
    }

    /// One at a given port.
    pub(crate) fn start_on(address: SocketAddr) -> Self {
        Self::at(TcpListener::bind(address).unwrap(), UdpSocket::bind(address).unwrap())
    }

    fn at(listener: TcpListener, socket: UdpSocket) -> Self {
        let address = listener.local_addr().unwrap();
        let counted = Arc::<Counted>::default();
        let counting = Arc::clone(&counted);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let counting = Arc::clone(&counting);
                thread::spawn(move || {
                    serve(&stream.unwrap(), &counting);
                    counting.ended.fetch_add(1, SeqCst);
                });
            }
        });
        let counting = Arc::clone(&counted);
        thread::spawn(move || echo(&socket, &counting));
        Self { address, counted }
    }

    /// What it got and what it sent, in bytes.
    pub(crate) fn counted(&self) -> (u64, u64) {
        (self.counted.got.load(SeqCst), self.counted.sent.load(SeqCst))
    }

    /// How many connections to it have ended; what they got and sent is counted.
    pub(crate) fn ended(&self) -> u64 {
        self.counted.ended.load(SeqCst)
    }
}

/// Reads what is announced while it writes what is asked for, and then ends; not every client can end one way alone.
fn serve(stream: &TcpStream, counted: &Arc<Counted>) {
    let mut reader = stream.try_clone().unwrap();
    let mut header = [0; HEADER];
    let mut got = 0;
    while got < HEADER {
        match reader.read(&mut header[got..]) {
            Ok(0) | Err(_) => return,
            Ok(read) => {
                got += read;
                counted.got.fetch_add(read as u64, SeqCst);
            }
        }
    }
    let order = Order::of(header);
    let counting = Arc::clone(counted);
    let mut writer = stream.try_clone().unwrap();
    let writing = thread::spawn(move || {
        let mut sent = 0;
        while sent < order.down {
            let piece = bytes(order.seed, sent, usize::try_from((order.down - sent).min(65_536)).unwrap());
            let Ok(wrote) = writer.write(&piece) else { break };
            sent += wrote as u64;
            counting.sent.fetch_add(wrote as u64, SeqCst);
        }
    });
    let mut at = 0;
    let mut piece = vec![0; 65_536];
    while at < order.up {
        match reader.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(read) => {
                assert_eq!(piece[..read], bytes(!order.seed, at, read), "what arrives is what was sent");
                at += read as u64;
                counted.got.fetch_add(read as u64, SeqCst);
            }
        }
    }
    writing.join().unwrap();
    let _ = stream.shutdown(Shutdown::Write);
    // What else comes is counted; the client's end is waited for.
    while let Ok(read @ 1..) = reader.read(&mut piece) {
        counted.got.fetch_add(read as u64, SeqCst);
    }
}

/// Sends each packet back twice, behind each other.
fn echo(socket: &UdpSocket, counted: &Counted) {
    let mut packet = vec![0; 65_536];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut packet) else { continue };
        counted.got.fetch_add(length as u64, SeqCst);
        for _ in 0..2 {
            let sent = socket.send_to(&packet[..length], from).unwrap();
            counted.sent.fetch_add(sent as u64, SeqCst);
        }
    }
}

/// The client's side of an order, over a stream that leads to the target: whether everything came, and nothing else.
pub(crate) fn carry_out(stream: TcpStream, order: Order) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_write_timeout(Some(Duration::from_secs(30)))?;
    let mut writer = stream.try_clone()?;
    let writing = thread::spawn(move || {
        writer.write_all(&order.header())?;
        let mut sent = 0;
        while sent < order.up {
            // Of all lengths, so that chunks are, too.
            let length = (order.up - sent).min(1 + (sent.wrapping_mul(31) ^ order.seed) % 40_000);
            writer.write_all(&bytes(!order.seed, sent, usize::try_from(length).unwrap()))?;
            sent += length;
        }
        Ok::<(), std::io::Error>(())
    });
    let mut reader = stream;
    let mut at = 0;
    let mut piece = vec![0; 65_536];
    loop {
        let read = reader.read(&mut piece)?;
        if read == 0 {
            break;
        }
        if piece[..read] != bytes(order.seed, at, read) {
            return Err(std::io::Error::new(ErrorKind::InvalidData, "not what was sent"));
        }
        at += read as u64;
    }
    writing.join().unwrap()?;
    if at == order.down { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

/// A connection through a SOCKS5 server.
pub(crate) fn connect(socks: SocketAddr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let mut stream = greeted(socks)?;
    ask(&mut stream, 1, to)?;
    Ok(stream)
}

fn greeted(socks: SocketAddr) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(socks)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(&[5, 1, 0])?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer)?;
    if answer == [5, 0] { Ok(stream) } else { Err(ErrorKind::PermissionDenied.into()) }
}

fn ask(stream: &mut TcpStream, command: u8, to: SocketAddr) -> std::io::Result<SocketAddr> {
    let mut request = vec![5, command, 0];
    write_address(&mut request, to);
    stream.write_all(&request)?;
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    if head[1] != 0 {
        return Err(ErrorKind::ConnectionRefused.into());
    }
    let mut ip = [0; 16];
    let length = if head[3] == 1 { 4 } else { 16 };
    stream.read_exact(&mut ip[..length])?;
    let mut port = [0; 2];
    stream.read_exact(&mut port)?;
    let ip = if head[3] == 1 { IpAddr::from([ip[0], ip[1], ip[2], ip[3]]) } else { IpAddr::from(ip) };
    Ok(SocketAddr::new(ip, u16::from_be_bytes(port)))
}

fn write_address(out: &mut Vec<u8>, to: SocketAddr) {
    match to.ip() {
        IpAddr::V4(ip) => {
            out.push(1);
            out.extend(ip.octets());
        }
        IpAddr::V6(ip) => {
            out.push(4);
            out.extend(ip.octets());
        }
    }
    out.extend(to.port().to_be_bytes());
}

/// Packets through a SOCKS5 server.
pub(crate) struct Packets {
    _control: TcpStream,
    socket: UdpSocket,
    relay: SocketAddr,
}

impl Packets {
    pub(crate) fn through(socks: SocketAddr) -> std::io::Result<Self> {
        let mut control = greeted(socks)?;
        let mut relay = ask(&mut control, 3, ([0, 0, 0, 0], 0).into())?;
        if relay.ip().is_unspecified() {
            relay.set_ip(socks.ip());
        }
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        Ok(Self { _control: control, socket, relay })
    }

    pub(crate) fn send(&self, to: SocketAddr, payload: &[u8]) {
        let mut packet = vec![0, 0, 0];
        write_address(&mut packet, to);
        packet.extend(payload);
        self.socket.send_to(&packet, self.relay).unwrap();
    }

    /// The next packet's source and payload.
    pub(crate) fn receive(&self) -> std::io::Result<(SocketAddr, Vec<u8>)> {
        let mut packet = vec![0; 65_536];
        let (length, _) = self.socket.recv_from(&mut packet)?;
        let (ip, rest) = if packet[3] == 1 {
            (IpAddr::from(<[u8; 4]>::try_from(&packet[4..8]).unwrap()), 8)
        } else {
            (IpAddr::from(<[u8; 16]>::try_from(&packet[4..20]).unwrap()), 20)
        };
        let port = u16::from_be_bytes([packet[rest], packet[rest + 1]]);
        Ok((SocketAddr::new(ip, port), packet[rest + 2..length].to_vec()))
    }
}
