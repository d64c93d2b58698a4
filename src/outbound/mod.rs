//! What goes out of this program: one HTTPS client and one resolver for the node, certificates and notices. Nothing
//! here calls `getaddrinfo`: in a static file glibc's may end the process, depending on what `nsswitch.conf` asks it to
//! load.

mod https;
mod resolver;

pub use https::{Answer, Call, Https, Options, authorities, provider};
pub use resolver::{Resolver, lookup_blocking};

/// Requests and answers as `ureq` has them.
pub use ureq::http as wire;

use std::fmt;

/// Why nothing came back. It never holds the address that was called, which may have a secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// That is no address of `http://` or `https://`.
    BadUrl,
    /// No such name exists, or it has no address.
    NoSuchName(String),
    /// The name could not be looked up, for that reason.
    LookupFailed(String, String),
    /// No connection came about, for that reason.
    Unreachable(String),
    /// The other side's certificate is not to be trusted, for that reason.
    Untrusted(String),
    /// It took too long.
    TimedOut,
    /// The answer is larger than that, in bytes.
    TooLarge(u64),
    /// The other side does not speak HTTP as it should, or ended in the middle.
    Broken(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl => f.write_str("the address is not one of `https://`"),
            Self::NoSuchName(name) => write!(f, "there is no address for the name `{name}`"),
            Self::LookupFailed(name, detail) => write!(f, "cannot look up the name `{name}`: {detail}"),
            Self::Unreachable(detail) => write!(f, "cannot connect: {detail}"),
            Self::Untrusted(detail) => write!(f, "the server's certificate is not trusted: {detail}"),
            Self::TimedOut => f.write_str("the server did not answer in time"),
            Self::TooLarge(most) => write!(f, "the answer is larger than {most} bytes"),
            Self::Broken(detail) => write!(f, "the server's answer is broken: {detail}"),
        }
    }
}

impl std::error::Error for Failure {}
