//! A server of the tests that keeps what it is sent and answers as it is told.

use crate::support::keys::Keys;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
};

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// What to answer: a status, headers and a body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Say {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Say {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

type Answers = dyn Fn(&Received) -> Say + Send + Sync;

pub(crate) struct Recorder {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Received>>>,
}

impl Recorder {
    /// Listens on a free port of this machine, with that certificate or without TLS.
    pub(crate) fn start(keys: Option<&Keys>, answers: impl Fn(&Received) -> Say + Send + Sync + 'static) -> Self {
        Self::on("127.0.0.1:0", keys, answers)
    }

    pub(crate) fn on(
        place: &str,
        keys: Option<&Keys>,
        answers: impl Fn(&Received) -> Say + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(place).unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (kept, answers, tls) = (Arc::clone(&seen), Arc::new(answers) as Arc<Answers>, keys.map(server_side));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, answers, tls) = (Arc::clone(&kept), Arc::clone(&answers), tls.clone());
                thread::spawn(move || match tls {
                    None => serve(stream, &kept, &*answers),
                    Some(tls) => serve(StreamOwned::new(ServerConnection::new(tls).unwrap(), stream), &kept, &*answers),
                });
            }
        });
        Self { address, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Received> {
        self.seen.lock().unwrap().clone()
    }
}

fn server_side(keys: &Keys) -> Arc<ServerConfig> {
    let (certificate, key) = keys.paths();
    let chain = CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap).collect();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap()).unwrap())
}

fn serve(stream: impl Read + Write, seen: &Mutex<Vec<Received>>, answers: &Answers) {
    let mut stream = BufReader::new(stream);
    while let Some(received) = read(&mut stream) {
        seen.lock().unwrap().push(received.clone());
        let say = answers(&received);
        if say.status == 0 {
            // As a server does that has died.
            return;
        }
        let mut head = format!("HTTP/1.1 {} x\r\nContent-Length: {}\r\n", say.status, say.body.len());
        for (name, value) in &say.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        let body: &[u8] = if received.method == "HEAD" { &[] } else { &say.body };
        let out = stream.get_mut();
        if out.write_all(&[head.as_bytes(), b"\r\n", body].concat()).and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

fn read(stream: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split_whitespace();
    let mut received =
        Received { method: words.next()?.to_owned(), path: words.next()?.to_owned(), ..Received::default() };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|count| *count > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        received.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = received.header("content-length").map_or(0, |length| length.parse().unwrap());
    received.body = vec![0; length];
    stream.read_exact(&mut received.body).ok()?;
    Some(received)
}

/// Accepts connections and never says anything.
pub(crate) fn silent() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}
