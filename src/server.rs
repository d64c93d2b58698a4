//! `tiny_http` and its worker threads, on a private socket behind the door: turns what comes over the socket into
//! plain requests, and plain replies into answers.

mod admission;
mod worker_pool;

pub use admission::Admission;

use crate::{
    app::App,
    bridge::{self, Bridge, Validity},
    error::{Error, Fault, Result},
    http::{Body, CacheStamp, Reply, Request, Verb, for_log, no_body},
    model::Time,
    routes::{self, Answer},
};
use std::{
    fs::File,
    io::{Cursor, Read, Take},
    net::IpAddr,
    os::unix::net::UnixListener,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};
use worker_pool::WorkerPool;

/// The largest body, in bytes: batches of 8 MiB, and some.
const MAX_BODY: usize = 8 * 1024 * 1024 + 64 * 1024;

/// An answer that the door may give again, without asking, for as long as it is valid.
struct CachedAnswer {
    app: Arc<App>,
    clock: fn() -> Time,
    cache_stamp: CacheStamp,
    /// The request, as it is logged.
    line: String,
}

impl Validity for CachedAnswer {
    fn is_valid(&self) -> bool {
        self.app.holds(&self.cache_stamp, (self.clock)())
    }

    fn is_for(&self, peer: IpAddr) -> bool {
        !self.cache_stamp.by_address || !self.app.is_pull_due(peer, (self.clock)())
    }

    fn repeated(&self, peer: IpAddr) {
        self.app.meters.count(200, 0);
        log::info!("{} 200 again {peer}", self.line);
    }
}

/// Is told when no more requests can be taken: `tiny_http` never accepts again after it has failed once.
pub type Failed = Box<dyn Fn(Error) + Send + Sync>;

/// A server that answers until it is stopped.
pub struct Server {
    shared: Arc<Shared>,
}

/// What the workers share.
struct Shared {
    http: tiny_http::Server,
    app: Arc<App>,
    clock: fn() -> Time,
    bridge: Arc<Bridge>,
    failed: Failed,
    pool: WorkerPool,
}

impl Server {
    /// Begins to answer what the door passes on to `listener`; `clock` tells the time of each request.
    ///
    /// # Errors
    /// [`Error::Internal`] if no thread can be started.
    pub fn start(
        listener: UnixListener,
        app: &Arc<App>,
        clock: fn() -> Time,
        bridge: Arc<Bridge>,
        failed: Failed,
    ) -> Result<Self> {
        let http = tiny_http::Server::from_listener(listener, None).map_err(Error::Internal)?;
        let shared =
            Arc::new(Shared { http, app: Arc::clone(app), clock, bridge, failed, pool: WorkerPool::default() });
        shared.start_workers()?;
        Ok(Self { shared })
    }

    /// Lets each worker finish its request, and waits for that.
    pub fn stop(self) {
        self.shared.stop_workers();
    }
}

impl Shared {
    fn outgoing(&self, mut reply: Reply, line: &str) -> tiny_http::Response<Content> {
        if let Body::Shared(bytes) = &reply.body
            && bytes.len() >= bridge::MIN_HANDED_OVER
        {
            let validity = reply.cache_stamp.map(|cache_stamp| {
                Arc::new(CachedAnswer {
                    app: Arc::clone(&self.app),
                    clock: self.clock,
                    cache_stamp,
                    line: line.to_owned(),
                }) as Arc<dyn Validity>
            });
            let ticket = self.bridge.answers.put(Arc::clone(bytes), validity);
            reply.headers.push((bridge::BODY, ticket.to_string().into()));
            reply.body = Body::Owned(Vec::new());
        }
        let header = |name: &str, value: &str| tiny_http::Header::from_bytes(name, value).ok();
        let headers = reply.headers.iter().filter_map(|(name, value)| header(name, value)).collect();
        let (content, length) = match reply.body {
            Body::File(file, length) => {
                (Content::File(file.take(length)), usize::try_from(length).unwrap_or(usize::MAX))
            }
            body => {
                let length = body.as_bytes().len();
                (Content::Bytes(Cursor::new(Bytes(body))), length)
            }
        };
        tiny_http::Response::new(tiny_http::StatusCode(reply.status), headers, content, Some(length), None)
            // Without this a body of more than 32 KiB would be sent in chunks, which old clients do not all read.
            .with_chunked_threshold(usize::MAX)
    }

