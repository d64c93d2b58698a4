//! A door with a server behind it.

use std::fmt::Write;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mu_panel::bridge::{self, Bridge, Validity};
use mu_panel::door::{Config, Door, Limits, Listener, Shutdown, Stats};
use rustls::ClientConfig;
use tempfile::TempDir;
use tiny_http::{Header, Request, Response, Server};

use crate::support::wire::PATIENCE;
pub(crate) use crate::support::wire::{Answer, Wire, until};

/// An open door. It is closed when this is dropped.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    /// What clients need to know to speak TLS, if that is spoken.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) shutdown: Shutdown,
    /// Whether the answers of `/cacheable` are valid, and which clients were given them again.
    pub(crate) promise: Arc<Promise>,
    /// Lets one request for `/held` go on.
    pub(crate) release: Sender<()>,
    /// Gets a message when a request for `/held` has come.
    pub(crate) held: Receiver<()>,
    _dir: TempDir,
    server: Arc<Server>,
    door: Option<JoinHandle<io::Result<()>>>,
    workers: Vec<JoinHandle<()>>,
}

/// What the server says of the answers of `/cacheable`.
#[derive(Default)]
pub(crate) struct Promise {
    pub(crate) broken: AtomicBool,
    /// Whether they wait as the answers of `/held` do.
    pub(crate) slow: AtomicBool,
    pub(crate) repeats: Mutex<Vec<IpAddr>>,
}

impl Validity for Promise {
    fn is_valid(&self) -> bool {
        !self.broken.load(SeqCst)
    }

    fn is_for(&self, _: IpAddr) -> bool {
        true
    }

    fn repeated(&self, client: IpAddr) {
        self.repeats.lock().unwrap().push(client);
    }
}

/// Limits that a test can wait for.
pub(crate) fn short() -> Limits {
    Limits {
        head_time: Duration::from_millis(400),
        first_byte_time: Duration::from_millis(400),
        body_time: Duration::from_millis(800),
        body_grace: Duration::from_millis(300),
        body_rate: 100_000,
        idle_time: Duration::from_millis(600),
        stall_time: Duration::from_millis(600),
        held_time: Duration::from_millis(300),
        linger_time: Duration::from_millis(400),
        queue_time: Duration::from_millis(400),
        upload_quiet: Duration::from_millis(400),
        upload_rate: 1000,
        answer_time: Duration::from_millis(1500),
        shutdown_time: Duration::from_millis(600),
        ..Limits::default()
    }
}

pub(crate) fn open(config: Config) -> House {
    open_at(vec![Listener::bind("127.0.0.1:0").unwrap()], config)
}

pub(crate) fn open_with(limits: Limits) -> House {
    open(Config { limits, ..Config::default() })
}

pub(crate) fn open_at(listeners: Vec<Listener>, config: Config) -> House {
    let address = listeners.iter().find_map(Listener::local_addr);
    let dir = TempDir::new().unwrap();
    let socket = dir.path().join("server");
    let server = Arc::new(Server::http_unix(&socket).unwrap());
    let bridge = Arc::new(Bridge::default());
    let (release, wait) = channel();
    let (arrived, held) = channel();
    let wait = Arc::new(Mutex::new(wait));
    let promise = Arc::new(Promise::default());
    let count = if config.admission.is_some() { bridge::MAX_IN_FLIGHT } else { config.upstream_connections };
    let workers = (0..count)
        .map(|_| {
            let (server, bridge) = (Arc::clone(&server), Arc::clone(&bridge));
            let (wait, arrived, promise) = (Arc::clone(&wait), arrived.clone(), Arc::clone(&promise));
            thread::spawn(move || {
                while let Ok(request) = server.recv() {
                    answer(request, &bridge, &promise, &arrived, &wait);
                }
            })
        })
        .collect();
    let door = Door::new(listeners, socket, bridge, config).unwrap();
    let (stats, shutdown) = (door.stats(), door.shutdown());
    let door = Some(thread::spawn(move || door.run()));
    let address = address.unwrap_or_else(|| "127.0.0.1:0".parse().unwrap());
    House { address, tls: None, stats, shutdown, promise, release, held, _dir: dir, server, door, workers }
}

