//! The bytes of a connection: noise, and what a client with the key sends, changed in places. What is opened is the
//! same however it is cut, and what a client sealed is what comes out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::node::{
    key::Key,
    stream::{Bad, Opener},
};
use shadowsocks_crypto::{
    CipherKind,
    v1::{self, openssl_bytes_to_key},
    v2::tcp::TcpCipher,
};
use std::sync::Arc;

const METHODS: [&str; 6] = [
    "aes-256-gcm",
    "2022-blake3-aes-128-gcm",
    "2022-blake3-chacha20-poly1305",
    "chacha20-ietf-poly1305",
    "aes-256-cfb",
    "rc4-md5",
];
const NOW: u64 = 1_800_000_000;
/// 16 and 32 bytes.
const KEYS: [&str; 2] = ["AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="];
const PLAIN: [&[u8]; 2] = [
    &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    &[
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
        30, 31,
    ],
];

fuzz_target!(|bytes: &[u8]| {
    let [method, step, change, rest @ ..] = bytes else { return };
    let method = METHODS[usize::from(*method) % METHODS.len()];
    let kind: CipherKind = method.parse().unwrap();
    let of_2022 = usize::from(kind.key_len() > 16);
    let password = if kind.is_aead_2022() { KEYS[of_2022] } else { "password" };
    let key = Arc::new(Key::new(method, password).unwrap());
    let step = usize::from(*step % 40) + 1;
    let agree = |sent: &[u8]| {
        let whole = open(&key, sent, sent.len().max(1));
        assert_eq!(open(&key, sent, step), whole, "{method}");
        whole
    };
    let _ = agree(rest);
    let pieces: Vec<&[u8]> = pieces(rest);
    let mut secret = vec![0; kind.key_len()];
    if kind.is_aead_2022() {
        secret.copy_from_slice(PLAIN[of_2022]);
    } else {
        openssl_bytes_to_key(password.as_bytes(), &mut secret);
    }
    let mut sent = seal(kind, &secret, &pieces);
    let (content, end) = agree(&sent);
    assert_eq!((content, end), (pieces.concat(), None), "{method}");
    // A bit changed on the way: nothing comes out that was not sent, where there are tags.
    let at = usize::from(*change) * 7 % sent.len();
    sent[at] ^= 1 + change % 128;
    let (content, end) = agree(&sent);
    if kind.is_aead_2022() || kind.is_aead() && !pieces.is_empty() {
        assert!(pieces.concat().starts_with(&content) && end == Some(Bad::Forged), "{method}: {end:?}");
    }
});

/// A length and so many bytes, again and again.
fn pieces(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let [length, behind @ ..] = rest {
        let (piece, behind) = behind.split_at(behind.len().min(1 + usize::from(*length)));
        rest = behind;
        if !piece.is_empty() {
            pieces.push(piece);
        }
    }
    pieces
}

enum Sealing {
    Old(v1::Cipher),
    New(TcpCipher),
}

impl Sealing {
    fn seal(&mut self, plain: &[u8], tag: usize, out: &mut Vec<u8>) {
        let mut piece = plain.to_vec();
        piece.resize(piece.len() + tag, 0);
        match self {
            Self::Old(cipher) => cipher.encrypt_packet(&mut piece),
            Self::New(cipher) => cipher.encrypt_packet(&mut piece),
        }
        out.extend(piece);
    }
}

/// What a client sends for these chunks.
fn seal(kind: CipherKind, key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
    let stream = kind.is_stream();
    let salt: Vec<u8> = (0..if stream { kind.iv_len() } else { kind.salt_len() }).map(|at| at as u8).collect();
    let tag = if stream { 0 } else { kind.tag_len() };
    let mut sent = salt.clone();
    let short = |piece: &[u8]| (piece.len() as u16).to_be_bytes();
    let mut cipher = if kind.is_aead_2022() {
        Sealing::New(TcpCipher::new(kind, key, &salt))
    } else {
        Sealing::Old(v1::Cipher::new(kind, key, &salt))
    };
    let mut announced = false;
    if kind.is_aead_2022() {
        let first = pieces.first().map_or([0, 0], |piece| short(piece));
        cipher.seal(&[&[0][..], &NOW.to_be_bytes(), &first].concat(), tag, &mut sent);
        announced = !pieces.is_empty();
    }
    for piece in pieces {
        if !stream && !std::mem::take(&mut announced) {
            cipher.seal(&short(piece), tag, &mut sent);
        }
        cipher.seal(piece, tag, &mut sent);
    }
    sent
}

/// What is opened of a stream that comes in pieces of that size, and why it ended.
fn open(key: &Arc<Key>, sent: &[u8], step: usize) -> (Vec<u8>, Option<Bad>) {
    let mut opener = Opener::new(Arc::clone(key));
    let (mut kept, mut content) = (Vec::new(), Vec::new());
    for piece in sent.chunks(step) {
        kept.extend_from_slice(piece);
        let mut at = 0;
        loop {
            match opener.open(&mut kept, &mut at, NOW) {
                Ok(Some(range)) => {
                    assert!(range.end <= at && at <= kept.len());
                    content.extend_from_slice(&kept[range]);
                }
                Ok(None) => break,
                Err(bad) => return (content, Some(bad)),
            }
        }
        kept.drain(..at);
    }
    (content, None)
}
