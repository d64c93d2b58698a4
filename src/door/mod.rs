//! The front door: owns the public sockets and lets only whole, bounded, well-formed requests through to the server,
//! which listens on a private Unix socket. It knows nothing of users, and of nodes only a lane and a right or wrong
//! token.
//!
//! One thread and one event loop (`Door::run`) serve every client, in the manner of nginx. `accept` lets clients in;
//! `client` and `begin` read a request (`head`, `target`, `body`), and `forward` writes it anew. `waiting` and `lanes`
//! let it wait for a worker; `pool` and `upstream` exchange it for an answer (`answer`, `reply`). `answer_cache` gives
//! a valid answer again, and to all clients that wait for it. `timeouts` keeps the deadlines of `limits`; `ending`
//! closes connections.

mod accept;
mod answer;
mod answer_cache;
mod begin;
pub mod body;
mod budget;
mod client;
mod redirect;
mod ending;
mod files;
mod forward;
pub mod forwarded;
mod guesses;
pub mod head;
mod job;
mod lanes;
mod limits;
mod listen;
mod output;
mod pool;
pub mod refusal;
mod reply;
mod request;
mod run;
mod stats;
mod stream;
mod target;
mod timeouts;
mod tls;
mod upload;
mod upstream;
mod waiting;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

pub use files::raise_file_limit;
pub use limits::{Limits, MAX_HEADERS};
pub use listen::{Listener, Scheme};
pub use redirect::{Redirect, RedirectTarget};
pub use refusal::plain;
pub use stats::Stats;
pub use tls::Tls;
pub use upload::UploadPermits;

use crate::bridge::{Admission, Bridge, Lane, MAX_IN_FLIGHT};
use crate::model::{Cidr, lock};
use answer_cache::AnswerCache;
use budget::Meter;
use guesses::Guesses;
use lanes::{Bounds, Lanes};
use refusal::{Render, Shown};

/// How the door behaves. The default suits a server that is reached directly.
pub struct Config {
    /// The bounds that it keeps.
    pub limits: Limits,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count.
    pub trusted_proxies: Vec<Cidr>,
    /// What is taken off the front of every path: empty, or like `/panel`.
    pub base_path: String,
    /// The certificate of the listeners that speak HTTPS.
    pub tls: Option<Tls>,
    /// What the listeners say that only tell where else everything is.
    pub redirect: Redirect,
    /// Most requests that the server works on at once, of each kind if `admission` tells several apart.
    pub upstream_connections: usize,
    /// Tells kinds of requests apart; without it all are of one.
    pub admission: Option<Arc<dyn Admission>>,
    /// Puts a refusal into words.
    pub refusal: Render,
    /// How a path is written into the log.
    pub shown: Shown,
    /// What time it is, in seconds since 1970 UTC; a door without a clock dates no answer of its own.
    pub clock: Option<fn() -> i64>,
    /// Where bodies larger than others may come, if anywhere.
    pub permits: Option<Arc<UploadPermits>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            base_path: String::new(),
            tls: None,
            redirect: Redirect::default(),
            upstream_connections: 8,
            admission: None,
            refusal: plain,
            shown: str::to_owned,
            clock: None,
            permits: None,
        }
    }
}

/// Ends a running door: no new requests, and those in flight end first. It can be fired from any thread.
#[derive(Clone, Debug)]
pub struct Shutdown {
    fired: Arc<AtomicBool>,
    waker: Arc<mio::Waker>,
}

impl Shutdown {
    /// Asks the door to end.
    pub fn fire(&self) {
        self.fired.store(true, SeqCst);
        if let Err(error) = self.waker.wake() {
            log::error!("cannot wake the door: {error}");
        }
    }
}

/// Opens listeners at a door that is open already. It can be used from any thread.
#[derive(Clone, Debug)]
pub struct Opener {
    pending: Arc<Mutex<Vec<Listener>>>,
    waker: Arc<mio::Waker>,
}

impl Opener {
    /// Lets clients in through these as well.
    pub fn open(&self, listeners: Vec<Listener>) -> io::Result<()> {
        lock(&self.pending).extend(listeners);
        self.waker.wake()
    }