/// Says what was asked, line by line, or does what the path says.
fn answer(
    mut request: Request,
    bridge: &Bridge,
    promise: &Arc<Promise>,
    arrived: &Sender<()>,
    wait: &Mutex<Receiver<()>>,
) {
    let url = request.url().to_owned();
    let (verb, count) = url.rsplit_once('/').unwrap_or_default();
    let count: usize = count.parse().unwrap_or_default();
    let result = match verb {
        "/named" | "/cached" => {
            static CACHED: OnceLock<Arc<Vec<u8>>> = OnceLock::new();
            let make = || vec![b'n'; count].into();
            let cached = verb == "/cached";
            let body = if cached { Arc::clone(CACHED.get_or_init(make)) } else { make() };
            let ticket = bridge.answers.put(body, None);
            let header = Header::from_bytes(bridge::BODY, ticket.to_string()).unwrap();
            request.respond(Response::from_data([]).with_header(header))
        }
        "/cacheable" => {
            static MADE: AtomicUsize = AtomicUsize::new(0);
            if promise.slow.load(SeqCst) {
                let _ = arrived.send(());
                let _ = wait.lock().unwrap().recv_timeout(PATIENCE);
            }
            let body = format!("{} {}", MADE.fetch_add(1, SeqCst), "l".repeat(count)).into_bytes();
            let ticket = bridge.answers.put(body.into(), Some(Arc::clone(promise) as Arc<dyn Validity>));
            let header = Header::from_bytes(bridge::BODY, ticket.to_string()).unwrap();
            request.respond(Response::from_data([]).with_header(header))
        }
        "/sized" => request.respond(Response::from_data(vec![b's'; count]).with_chunked_threshold(usize::MAX)),
        "/chunked" => request.respond(Response::from_data(vec![b'c'; count]).with_chunked_threshold(0)),
        "/status" => request.respond(Response::from_data([]).with_status_code(u16::try_from(count).unwrap())),
        "/unread" => request.respond(Response::from_string("unread")),
        "/panic" => return,
        _ => {
            if url == "/held" {
                let _ = arrived.send(());
                let _ = wait.lock().unwrap().recv_timeout(PATIENCE);
            }
            let mut lines = format!("{} {url}\n", request.method());
            for header in request.headers().iter().filter(|header| !header.field.equiv(bridge::BODY)) {
                let _ = writeln!(lines, "{}: {}", header.field.as_str().as_str().to_lowercase(), header.value);
            }
            let mut body = Vec::new();
            request.as_reader().read_to_end(&mut body).unwrap();
            if let Some(ticket) = request.headers().iter().find(|header| header.field.equiv(bridge::BODY)) {
                body.clone_from(&bridge.requests.take(ticket.value.as_str()).unwrap().bytes);
            }
            if let Some(header) = request.headers().iter().find(|header| header.field.equiv(bridge::FILE)) {
                let file = percent_encoding::percent_decode_str(header.value.as_str()).decode_utf8().unwrap();
                body = std::fs::read(&*file).unwrap();
            }
            let _ = writeln!(lines, "body {} sum {}", body.len(), sum(&body));
            request.respond(Response::from_string(lines))
        }
    };
    let _ = result;
}

/// Tells whether bytes arrived in order.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
}

impl House {
    pub(crate) fn connect(&self) -> Wire {
        let stream = TcpStream::connect(self.address).unwrap();
        match &self.tls {
            None => Wire::new(stream),
            Some(tls) => Wire::secure(stream, Arc::clone(tls)),
        }
    }

    /// Sends bytes on a connection of their own and reads one answer.
    pub(crate) fn ask(&self, bytes: impl AsRef<[u8]>) -> Option<Answer> {
        let mut wire = self.connect();
        wire.send(bytes);
        wire.answer()
    }

    /// A request as a good client sends it.
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.ask(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")).expect("an answer")
    }

    /// A good client is served.
    pub(crate) fn is_well(&self) {
        assert_eq!(self.get("/well").status, 200);
    }

    /// Waits until as many connections are open.
    pub(crate) fn until_open(&self, count: u64) {
        until(&format!("{count} connections"), || self.stats.open.get() == count);
    }

    /// Waits for the door to end and says what it returned.
    pub(crate) fn join(&mut self) -> io::Result<()> {
        self.door.take().unwrap().join().unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.shutdown.fire();
        let ended = self.door.take().map(|door| door.join().is_ok());
        for _ in &self.workers {
            self.server.unblock();
        }
        if !thread::panicking() {
            assert_ne!(ended, Some(false), "the door panicked");
            for worker in self.workers.drain(..) {
                worker.join().unwrap();
            }
        }
    }
}
