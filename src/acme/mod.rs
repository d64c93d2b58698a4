//! Certificates by itself, from an authority that speaks ACME (RFC 8555): for one host, ordered, renewed and kept in a
//! folder. It knows nothing of the sockets, which ask the `CertResolver`.

mod cert_resolver;
mod certificate;
mod client;
mod folder;
mod identifier;
mod keeper;
mod order;
mod schedule;
mod trouble;
mod status;
mod work;

pub use cert_resolver::CertResolver;
pub use folder::certificate_file;
pub use identifier::{HTTPS_PORT, Host, Site};
pub use keeper::Acme;
pub use status::{Hooks, Status};
pub use trouble::{Kind, Trouble};

use crate::outbound::Options;
use std::path::PathBuf;

/// Let's Encrypt.
pub const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// Let's Encrypt's authority for tries, which browsers do not trust.
pub const LETS_ENCRYPT_STAGING: &str = "https://acme-staging-v02.api.letsencrypt.org/directory";

/// What to get, from where, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the certificate is for.
    pub site: Site,
    /// Where the authority's directory is.
    pub directory: String,
    /// The profile to ask for; without one, `shortlived` for addresses where that is offered.
    pub profile: Option<String>,
    /// The name and the key of an account that was made beforehand.
    pub external: Option<(String, Vec<u8>)>,
    /// The admin's e-mail address, for the authority.
    pub contact: Option<String>,
    /// The folder in which everything is kept.
    pub folder: PathBuf,
    /// How to reach the authority.
    pub client: Options,
    /// Whether port 80 is ours, so that challenges over HTTP can be answered.
    pub http: bool,
}
