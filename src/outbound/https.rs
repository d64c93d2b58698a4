//! The HTTPS client: one request at a time, bounded in time and size, without redirects.

use super::{Failure, lookup_blocking};
use rustls::{
    crypto::CryptoProvider,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{
    io::{self, Read},
    net::SocketAddr,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};
use ureq::{
    Agent, Body, Error,
    config::Config,
    http::{HeaderMap, Request, Uri, response::Parts},
    tls::{Certificate, RootCerts, TlsConfig},
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

/// Most connections that are kept open for the next request, and for how long.
const IDLE_CONNECTIONS: usize = 2;
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);

/// Most addresses of a host that are tried.
const ADDRESSES: usize = 8;

/// How a client behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The authorities that are trusted in place of the public ones, if any.
    pub authorities: Option<Vec<CertificateDer<'static>>>,
    /// The longest that a request may take, from the lookup of the name to the end of the answer.
    pub time: Duration,
    /// The largest body of an answer, in bytes.
    pub most: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { authorities: None, time: Duration::from_secs(30), most: 1 << 20 }
    }
}

/// A client for everything that goes out. It blocks, so it is not for a thread that a runtime runs in; clones share
/// connections.
#[derive(Clone, Debug)]
pub struct Https {
    agent: Agent,
    most: u64,
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// An address of `https://` or `http://`.
    pub url: &'a str,
    /// Its headers, without those that go by themselves.
    pub headers: &'a [(&'a str, &'a str)],
    /// Its body, if it has one.
    pub body: Option<&'a [u8]>,
}

/// An answer, whatever its status. A redirect is one like any other: nothing is sent on to another address.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The text of a header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The one crypto library, for clients and servers.
pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider())))
}

/// Reads the certificates of authorities from a PEM file.
///
/// # Errors
/// In words.
pub fn authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(format!("there is no certificate in `{}`", file.display())),
        Ok(found) => Ok(found),
        Err(error) => Err(format!("cannot read `{}`: {error}", file.display())),
    }
}

impl Https {
    /// A client that behaves so.
    pub fn new(options: &Options) -> Self {
        let roots = options.authorities.as_ref().map_or(RootCerts::WebPki, |trusted| {
            RootCerts::Specific(Arc::new(trusted.iter().map(|der| Certificate::from_der(der).to_owned()).collect()))
        });
        let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider()).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(options.time))
            .max_idle_connections(IDLE_CONNECTIONS)
            .max_idle_connections_per_host(1)
            .max_idle_age(IDLE_TIMEOUT)
            .input_buffer_size(16 << 10)
            .output_buffer_size(16 << 10)
            .allow_non_standard_methods(true)
            .user_agent(concat!("mu-panel/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Lookup);
        Self { agent, most: options.most }
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// When there is none; a status such as 500 is an answer.
    pub fn send(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let (head, body) = self.begin(call)?;
        let body = body.into_with_config().limit(self.most).read_to_vec().map_err(failure)?;
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// The same for a caller to whom the status is the answer: of the body there is as much as came in time, and no
    /// more than the largest.
    ///
    /// # Errors
    /// When no status came.
    pub fn send_for_status(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let (head, body) = self.begin(call)?;
        let mut kept = Vec::new();
        // However it ends, the status stands.
        let _ = body.into_reader().take(self.most).read_to_end(&mut kept);
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: kept })
    }

    /// Sends a request and waits for the head of the answer.
    fn begin(&self, call: Call<'_>) -> Result<(Parts, Body), Failure> {
        let mut request = Request::builder().method(call.method).uri(call.url);
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        let answer = match call.body {
            Some(body) => request.body(body).map_err(Error::Http).and_then(|request| self.agent.run(request)),
            None => request.body(()).map_err(Error::Http).and_then(|request| self.agent.run(request)),
        };
        Ok(answer.map_err(failure)?.into_parts())
    }
}

/// Our resolver where `ureq` would ask the C library.
#[derive(Debug)]
struct Lookup;

impl Resolver for Lookup {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let bad = || Error::BadUri(String::new());
        let host = uri.host().ok_or_else(bad)?;
        let port = match uri.scheme_str() {
            Some("https") => 443,
            Some("http") => 80,
            _ => return Err(bad()),
        };
        let port = uri.port_u16().unwrap_or(port);
        let found = lookup_blocking(host, *timeout.after).map_err(|failure| Error::Other(Box::new(failure)))?;
        let mut addresses = self.empty();
        for address in found.into_iter().take(ADDRESSES) {
            addresses.push(SocketAddr::new(address, port));
        }
        Ok(addresses)
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Http(_) | Error::BadUri(_) => Failure::BadUrl,
        Error::Timeout(_) | Error::BodyStalled => Failure::TimedOut,
        Error::BodyExceedsLimit(most) => Failure::TooLarge(most),
        Error::Rustls(error) => tls_failure(&error),
        Error::Io(error) => io_failure(&error),
        Error::Other(other) => match other.downcast::<Failure>() {
            Ok(failure) => *failure,
            Err(other) => Failure::Broken(other.to_string()),
        },
        Error::ConnectionFailed => Failure::Unreachable("no address of it answers".to_owned()),
        Error::HostNotFound => Failure::Unreachable("it has no address".to_owned()),
        other => Failure::Broken(other.to_string()),
    }
}

fn io_failure(error: &io::Error) -> Failure {
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls_failure(inner);
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Failure::TimedOut,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => Failure::Broken(error.to_string()),
        _ => Failure::Unreachable(error.to_string()),
    }
}

fn tls_failure(error: &rustls::Error) -> Failure {
    match error {
        rustls::Error::InvalidCertificate(why) => Failure::Untrusted(why.to_string()),
        other => Failure::Broken(other.to_string()),
    }
}