    fn serve(self: &Arc<Self>, mut incoming: tiny_http::Request) {
        let began = Instant::now();
        let mut request = bare(&incoming, &self.app, (self.clock)());
        let line = format!("{} {}", incoming.method(), for_log(path_of(incoming.url())).escape_debug());
        let peer = request.peer;
        let answer = match self.body(&request, &mut incoming) {
            Ok(body) => {
                request.body = body;
                begin(&self.app, request)
            }
            Err(error) => Answer::Now(routes::answered(&self.app, &request, Err(error))),
        };
        let pending = Pending { incoming, line, peer, began };
        match answer {
            Answer::Now(reply) => self.send(pending, reply),
            Answer::Deferred(deferred) => {
                let shared = Arc::clone(self);
                deferred.then(&self.app, move |reply| shared.send(pending, reply));
            }
        }
    }

    /// The body of a request: the one that was handed over, or the one that follows its head.
    fn body(&self, request: &Request, incoming: &mut tiny_http::Request) -> Result<Arc<Vec<u8>>> {
        let Some(ticket) = request.header(bridge::BODY) else {
            return if incoming.body_length() == Some(0) { Ok(no_body()) } else { read_body(incoming).map(Arc::new) };
        };
        let body = self.bridge.requests.take(ticket).ok_or_else(|| Error::internal("a body was lost on its way"))?;
        Ok(body.bytes)
    }

    fn send(&self, pending: Pending, reply: Reply) {
        let Pending { incoming, line, peer, began } = pending;
        let status = reply.status;
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        // Before it is sent, so that a client that has its answer finds it counted.
        self.app.meters.count(status, micros);
        // The client may be gone before its answer: there is nothing to do about that.
        let _ = incoming.respond(self.outgoing(reply, &line));
        log::info!("{line} {status} {micros}us {peer}");
    }
}

/// A request that waits for its answer.
struct Pending {
    incoming: tiny_http::Request,
    /// The request, as it is logged.
    line: String,
    peer: IpAddr,
    began: Instant,
}

fn begin(app: &App, request: Request) -> Answer {
    catch_unwind(AssertUnwindSafe(|| routes::begin(app, request))).unwrap_or_else(|_| {
        let words = r#"{"ret":0,"msg":"the panel has a fault of its own: its log says which"}"#;
        Answer::Now(routes::for_program(Reply::json(500, words)))
    })
}

fn read_body(incoming: &mut tiny_http::Request) -> Result<Vec<u8>> {
    let too_large = || Error::Invalid(Fault::BodyTooLarge { most: MAX_BODY });
    if incoming.body_length().is_some_and(|length| length > MAX_BODY) {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(incoming.body_length().unwrap_or_default());
    let mut body = incoming.as_reader().take(MAX_BODY as u64 + 1);
    body.read_to_end(&mut bytes).map_err(|error| Fault::BodyBad { detail: error.to_string() })?;
    if bytes.len() > MAX_BODY { Err(too_large()) } else { Ok(bytes) }
}

/// The request without its body.
fn bare(incoming: &tiny_http::Request, app: &App, now: Time) -> Request {
    let verb = match incoming.method() {
        tiny_http::Method::Get | tiny_http::Method::Head => Verb::Get,
        tiny_http::Method::Post => Verb::Post,
        other => Verb::Other(other.to_string()),
    };
    let mut request = Request::new(verb, incoming.url());
    request.headers = incoming
        .headers()
        .iter()
        .map(|header| (header.field.as_str().as_str().to_ascii_lowercase(), header.value.as_str().to_owned()))
        .collect();
    request.root = Arc::clone(&app.front.root);
    request.peer = peer_of(&request);
    request.secure = request.header(bridge::SECURE) == Some("1");
    if request.header(bridge::UNNAMED_PROXY).is_some() {
        app.note_unnamed_proxy(request.peer);
    }
    request.file = request.header(bridge::FILE).map(bridge::file_path);
    request.now = now;
    request
}

/// The client's address, which the door writes down; a client on a Unix socket has none and counts as this machine.
fn peer_of(request: &Request) -> IpAddr {
    let named = request.header(bridge::PEER).and_then(|address| address.parse().ok());
    named.unwrap_or(IpAddr::from([127, 0, 0, 1]))
}

fn path_of(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

/// What is sent, in pieces: of a file there is never more than one in memory.
enum Content {
    Bytes(Cursor<Bytes>),
    File(Take<Arc<File>>),
}

impl Read for Content {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Bytes(bytes) => bytes.read(into),
            Self::File(file) => file.read(into),
        }
    }
}

/// A body that can be read without copying it first.
struct Bytes(Body);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
