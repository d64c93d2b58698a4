//! Opens what a client sends. The ciphers that clients use most are called past `shadowsocks-crypto`, which has each
//! chunk copied onto itself: with musl's `memmove` that takes a third of an upload's time.

use super::key::{Cipher, Key, Layout};
use aws_lc_rs::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
    hkdf::{HKDF_SHA1_FOR_LEGACY_USE_ONLY, KeyType, Salt},
};
use shadowsocks_crypto::CipherKind;

/// What a key for one stream is derived for: in SIP004, and in SIP022.
const SUBKEY: &[u8] = b"ss-subkey";
const SUBKEY_2022: &str = "shadowsocks 2022 session subkey";

/// What opens the pieces of one stream, in their order.
#[allow(clippy::large_enum_variant)] // it is always in a box of its own
pub(super) enum Opening {
    InPlace(InPlace),
    Other(Cipher),
}

impl Opening {
    /// For the stream that begins with `salt`.
    pub(super) fn new(key: &Key, salt: &[u8]) -> Self {
        match InPlace::new(key, salt) {
            Some(cipher) => Self::InPlace(cipher),
            None => Self::Other(key.cipher(salt)),
        }
    }

    /// Opens a piece with its tag behind it, in place; whether it is what the other side sealed.
    #[must_use]
    pub(super) fn open(&mut self, piece: &mut [u8]) -> bool {
        match self {
            Self::InPlace(cipher) => cipher.open(piece),
            Self::Other(cipher) => cipher.open(piece),
        }
    }
}

pub(super) struct InPlace {
    key: LessSafeKey,
    /// How many pieces were opened: the nonce of the next.
    count: u64,
}

impl InPlace {
    /// `None` for a cipher that is not one of these.
    fn new(key: &Key, salt: &[u8]) -> Option<Self> {
        let algorithm: &Algorithm = match key.kind() {
            CipherKind::AES_128_GCM | CipherKind::AEAD2022_BLAKE3_AES_128_GCM => &AES_128_GCM,
            CipherKind::AES_256_GCM | CipherKind::AEAD2022_BLAKE3_AES_256_GCM => &AES_256_GCM,
            CipherKind::CHACHA20_POLY1305 | CipherKind::AEAD2022_BLAKE3_CHACHA20_POLY1305 => &CHACHA20_POLY1305,
            _ => return None,
        };
        let mut subkey = vec![0; algorithm.key_len()];
        if key.layout() == Layout::Aead2022 {
            let mut hasher = blake3::Hasher::new_derive_key(SUBKEY_2022);
            hasher.update(key.bytes()).update(salt).finalize_xof().fill(&mut subkey);
        } else {
            derive(key.bytes(), salt, &mut subkey).ok()?;
        }
        Some(Self { key: LessSafeKey::new(UnboundKey::new(algorithm, &subkey).ok()?), count: 0 })
    }

    fn open(&mut self, piece: &mut [u8]) -> bool {
        let Some(at) = piece.len().checked_sub(self.key.algorithm().tag_len()) else { return false };
        let (sealed, tag) = piece.split_at_mut(at);
        let mut nonce = [0; NONCE_LEN];
        nonce[..8].copy_from_slice(&self.count.to_le_bytes());
        self.count += 1;
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key.open_in_place_separate_tag(nonce, Aad::empty(), tag, sealed).is_ok()
    }
}

/// The key of a stream of SIP004.
fn derive(key: &[u8], salt: &[u8], subkey: &mut [u8]) -> Result<(), Unspecified> {
    let derived = Salt::new(HKDF_SHA1_FOR_LEGACY_USE_ONLY, salt).extract(key);
    derived.expand(&[SUBKEY], Length(subkey.len()))?.fill(subkey)
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_seals_is_opened_piece_by_piece_and_nothing_else() {
        let (old, new) = ("password", |length: usize| "A".repeat(length / 3 * 4) + ["", "AA==", "AAA="][length % 3]);
        let methods = [
            ("aes-128-gcm", true, old.to_owned()),
            ("aes-256-gcm", true, old.to_owned()),
            ("chacha20-ietf-poly1305", true, old.to_owned()),
            ("2022-blake3-aes-128-gcm", true, new(16)),
            ("2022-blake3-aes-256-gcm", true, new(32)),
            ("2022-blake3-chacha20-poly1305", true, new(32)),
            ("xchacha20-ietf-poly1305", false, old.to_owned()),
        ];
        for (method, in_place, password) in methods {
            let key = Key::new(method, &password).unwrap();
            let salt: Vec<u8> = (7..).take(key.salt()).collect();
            let (mut sealing, mut opening) = (key.cipher(&salt), Opening::new(&key, &salt));
            assert_eq!(matches!(opening, Opening::InPlace(_)), in_place, "{method}");
            for length in [2, 16_383, 0, 1, 700] {
                let plain: Vec<u8> = (0..=255).cycle().take(length).collect();
                let mut piece = plain.clone();
                piece.resize(length + key.tag(), 0);
                sealing.seal(&mut piece);
                assert!(opening.open(&mut piece), "{method}");
                assert_eq!(piece[..length], plain, "{method}");
            }
            let mut forged = vec![0; 2 + key.tag()];
            sealing.seal(&mut forged);
            forged[0] ^= 1;
            assert!(!opening.open(&mut forged), "{method}");
        }
    }
}
