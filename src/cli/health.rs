//! `mu-panel health`: asks the running panel whether it is well, as a container's health check does.

use super::{Context, reach::Place, running, say};
use crate::error::{Fault, Result};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, IpAddr, ServerName, UnixTime},
};
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    sync::Arc,
    time::Duration,
};

/// How long the panel may take.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
const MAX_ANSWER: u64 = 64 * 1024;

/// Asks at each address that it listens on.
pub(super) fn run(context: &Context) -> Result<()> {
    let reach = running::reach(context)?;
    let certified = running::is_certified(context, &reach);
    // Until there is a certificate, its port cannot answer.
    let answers =
        |place: &&Place| reach.site.is_none() || certified || !matches!(place, Place::Tcp { secure: true, .. });
    for place in reach.places.iter().filter(answers) {
        let address = match place.on_this_machine() {
            place @ Place::Tcp { .. } => format!("{place}{}", reach.root),
            place @ Place::Unix(_) => format!("{place} {}", reach.root),
        };
        let unwell = |detail: String| Fault::ServerUnwell { address: address.clone(), detail };
        let status = ask(&address).map_err(|error| unwell(error.to_string()))?;
        // A listener that only leads to the one with TLS says so.
        if !(200..400).contains(&status) {
            return Err(unwell(format!("status {status}")).into());
        }
    }
    say("well");
    Ok(())
}

/// The status of `/healthz`.
fn ask(address: &str) -> io::Result<u16> {
    let malformed = || io::Error::other("no address");
    if let Some(socket) = address.strip_prefix("unix:") {
        let (path, root) = socket.rsplit_once(' ').ok_or_else(malformed)?;
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(MAX_WAIT))?;
        stream.set_write_timeout(Some(MAX_WAIT))?;
        return status(stream, root);
    }
    let (scheme, rest) = address.split_once("://").ok_or_else(malformed)?;
    let (host, root) = rest.split_once('/').map_or((rest, String::new()), |(host, root)| (host, format!("/{root}")));
    let socket: SocketAddr = host.parse().map_err(|_| malformed())?;
    let stream = TcpStream::connect_timeout(&socket, MAX_WAIT)?;
    stream.set_read_timeout(Some(MAX_WAIT))?;
    stream.set_write_timeout(Some(MAX_WAIT))?;
    if scheme != "https" {
        return status(stream, &root);
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Ourselves(provider)))
        .with_no_client_auth();
    let name = ServerName::IpAddress(IpAddr::from(socket.ip()));
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    status(StreamOwned::new(connection, stream), &root)
}

fn status(mut stream: impl Read + Write, root: &str) -> io::Result<u16> {
    write!(stream, "GET {root}/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    stream.flush()?;
    let mut answer = Vec::new();
    let read = stream.take(MAX_ANSWER).read_to_end(&mut answer);
    let head = String::from_utf8_lossy(&answer);
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|status| status.parse().ok());
    // The end of the connection matters only if it came before the status.
    status.ok_or_else(|| read.err().unwrap_or_else(|| io::Error::other("no answer")))
}

/// Takes any certificate: this machine asks itself, at its own address, for nothing secret.
#[derive(Debug)]
struct Ourselves(Arc<CryptoProvider>);

impl ServerCertVerifier for Ourselves {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
