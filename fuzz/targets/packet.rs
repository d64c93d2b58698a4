//! A packet of UDP: noise, and what a client with the key sends. What is opened is what was sealed, and within it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::node::{
    address,
    key::Key,
    packet::{self, Once, Session},
    replay::Window,
};
use shadowsocks_crypto::{
    CipherKind,
    v1::{self, openssl_bytes_to_key},
    v2::udp::UdpCipher,
};
use std::collections::HashSet;

const NOW: u64 = 1_800_000_000;
const LONG: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const METHODS: [(&str, &str); 5] = [
    ("aes-256-gcm", "password"),
    ("chacha20-ietf", "password"),
    ("2022-blake3-aes-128-gcm", "AAECAwQFBgcICQoLDA0ODw=="),
    ("2022-blake3-aes-256-gcm", LONG),
    ("2022-blake3-chacha20-poly1305", LONG),
];

fuzz_target!(|bytes: &[u8]| {
    for (method, password) in METHODS {
        let key = Key::new(method, password).unwrap();
        let mut noise = bytes.to_vec();
        if let Ok(opened) = packet::open(&key, &mut noise, NOW) {
            assert!(opened.payload.end <= noise.len());
        }
        let kind: CipherKind = method.parse().unwrap();
        if kind.is_aead_2022() && !method.contains("chacha20") {
            continue;
        }
        let (mut sealed, content) = if kind.is_aead_2022() { new(kind, bytes) } else { (old(kind, bytes), bytes) };
        let opened = packet::open(&key, &mut sealed, NOW);
        match address::read(content) {
            Ok(Some((target, length))) => {
                let opened = opened.unwrap();
                assert_eq!((&opened.target, &sealed[opened.payload.clone()]), (&target, &content[length..]));
            }
            _ => assert!(opened.is_err(), "{method}"),
        }
    }
    windows(bytes);
    // What we send is nothing that a client sends.
    let key = Key::new(METHODS[4].0, METHODS[4].1).unwrap();
    let mut out = Vec::new();
    packet::seal(&key, ([192, 0, 2, 1], 53).into(), bytes, &mut Session::default(), &[7; 32], NOW, &mut out);
    assert!(packet::open(&key, &mut out, NOW).is_err());
});

/// A packet is taken once, whatever comes between.
fn windows(bytes: &[u8]) {
    let (mut window, mut taken) = (Window::default(), HashSet::new());
    for number in bytes.chunks(2) {
        let mut wide = [0; 8];
        // Small steps and a few large ones.
        wide[if number[0] & 1 == 0 { 7 } else { 6 }] = *number.last().unwrap();
        let number = u64::from_be_bytes(wide);
        if window.note(number) {
            assert!(taken.insert(number), "{number} twice");
        }
    }
}

fn old(kind: CipherKind, content: &[u8]) -> Vec<u8> {
    let mut key = vec![0; kind.key_len()];
    openssl_bytes_to_key(b"password", &mut key);
    let (salt, tag) = if kind.is_stream() { (kind.iv_len(), 0) } else { (kind.salt_len(), kind.tag_len()) };
    let salt: Vec<u8> = (0..salt).map(|at| at as u8).collect();
    let mut sealed = content.to_vec();
    sealed.resize(sealed.len() + tag, 0);
    v1::Cipher::new(kind, &key, &salt).encrypt_packet(&mut sealed);
    [salt, sealed].concat()
}

/// The first byte says how much padding there is.
fn new(kind: CipherKind, bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let (padding, content) = bytes.split_first().map_or((0, bytes), |(first, rest)| (usize::from(*first), rest));
    let key: Vec<u8> = (0..32).collect();
    let mut body = [7u64.to_be_bytes(), 9u64.to_be_bytes()].concat();
    body.push(0);
    body.extend(NOW.to_be_bytes());
    body.extend((padding as u16).to_be_bytes());
    body.resize(body.len() + padding, 0);
    body.extend(content);
    body.resize(body.len() + kind.tag_len(), 0);
    let nonce = [3; 24];
    UdpCipher::new(kind, &key, 0).encrypt_packet(&nonce, &mut body);
    if let Ok(opened) = packet::open(&Key::new(METHODS[4].0, LONG).unwrap(), &mut [&nonce[..], &body].concat(), NOW) {
        assert_eq!(opened.once, Once::Numbered { session: 7, packet: 9 });
    }
    ([&nonce[..], &body].concat(), content)
}
