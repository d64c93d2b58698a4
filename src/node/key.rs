//! The cipher and the key of a user, made of a method and a password.

use base64::{Engine, engine::general_purpose::STANDARD};
use shadowsocks_crypto::{
    CipherKind,
    v1::{self, openssl_bytes_to_key},
    v2::tcp::TcpCipher,
};

/// The generation of a cipher, which decides how its bytes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// An initialization vector, then a stream.
    Stream,
    /// A salt, then chunks with a length and a tag each (SIP004).
    Aead,
    /// The same with headers that name a time and a direction (SIP022).
    Aead2022,
}

/// What opens and seals the bytes of one user.
pub struct Key {
    kind: CipherKind,
    layout: Layout,
    bytes: Vec<u8>,
}

impl Key {
    /// The key that a password is under a method; `None` if the method is not known here, or the password is no key
    /// of it.
    pub fn new(method: &str, password: &str) -> Option<Self> {
        let kind: CipherKind = method.parse().ok()?;
        let layout = if kind.is_aead_2022() {
            Layout::Aead2022
        } else if kind.is_aead() {
            Layout::Aead
        } else if kind.is_stream() && kind.key_len() > 0 {
            Layout::Stream
        } else {
            return None;
        };
        let mut bytes = vec![0; kind.key_len()];
        if layout == Layout::Aead2022 {
            let given = STANDARD.decode(password).ok()?;
            if given.len() != bytes.len() {
                return None;
            }
            bytes = given;
        } else {
            openssl_bytes_to_key(password.as_bytes(), &mut bytes);
        }
        Some(Self { kind, layout, bytes })
    }

    /// Whether a method is known here.
    pub fn knows(method: &str) -> bool {
        method.parse::<CipherKind>().is_ok_and(|kind| kind.key_len() > 0)
    }

    /// How its bytes are laid out.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    pub(super) fn kind(&self) -> CipherKind {
        self.kind
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of salt (or initialization vector) at the beginning of a stream or a packet.
    pub(super) fn salt(&self) -> usize {
        if self.layout == Layout::Stream { self.kind.iv_len() } else { self.kind.salt_len() }
    }

    /// The bytes of the tag behind what is sealed.
    pub(super) fn tag(&self) -> usize {
        if self.layout == Layout::Stream { 0 } else { self.kind.tag_len() }
    }

    /// The cipher of a stream that begins with `salt`.
    pub(super) fn cipher(&self, salt: &[u8]) -> Cipher {
        if self.layout == Layout::Aead2022 {
            Cipher::New(TcpCipher::new(self.kind, &self.bytes, salt))
        } else {
            Cipher::Old(v1::Cipher::new(self.kind, &self.bytes, salt))
        }
    }
}

/// What goes on opening or sealing one stream.
#[allow(clippy::large_enum_variant)] // it is always in a box of its own
pub(super) enum Cipher {
    Old(v1::Cipher),
    New(TcpCipher),
}

impl Cipher {
    /// Opens a piece with its tag behind it, in place; whether it is what the other side sealed.
    #[must_use]
    pub(super) fn open(&mut self, piece: &mut [u8]) -> bool {
        match self {
            Self::Old(cipher) => cipher.decrypt_packet(piece),
            Self::New(cipher) => cipher.decrypt_packet(piece),
        }
    }

    /// Seals a piece in place; what is behind it is room for its tag.
    pub(super) fn seal(&mut self, piece: &mut [u8]) {
        match self {
            Self::Old(cipher) => cipher.encrypt_packet(piece),
            Self::New(cipher) => cipher.encrypt_packet(piece),
        }
    }
}
