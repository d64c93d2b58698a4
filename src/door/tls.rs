//! The certificate and its key: read from PEM files, and read again when they change.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ResolvesServerCert;
use rustls::{ConfigBuilder, ServerConfig, ServerConnection, WantsVerifier};

/// How often the files are looked at, as long as clients connect.
const RECHECK: Duration = Duration::from_secs(2);

/// Most bytes that wait inside of a connection to be encrypted or sent.
const BUFFER: usize = 64 << 10;

/// The protocol in which an authority looks at a challenge (RFC 8737, 3).
const ACME_TLS: &[u8] = b"acme-tls/1";

/// TLS 1.2 and 1.3.
#[derive(Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
    /// Where the certificate comes from, if it comes from files.
    files: Option<Files>,
}

/// A certificate and its key in files.
#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    stamps: [Option<Stamp>; 2],
    /// Whether the files have changed and could not be read since.
    stale: bool,
    checked: Instant,
}

/// What changes when a file does: when its bytes and when its owner or mode were changed, in seconds and nanoseconds
/// each; its size in bytes; its inode.
type Stamp = ([i64; 4], u64, u64);

fn stamp(path: &Path) -> Option<Stamp> {
    let file = fs::metadata(path).ok()?;
    Some(([file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec()], file.size(), file.ino()))
}

impl Tls {
    /// Reads a certificate (with its chain) and its key from PEM files.
    ///
    /// # Errors
    /// In words, when they cannot be read or do not belong together.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, String> {
        // The stamps come first: a change while we read is then seen as one.
        let stamps = [stamp(certificate), stamp(key)];
        let config = read(certificate, key)?;
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        let files = Files { certificate, key, stamps, stale: false, checked: Instant::now() };
        Ok(Self { config, files: Some(files) })
    }

    /// Certificates as that gives them, for each connection anew; among them those for an authority's challenges.
    ///
    /// # Errors
    /// In words.
    pub fn with(certificates: Arc<dyn ResolvesServerCert>) -> Result<Self, String> {
        let config = builder().map_err(|error| error.to_string())?.with_no_client_auth();
        let mut config = config.with_cert_resolver(certificates);
        config.alpn_protocols = vec![b"http/1.1".to_vec(), ACME_TLS.to_vec()];
        Ok(Self { config: Arc::new(config), files: None })
    }

    /// The server's side of a new connection.
    pub(super) fn connection(&mut self, now: Instant) -> Result<ServerConnection, rustls::Error> {
        if let Some(files) = &mut self.files
            && now - files.checked >= RECHECK
        {
            files.checked = now;
            self.config = files.refresh().unwrap_or_else(|| Arc::clone(&self.config));
        }
        let mut connection = ServerConnection::new(Arc::clone(&self.config))?;
        connection.set_buffer_limit(Some(BUFFER));
        Ok(connection)
    }
}

impl Files {
    /// What they have become, if they can be used and are not what they were.
    fn refresh(&mut self) -> Option<Arc<ServerConfig>> {
        let stamps = [stamp(&self.certificate), stamp(&self.key)];
        let changed = stamps != self.stamps;
        if !changed && !self.stale {
            return None;
        }
        self.stamps = stamps;
        let read = read(&self.certificate, &self.key);
        // It is tried again: what kept it from being read may be over without a change.
        self.stale = read.is_err();
        match read {
            Ok(config) => {
                log::info!("the certificate `{}` was read again", self.certificate.display());
                return Some(config);
            }
            Err(why) if changed => log::warn!("keeping the certificate that was read before: {why}"),
            Err(_) => {}
        }
        None
    }
}

fn builder() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, rustls::Error> {
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    let unreadable = |path: &Path, error| format!("cannot read `{}`: {error}", path.display());
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(certificate, error))?;
    if chain.is_empty() {
        return Err(format!("there is no certificate in `{}`", certificate.display()));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
    let unusable = |error| format!("cannot use `{}` with `{}`: {error}", certificate.display(), key.display());
    let mut config =
        builder().and_then(|config| config.with_no_client_auth().with_single_cert(chain, secret)).map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