    /// What is to be opened.
    fn take(&self) -> Vec<Listener> {
        std::mem::take(&mut *lock(&self.pending))
    }
}

/// A door that is set up but not open yet.
pub struct Door {
    poll: mio::Poll,
    listeners: Vec<Listener>,
    upstream: PathBuf,
    tls: Option<Tls>,
    lanes: Lanes,
    shared: Shared,
    shutdown: Shutdown,
    opener: Opener,
}

impl Door {
    /// A door between those listeners and the server that listens on the Unix socket `upstream`, with which it shares
    /// `bridge`. There will be no more connections than open files are allowed, so [`raise_file_limit`] comes first.
    pub fn new(listeners: Vec<Listener>, upstream: PathBuf, bridge: Arc<Bridge>, config: Config) -> io::Result<Self> {
        let poll = mio::Poll::new()?;
        let waker = Arc::new(mio::Waker::new(poll.registry(), run::WAKER)?);
        let fired = Arc::new(AtomicBool::new(false));
        let lanes = lanes(&config);
        // Each connection to the server is a file here and two in `tiny_http`.
        let room = files::room_for_connections(3 * lanes.max_in_flight());
        let shared = Shared {
            limits: Limits { connections: config.limits.connections.min(room), ..config.limits },
            trusted: config.trusted_proxies,
            base_path: config.base_path.trim_end_matches('/').to_owned(),
            refusal: config.refusal,
            shown: config.shown,
            clock: config.clock,
            stats: Arc::default(),
            bridge,
            permits: config.permits,
            redirect: config.redirect,
            admission: config.admission,
            answer_cache: AnswerCache::default(),
            guesses: Guesses::default(),
            requests: Meter::default(),
            node_requests: Meter::default(),
            answers: Meter::default(),
            stopping: Arc::clone(&fired),
        };
        Ok(Self {
            poll,
            listeners,
            upstream,
            tls: config.tls,
            lanes,
            shared,
            opener: Opener { pending: Arc::default(), waker: Arc::clone(&waker) },
            shutdown: Shutdown { fired, waker },
        })
    }

    /// The handle that ends it.
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// What opens more listeners.
    pub fn opener(&self) -> Opener {
        self.opener.clone()
    }

    /// What it counts.
    pub fn stats(&self) -> Arc<Stats> {
        Arc::clone(&self.shared.stats)
    }

    /// Serves until it is told to end and the requests in flight have ended, or had their time to.
    ///
    /// # Errors
    /// When it cannot wait for sockets, or the server behind it does not listen any more.
    pub fn run(self) -> io::Result<()> {
        run::Loop::new(self)?.run()
    }
}

/// The bounds of each lane: without an admission there is one alone.
fn lanes(config: &Config) -> Lanes {
    let most = config.upstream_connections.clamp(1, run::MAX_UPSTREAMS - MAX_IN_FLIGHT);
    Lanes::new(|lane| match (lane, &config.admission) {
        (Lane::Node, _) => Bounds { max_in_flight: most, max_waiting: config.limits.queue },
        (_, None) => Bounds { max_in_flight: 0, max_waiting: 0 },
        (lane, Some(_)) => Bounds { max_in_flight: lane.max_in_flight().min(most), max_waiting: lane.max_waiting() },
    })
}

/// What all clients have in common.
struct Shared {
    limits: Limits,
    trusted: Vec<Cidr>,
    base_path: String,
    refusal: Render,
    shown: Shown,
    clock: Option<fn() -> i64>,
    stats: Arc<Stats>,
    bridge: Arc<Bridge>,
    permits: Option<Arc<UploadPermits>>,
    redirect: Redirect,
    admission: Option<Arc<dyn Admission>>,
    answer_cache: AnswerCache,
    guesses: Guesses,
    /// Bytes of requests that are held, but for the next.
    requests: Meter,
    /// Bytes of requests with the node token that are held.
    node_requests: Meter,
    /// Bytes of answers that are held, without the shared bodies.
    answers: Meter,
    stopping: Arc<AtomicBool>,
}

impl Shared {
    fn is_stopping(&self) -> bool {
        self.stopping.load(SeqCst)
    }
}
