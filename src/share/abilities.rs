//! What apps can speak: the ciphers of Shadowsocks that they have, and what they carry VMess in.

use super::{Protocol, Server};
use crate::model::{Method, Network};

/// What an app or a format can speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// The ciphers that it has, with spaces between; `None`: any of ours.
    ciphers: Option<&'static str>,
    vmess: Carriers,
    /// Whether each value has to fit into one line of comma-separated ones.
    one_line: bool,
}

/// What VMess may be carried in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carriers {
    None,
    TcpAndWebSocket,
    All,
}

/// Why none of a user's servers is of use to an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// It does not have this cipher.
    Cipher(Method),
    /// It does not speak VMess, or not in that carrier.
    Vmess,
}

/// The three ciphers that every app has.
const EVERYBODYS: &str = "aes-128-gcm aes-256-gcm chacha20-ietf-poly1305";

/// Outline's: `shadowsocks/cipher.go` of outline-sdk, and its page on access keys.
const OUTLINES: &str = "aes-128-gcm aes-192-gcm aes-256-gcm chacha20-ietf-poly1305";

/// Xray's: <https://xtls.github.io/en/config/outbounds/shadowsocks.html>.
const XRAYS: &str = "2022-blake3-aes-128-gcm 2022-blake3-aes-256-gcm 2022-blake3-chacha20-poly1305 aes-128-gcm aes-256-gcm \
    chacha20-ietf-poly1305 xchacha20-ietf-poly1305";

/// What mihomo and sing-box both have: either refuses a whole list for one cipher that it does not know.
const COMMON: &str = "2022-blake3-aes-128-gcm 2022-blake3-aes-256-gcm 2022-blake3-chacha20-poly1305 aes-128-cfb aes-128-ctr \
    aes-128-gcm aes-192-cfb aes-192-ctr aes-192-gcm aes-256-cfb aes-256-ctr aes-256-gcm chacha20-ietf \
    chacha20-ietf-poly1305 rc4-md5 xchacha20 xchacha20-ietf-poly1305";

/// Surge's: <https://manual.nssurge.com/policies/shadowsocks.html>.
const SURGES: &str = "2022-blake3-aes-128-gcm 2022-blake3-aes-256-gcm aes-128-cfb aes-128-ctr aes-128-gcm aes-192-cfb aes-192-ctr \
    aes-192-gcm aes-256-cfb aes-256-ctr aes-256-gcm chacha20 chacha20-ietf chacha20-ietf-poly1305 rc4 rc4-md5 \
    salsa20 xchacha20-ietf-poly1305";

impl Abilities {
    /// Any cipher, any VMess.
    pub const ANY: Self = Self { ciphers: None, vmess: Carriers::All, one_line: false };
    /// Any cipher, no VMess.
    pub const SHADOWSOCKS: Self = Self { ciphers: None, vmess: Carriers::None, one_line: false };
    /// The three ciphers that every app has, no VMess.
    pub const PLAIN: Self = Self { ciphers: Some(EVERYBODYS), vmess: Carriers::None, one_line: false };
    /// Outline.
    pub const OUTLINE: Self = Self { ciphers: Some(OUTLINES), vmess: Carriers::None, one_line: false };
    /// Apps built on Xray.
    pub const XRAY: Self = Self { ciphers: Some(XRAYS), vmess: Carriers::All, one_line: false };
    /// Apps built on mihomo or sing-box.
    pub const COMMON: Self = Self { ciphers: Some(COMMON), vmess: Carriers::All, one_line: false };
    /// Surge.
    pub const SURGE: Self = Self { ciphers: Some(SURGES), vmess: Carriers::TcpAndWebSocket, one_line: true };

    /// What keeps it from using that server, if anything does.
    pub fn lack(self, server: &Server) -> Option<Lack> {
        let fits = |text: &str| !self.one_line || !text.contains(|c: char| c == '"' || c.is_control());
        match &server.protocol {
            Protocol::Shadowsocks { method, password } => {
                let known = self.ciphers.is_none_or(|ciphers| ciphers.split(' ').any(|cipher| cipher == method.name()));
                (!known || !fits(password)).then_some(Lack::Cipher(*method))
            }
            Protocol::Vmess { settings, .. } => {
                let carried = match self.vmess {
                    Carriers::None => false,
                    Carriers::TcpAndWebSocket => !matches!(settings.network, Network::Grpc { .. }),
                    Carriers::All => true,
                };
                (!carried || !fits(settings.network.path()) || !fits(&settings.host)).then_some(Lack::Vmess)
            }
        }
    }

    /// Whether it can use that server.
    pub fn can(self, server: &Server) -> bool {
        self.lack(server).is_none()
    }
}
