//! The packets of UDP, opened and sealed: no socket and no clock.

use super::{
    address::{self, Target},
    key::{Key, Layout},
    stream::{Bad, CLOCKS_APART},
};
use aes::{
    Aes128, Aes256, Block,
    cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit},
};
use shadowsocks_crypto::v2::udp::UdpCipher;
use std::{net::SocketAddr, ops::Range};

const FROM_CLIENT: u8 = 0;
const FROM_SERVER: u8 = 1;
/// The nonce of a packet of `2022-blake3-chacha20-poly1305`.
const LONG_NONCE: usize = 24;

/// A packet that a client sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened {
    /// Where it goes.
    pub target: Target,
    /// Where its payload is.
    pub payload: Range<usize>,
    /// By what a repetition of it is known.
    pub once: Once,
}

/// By what a repeated packet is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Once {
    /// By the salt that it begins with, of that length.
    Salt(usize),
    /// By its number within a session of the client (SIP022).
    Numbered {
        /// The session.
        session: u64,
        /// The number in it.
        packet: u64,
    },
}

/// Opens a packet in place. `now` is the time in seconds since 1970.
///
/// # Errors
/// [`Bad`] if it is not what a client with the key would send.
pub fn open(key: &Key, packet: &mut [u8], now: u64) -> Result<Opened, Bad> {
    match key.layout() {
        Layout::Aead2022 => open_2022(key, packet, now),
        Layout::Stream | Layout::Aead => {
            let (salt, tag) = (key.salt(), key.tag());
            if packet.len() < salt + tag + 1 {
                return Err(Bad::Forged);
            }
            let (begin, rest) = packet.split_at_mut(salt);
            if !key.cipher(begin).open(rest) {
                return Err(Bad::Forged);
            }
            let (target, payload) = addressed(packet, salt..packet.len() - tag)?;
            Ok(Opened { target, payload, once: Once::Salt(salt) })
        }
    }
}

fn open_2022(key: &Key, packet: &mut [u8], now: u64) -> Result<Opened, Bad> {
    let tag = key.tag();
    let nonce = long_nonce(key);
    // Session, number, kind, time, length of the padding.
    if packet.len() < nonce + 16 + 1 + 8 + 2 + tag {
        return Err(Bad::Forged);
    }
    let opened = if nonce > 0 {
        let (nonce, rest) = packet.split_at_mut(nonce);
        UdpCipher::new(key.kind(), key.bytes(), 0).decrypt_packet(nonce, rest)
    } else {
        let (head, rest) = packet.split_at_mut(16);
        block(key, head, false);
        UdpCipher::new(key.kind(), key.bytes(), number(head, 0)).decrypt_packet(&head[4..16], rest)
    };
    let body = nonce + 16;
    if !opened || packet[body] != FROM_CLIENT {
        return Err(Bad::Forged);
    }
    if number(packet, body + 1).abs_diff(now) > CLOCKS_APART {
        return Err(Bad::Clock);
    }
    let padding = usize::from(u16::from_be_bytes([packet[body + 9], packet[body + 10]]));
    let end = packet.len() - tag;
    let (target, payload) = addressed(packet, (body + 11 + padding).min(end)..end)?;
    let once = Once::Numbered { session: number(packet, nonce), packet: number(packet, nonce + 8) };
    Ok(Opened { target, payload, once })
}

fn addressed(packet: &[u8], within: Range<usize>) -> Result<(Target, Range<usize>), Bad> {
    match address::read(&packet[within.clone()]) {
        Ok(Some((target, length))) => Ok((target, within.start + length..within.end)),
        Ok(None) | Err(_) => Err(Bad::Forged),
    }
}

/// What the packets to one client of SIP022 are numbered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Session {
    /// The client's own session.
    pub client: u64,
    /// Ours, which is random.
    pub server: u64,
    /// The next number in it.
    pub next: u64,
}

/// Seals `payload`, which came from `source`, into `out`, whose content is replaced. `salt` is random bytes, at least
/// as many as a packet begins with; `now` is the time in seconds since 1970.
pub fn seal(
    key: &Key,
    source: SocketAddr,
    payload: &[u8],
    session: &mut Session,
    salt: &[u8; 32],
    now: u64,
    out: &mut Vec<u8>,
) {
    out.clear();
    let tag = key.tag();
    if key.layout() != Layout::Aead2022 {
        let begin = key.salt();
        out.extend(&salt[..begin]);
        address::write(source, out);
        out.extend(payload);
        out.resize(out.len() + tag, 0);
        key.cipher(&salt[..begin]).seal(&mut out[begin..]);
        return;
    }
    let nonce = long_nonce(key);
    out.extend(&salt[..nonce]);
    out.extend(session.server.to_be_bytes());
    out.extend(session.next.to_be_bytes());
    session.next += 1;
    out.push(FROM_SERVER);
    out.extend(now.to_be_bytes());
    out.extend(session.client.to_be_bytes());
    out.extend(0u16.to_be_bytes());
    address::write(source, out);
    out.extend(payload);
    out.resize(out.len() + tag, 0);
    if nonce > 0 {
        let (nonce, rest) = out.split_at_mut(nonce);
        UdpCipher::new(key.kind(), key.bytes(), 0).encrypt_packet(nonce, rest);
    } else {
        let (head, rest) = out.split_at_mut(16);
        UdpCipher::new(key.kind(), key.bytes(), session.server).encrypt_packet(&head[4..16], rest);
        block(key, head, true);
    }
}

/// The packets of AES take their nonce from their header, those of `XChaCha20` bring one.
fn long_nonce(key: &Key) -> usize {
    if matches!(key.kind(), shadowsocks_crypto::CipherKind::AEAD2022_BLAKE3_CHACHA20_POLY1305) { LONG_NONCE } else { 0 }
}

/// Encrypts or decrypts the header of a packet, which is one block of AES.
fn block(key: &Key, head: &mut [u8], encrypt: bool) {
    let Ok(block) = <&mut Block>::try_from(head) else { return };
    match (Aes128::new_from_slice(key.bytes()), Aes256::new_from_slice(key.bytes())) {
        (Ok(cipher), _) if encrypt => cipher.encrypt_block(block),
        (Ok(cipher), _) => cipher.decrypt_block(block),
        (_, Ok(cipher)) if encrypt => cipher.encrypt_block(block),
        (_, Ok(cipher)) => cipher.decrypt_block(block),
        _ => {}
    }
}

fn number(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_be_bytes(number)
}
