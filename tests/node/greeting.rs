//! What a client sends, made by hand: for what no real one would send, or not in such numbers.

use mu_panel::node::plan::Wanted;
use shadowsocks_crypto::{CipherKind, v1, v1::openssl_bytes_to_key};
use std::net::{IpAddr, SocketAddr};

/// What a client with AEAD sends first: where it goes, and some payload.
pub(crate) fn greeting(user: &Wanted, target: &[u8], payload: &[u8]) -> Vec<u8> {
    let kind: CipherKind = user.method.parse().unwrap();
    let mut key = vec![0; kind.key_len()];
    openssl_bytes_to_key(user.password.as_bytes(), &mut key);
    let mut bytes = vec![0; kind.salt_len()];
    aws_lc_rs::rand::fill(&mut bytes).unwrap();
    let mut cipher = v1::Cipher::new(kind, &key, &bytes);
    let chunk = [target, payload].concat();
    let mut sealed = u16::try_from(chunk.len()).unwrap().to_be_bytes().to_vec();
    sealed.resize(2 + kind.tag_len(), 0);
    cipher.encrypt_packet(&mut sealed);
    bytes.extend(sealed);
    let mut sealed = chunk;
    sealed.resize(sealed.len() + kind.tag_len(), 0);
    cipher.encrypt_packet(&mut sealed);
    bytes.extend(sealed);
    bytes
}

/// An address as it stands in a greeting.
pub(crate) fn numbered(to: SocketAddr) -> Vec<u8> {
    match to.ip() {
        IpAddr::V4(ip) => [&[1][..], &ip.octets(), &to.port().to_be_bytes()].concat(),
        IpAddr::V6(ip) => [&[4][..], &ip.octets(), &to.port().to_be_bytes()].concat(),
    }
}

/// A packet of a client with AEAD, with where it goes and what is in it.
pub(crate) fn sealed_packet(user: &Wanted, content: &[u8]) -> Vec<u8> {
    let kind: CipherKind = user.method.parse().unwrap();
    let mut key = vec![0; kind.key_len()];
    openssl_bytes_to_key(user.password.as_bytes(), &mut key);
    let mut packet = vec![0; kind.salt_len()];
    aws_lc_rs::rand::fill(&mut packet).unwrap();
    let mut cipher = v1::Cipher::new(kind, &key, &packet);
    let mut sealed = content.to_vec();
    sealed.resize(sealed.len() + kind.tag_len(), 0);
    cipher.encrypt_packet(&mut sealed);
    packet.extend(sealed);
    packet
}
