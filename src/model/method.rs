//! The Shadowsocks ciphers that a user may have.

use crate::error::Fault;

/// A cipher from [`METHODS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    name: &'static str,
    kind: Kind,
}

/// The generation that a cipher belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Shadowsocks 2022 (SIP022): its password is a base64 key of exactly this many bytes.
    Aead2022 {
        /// Length of the key, in bytes.
        key: usize,
    },
    /// Authenticated (SIP004).
    Aead,
    /// An old stream cipher without authentication: allowed, with a warning.
    Stream,
}

/// Every cipher that is accepted, the recommended ones first.
pub const METHODS: &[Method] = {
    const fn aead2022(name: &'static str, key: usize) -> Method {
        Method { name, kind: Kind::Aead2022 { key } }
    }
    const fn aead(name: &'static str) -> Method {
        Method { name, kind: Kind::Aead }
    }
    const fn stream(name: &'static str) -> Method {
        Method { name, kind: Kind::Stream }
    }
    &[
        aead("chacha20-ietf-poly1305"),
        aead("aes-256-gcm"),
        aead("aes-128-gcm"),
        aead2022("2022-blake3-aes-128-gcm", 16),
        aead2022("2022-blake3-aes-256-gcm", 32),
        aead2022("2022-blake3-chacha20-poly1305", 32),
        aead("xchacha20-ietf-poly1305"),
        aead("aes-192-gcm"),
        stream("chacha20-ietf"),
        stream("chacha20"),
        stream("xchacha20"),
        stream("salsa20"),
        stream("aes-256-ctr"),
        stream("aes-192-ctr"),
        stream("aes-128-ctr"),
        stream("aes-256-cfb"),
        stream("aes-192-cfb"),
        stream("aes-128-cfb"),
        stream("camellia-256-cfb"),
        stream("camellia-192-cfb"),
        stream("camellia-128-cfb"),
        stream("bf-cfb"),
        stream("cast5-cfb"),
        stream("des-cfb"),
        stream("idea-cfb"),
        stream("rc2-cfb"),
        stream("seed-cfb"),
        stream("rc4-md5"),
        stream("rc4-md5-6"),
        stream("rc4"),
    ]
};

/// Ciphers that do not encrypt.
const REFUSED: [&str; 3] = ["none", "plain", "table"];

/// Ciphers that nodes that run this program lack, since no library keeps them up.
const NOT_HERE: [&str; 11] = [
    "aes-192-gcm",
    "chacha20",
    "xchacha20",
    "salsa20",
    "bf-cfb",
    "cast5-cfb",
    "des-cfb",
    "idea-cfb",
    "rc2-cfb",
    "seed-cfb",
    "rc4-md5-6",
];

impl Method {
    /// Whether nodes that run this program have it.
    pub fn is_served_here(self) -> bool {
        !NOT_HERE.contains(&self.name)
    }

    /// The one with that name, in any case.
    ///
    /// # Errors
    /// [`Fault::MethodRefused`] for ciphers that do not encrypt, [`Fault::MethodUnknown`] for others.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let name = text.trim().to_ascii_lowercase();
        if REFUSED.contains(&name.as_str()) {
            return Err(Fault::MethodRefused { given: name });
        }
        METHODS
            .iter()
            .find(|method| method.name == name)
            .copied()
            .ok_or_else(|| Fault::MethodUnknown { given: text.to_owned() })
    }

    /// The one stored under `name`, exactly.
    pub fn from_stored(name: &str) -> Option<Self> {
        METHODS.iter().find(|method| method.name == name).copied()
    }

    /// Its name, as the node programs spell it.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The generation that it belongs to.
    pub fn kind(self) -> Kind {
        self.kind
    }
}

impl Default for Method {
    /// `chacha20-ietf-poly1305`: every client has it, and it is quick on small machines too.
    fn default() -> Self {
        METHODS[0]
    }
}
