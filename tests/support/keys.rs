//! Certificates that a test makes for itself, and clients that trust them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;

/// A certificate for `localhost` and its key in files.
pub(crate) struct Keys {
    dir: TempDir,
    certificate: CertificateDer<'static>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let certificate = write_pair(&dir);
        Self { dir, certificate }
    }

    pub(crate) fn paths(&self) -> (PathBuf, PathBuf) {
        (self.dir.path().join("cert.pem"), self.dir.path().join("key.pem"))
    }

    /// Puts another pair in the place of the old one.
    pub(crate) fn renew(&mut self) {
        self.certificate = write_pair(&self.dir);
    }

    /// A client that trusts the present certificate alone.
    pub(crate) fn client(&self, versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config)
    }
}

fn write_pair(dir: &TempDir) -> CertificateDer<'static> {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(dir.path().join("cert.pem"), pair.cert.pem()).unwrap();
    fs::write(dir.path().join("key.pem"), pair.signing_key.serialize_pem()).unwrap();
    pair.cert.der().clone()
}
