//! Links: `ss://` as SIP002 has it, `vmess://` as v2rayN does, `ssconf://` as Outline does.

use super::{Protocol, Server};
use crate::model::{Kind, Network, Vmess};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// All but the unreserved characters of RFC 3986, 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Server {
    /// The link that a client imports: SIP002 for Shadowsocks, v2rayN's second version for VMess.
    pub fn link(&self) -> String {
        match &self.protocol {
            Protocol::Shadowsocks { method, password } => match method.kind() {
                Kind::Aead2022 { .. } => self.sip002(&format!("{}:{}", encode(method.name()), encode(password))),
                Kind::Aead | Kind::Stream => self.sip002(&base64_userinfo(method.name(), password)),
            },
            Protocol::Vmess { uuid, settings } => self.vmess(uuid, settings),
        }
    }

    /// A second link for clients older than SIP022's rule that a 2022 cipher's password is not in base64; `None`
    /// where [`Server::link`] does.
    pub fn older_link(&self) -> Option<String> {
        match &self.protocol {
            Protocol::Shadowsocks { method, password } if matches!(method.kind(), Kind::Aead2022 { .. }) => {
                Some(self.sip002(&base64_userinfo(method.name(), password)))
            }
            _ => None,
        }
    }

    fn sip002(&self, userinfo: &str) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("ss://{userinfo}@{host}:{}#{}", self.port, encode(&self.tag))
    }

    fn vmess(&self, uuid: &str, settings: &Vmess) -> String {
        let (net, r#type, path) = match &settings.network {
            Network::Tcp => ("tcp", "none", ""),
            Network::Ws { path } => ("ws", "none", path.as_str()),
            Network::Grpc { service } => ("grpc", "gun", service.as_str()),
        };
        let fields = Fields {
            v: "2",
            ps: &self.tag,
            add: &self.host,
            port: self.port.to_string(),
            id: uuid,
            aid: "0",
            scy: "auto",
            net,
            r#type,
            host: &settings.host,
            path,
            tls: if settings.tls { "tls" } else { "" },
            sni: if settings.tls { &settings.host } else { "" },
        };
        // A struct of text alone cannot fail to be written.
        format!("vmess://{}", STANDARD.encode(serde_json::to_vec(&fields).unwrap_or_default()))
    }
}

/// What is in a `vmess://` link; every value is text, which every client reads.
#[derive(Serialize)]
struct Fields<'a> {
    v: &'a str,
    ps: &'a str,
    add: &'a str,
    port: String,
    id: &'a str,
    aid: &'a str,
    scy: &'a str,
    net: &'a str,
    r#type: &'a str,
    host: &'a str,
    path: &'a str,
    tls: &'a str,
    sni: &'a str,
}

fn base64_userinfo(method: &str, password: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{method}:{password}"))
}

pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The address of a subscription as it is handed out, with what it is called: `remarks` for v2rayN, which takes the
/// name from the query, and behind `#` for v2rayNG and Hiddify. What has nothing to connect to is named in `language`.
pub fn subscription(address: &str, title: &str, language: &str) -> String {
    let title = encode(&super::subscription::title(title));
    format!("{address}?lang={language}&remarks={title}#{title}")
}

/// Outline's link to a subscription at `address` (dynamic access key), called `name` there; `None` unless it is
/// `https`, which Outline demands. It names the format, since its requests are those of any Go program.
pub fn subscription_for_outline(address: &str, name: &str) -> Option<String> {
    let rest = address.strip_prefix("https://")?;
    let joint = if rest.contains('?') { '&' } else { '?' };
    Some(format!("ssconf://{rest}{joint}format=outline#{}", encode(name)))
}
