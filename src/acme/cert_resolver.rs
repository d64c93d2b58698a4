//! What the listeners need: the certificate that is served now, and the answers to challenges while an order is open.

use crate::{model::lock, outbound::provider};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex},
};

/// The protocol under which an authority looks at a challenge (RFC 8737, 3).
const ACME_TLS: &[u8] = b"acme-tls/1";

/// Shared by the listeners and what orders certificates.
#[derive(Default)]
pub struct CertResolver(Mutex<Content>);

#[derive(Default)]
struct Content {
    certificate: Option<Arc<CertifiedKey>>,
    /// Key authorizations by token (RFC 8555, 8.3).
    tokens: HashMap<String, String>,
    /// Challenge certificates by the name that is asked for.
    challenges: HashMap<String, Arc<CertifiedKey>>,
}

impl fmt::Debug for CertResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertResolver")
    }
}

impl CertResolver {
    /// Whether there is a certificate to serve.
    pub fn has_certificate(&self) -> bool {
        lock(&self.0).certificate.is_some()
    }

    /// The answer to a challenge over HTTP, by the last part of its path.
    pub fn answer(&self, token: &str) -> Option<String> {
        lock(&self.0).tokens.get(token).cloned()
    }

    pub(super) fn serve(&self, certificate: Arc<CertifiedKey>) {
        lock(&self.0).certificate = Some(certificate);
    }

    pub(super) fn put_token(&self, token: &str, authorization: &str) {
        lock(&self.0).tokens.insert(token.to_owned(), authorization.to_owned());
    }

    /// Makes the certificate by which a challenge over TLS is answered.
    pub(super) fn put_challenge(&self, name: &str, digest: &[u8]) -> Result<(), String> {
        let failed = |error: &dyn fmt::Display| format!("cannot make a certificate: {error}");
        let key = KeyPair::generate().map_err(|error| failed(&error))?;
        let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(|error| failed(&error))?;
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let made = params.self_signed(&key).map_err(|error| failed(&error))?;
        let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = provider().key_provider.load_private_key(secret).map_err(|error| failed(&error))?;
        let key = CertifiedKey::new(vec![made.der().clone()], key);
        lock(&self.0).challenges.insert(asked_for(name), Arc::new(key));
        Ok(())
    }

    pub(super) fn forget_challenges(&self) {
        let mut content = lock(&self.0);
        content.tokens.clear();
        content.challenges.clear();
    }
}

/// The name by which an authority asks: of an address, that of its reverse lookup (RFC 8738, 6).
fn asked_for(name: &str) -> String {
    match name.parse() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(IpAddr::V6(address)) => {
            let nibbles = address.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
            nibbles.flat_map(|nibble| [digit(nibble), '.']).collect::<String>() + "ip6.arpa"
        }
        Err(_) => name.to_ascii_lowercase(),
    }
}

impl ResolvesServerCert for CertResolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let content = lock(&self.0);
        if hello.alpn().is_some_and(|mut offered| offered.all(|protocol| protocol == ACME_TLS)) {
            return content.challenges.get(&hello.server_name()?.to_ascii_lowercase()).cloned();
        }
        content.certificate.clone()
    }
}
