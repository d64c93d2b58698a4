//! A certificate with its key: read from PEM, and what its fields say of its life.

use super::identifier::Host;
use crate::{model::Time, outbound::provider};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    server::ParsedCertificate,
    sign::CertifiedKey,
};
use std::sync::Arc;

/// What is served, and when it begins and ends.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub key: Arc<CertifiedKey>,
    pub begins: Time,
    pub ends: Time,
    /// How the authority's advice about it is asked for (RFC 9773, 4.1), if it can be.
    pub id: Option<(Vec<u8>, Vec<u8>)>,
}

impl Certificate {
    /// Reads a private key and a chain that stand in one text, and checks that they belong together and to the host.
    pub(super) fn read(pem: &[u8], host: &Host) -> Result<Self, String> {
        let bad = |error: &dyn std::fmt::Display| format!("the certificate cannot be used: {error}");
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| bad(&error))?;
        let leaf = chain.first().ok_or_else(|| bad(&"there is none"))?.clone();
        let secret = PrivateKeyDer::from_pem_slice(pem).map_err(|error| bad(&error))?;
        let key = provider().key_provider.load_private_key(secret).map_err(|error| bad(&error))?;
        let key = CertifiedKey::new(chain, key);
        key.keys_match().map_err(|error| bad(&error))?;
        let name = ServerName::try_from(host.to_string()).map_err(|error| bad(&error))?;
        let parsed = ParsedCertificate::try_from(&leaf).map_err(|error| bad(&error))?;
        verify_server_name(&parsed, &name).map_err(|error| bad(&error))?;
        let fields = Fields::of(&leaf).ok_or_else(|| bad(&"its fields cannot be read"))?;
        let id = fields.authority.map(|authority| (authority.to_vec(), fields.serial.to_vec()));
        Ok(Self { key: Arc::new(key), begins: fields.begins, ends: fields.ends, id })
    }

    /// The last part of the address at which the authority gives its advice.
    pub(super) fn advice_path(&self) -> Option<String> {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        self.id.as_ref().map(|(authority, serial)| format!("{}.{}", encode(authority), encode(serial)))
    }
}

/// What we need of a certificate (RFC 5280, 4.1).
struct Fields<'a> {
    serial: &'a [u8],
    begins: Time,
    ends: Time,
    /// The identifier of the authority's key.
    authority: Option<&'a [u8]>,
}

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const KEY_IDENTIFIER: u8 = 0x80;
/// 2.5.29.35, authorityKeyIdentifier.
const AUTHORITY_KEY: &[u8] = &[0x55, 0x1d, 0x23];

impl<'a> Fields<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        let mut certificate = Der(Der(der).take(SEQUENCE)?);
        let mut body = Der(certificate.take(SEQUENCE)?);
        let _version = body.take(VERSION);
        let serial = body.take(INTEGER)?;
        let _algorithm = body.take(SEQUENCE)?;
        let _issuer = body.take(SEQUENCE)?;
        let mut validity = Der(body.take(SEQUENCE)?);
        let (begins, ends) = (validity.time()?, validity.time()?);
        let mut authority = None;
        while let Some((tag, value)) = body.next() {
            if tag != EXTENSIONS {
                continue;
            }
            let mut extensions = Der(Der(value).take(SEQUENCE)?);
            while let Some(extension) = extensions.take(SEQUENCE) {
                let mut extension = Der(extension);
                if extension.take(OID)? != AUTHORITY_KEY {
                    continue;
                }
                let value = loop {
                    if let (OCTETS, value) = extension.next()? {
                        break value;
                    }
                };
                authority = Der(Der(value).take(SEQUENCE)?).take(KEY_IDENTIFIER);
            }
        }
        Some(Self { serial, begins, ends, authority })
    }
}

/// What is left of a value in DER.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (bytes, rest) =
                rest.split_at_checked(usize::from(first & 0x7f)).filter(|(bytes, _)| bytes.len() <= 4)?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, value))
    }

    /// The next value if it has that tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.0.first() != Some(&tag) {
            return None;
        }
        self.next().map(|(_, value)| value)
    }

    fn time(&mut self) -> Option<Time> {
        let (tag, value) = self.next()?;
        let digits = std::str::from_utf8(value).ok()?.strip_suffix('Z')?;
        // Two digits are a year from 1950 to 2049 (RFC 5280, 4.1.2.5.1).
        let digits = match tag {
            UTC_TIME if digits.len() == 12 => format!("{}{digits}", if digits < "50" { "20" } else { "19" }),
            GENERALIZED_TIME => digits.to_owned(),
            _ => return None,
        };
        let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

    fn made(names: &[&str], year: i32) -> (String, Vec<u8>) {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let id = authority.key_identifier(&authority_key);
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(vec![0x87, 0x65].into());
        params.not_before = date_time_ymd(2026, 2, 3);
        params.not_after = date_time_ymd(year, 3, 4);
        let signed = params.signed_by(&key, &issuer).unwrap();
        (format!("{}{}", key.serialize_pem(), signed.pem()), id)
    }

    #[test]
    fn its_fields_are_read() {
        let host = Host::Name("a.example.org".to_owned());
        for (year, ends) in [(2026, 1_772_582_400), (2060, 2_845_584_000)] {
            let (pem, authority) = made(&["a.example.org"], year);
            let certificate = Certificate::read(pem.as_bytes(), &host).unwrap();
            assert_eq!((certificate.begins, certificate.ends), (1_770_076_800, ends));
            let (found, serial) = certificate.id.clone().unwrap();
            assert_eq!((found, serial), (authority, vec![0, 0x87, 0x65]));
            assert!(certificate.advice_path().unwrap().ends_with(".AIdl"));
        }
    }

    #[test]
    fn one_for_another_host_or_another_key_is_refused() {
        let (pem, _) = made(&["a.example.org", "203.0.113.7"], 2027);
        let (other, _) = made(&["a.example.org"], 2027);
        let name = |name: &str| Host::Name(name.to_owned());
        assert!(Certificate::read(pem.as_bytes(), &Host::Address([203, 0, 113, 7].into())).is_ok());
        assert!(Certificate::read(pem.as_bytes(), &Host::Address([203, 0, 113, 8].into())).is_err());
        assert!(Certificate::read(pem.as_bytes(), &name("b.example.org")).is_err());
        let key = &other[..other.find("-----BEGIN CERT").unwrap()];
        let mixed = format!("{key}{}", &pem[pem.find("-----BEGIN CERT").unwrap()..]);
        assert!(Certificate::read(mixed.as_bytes(), &name("a.example.org")).is_err());
        assert!(Certificate::read(b"", &name("a.example.org")).is_err());
    }

    #[test]
    fn no_bytes_break_the_reader() {
        let (pem, _) = made(&["a.example.org"], 2027);
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        for at in 0..der.len() {
            let _ = Fields::of(&der[..at]);
            let mut bent = der.to_vec();
            bent[at] ^= 0xff;
            let _ = Fields::of(&bent);
        }
    }
}
