//! What a client gets at the address of a user's page: a list in the client's own format, and headers with what he used.

use super::{Access, Format, Protocol, clash, singbox};
use crate::{http::Reply, text::invitation::Invitation};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::json;

/// How often a client should ask again, in hours.
pub const UPDATE_HOURS: u32 = 12;

/// The list in that format. Whoever is not let in gets one with nothing in it, not an error: his client takes the servers away.
pub fn reply(access: &Access, format: Format, words: &Invitation) -> Reply {
    let (content_type, body) = match format {
        Format::Sip008 => sip008(access),
        Format::Base64 => base64_list(access),
        Format::Clash => ("text/yaml; charset=utf-8", clash::yaml(access).into_bytes()),
        Format::SingBox => (JSON, singbox::configuration(access).to_string().into_bytes()),
        Format::Outline => outline(access, words),
    };
    Reply::new(200, content_type, body)
        .with("Subscription-Userinfo", userinfo(access))
        .with("Profile-Update-Interval", UPDATE_HOURS.to_string())
        .with("Content-Disposition", disposition(&access.name))
        .with("Cache-Control", "no-store")
}

/// The very type that SIP008 demands.
const JSON: &str = "application/json; charset=utf-8";

/// SIP008's document: servers of Shadowsocks only.
fn sip008(access: &Access) -> (&'static str, Vec<u8>) {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u8,
        servers: Vec<Entry<'a>>,
        bytes_used: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes_remaining: Option<i64>,
    }
    #[derive(Serialize)]
    struct Entry<'a> {
        id: &'a str,
        remarks: &'a str,
        server: &'a str,
        server_port: u16,
        password: &'a str,
        method: &'a str,
    }
    let entries = access.servers.iter().filter_map(|server| match &server.protocol {
        Protocol::Shadowsocks { method, password } => Some(Entry {
            id: &server.id,
            remarks: &server.tag,
            server: &server.host,
            server_port: server.port,
            password,
            method: method.name(),
        }),
        Protocol::Vmess { .. } => None,
    });
    let used = access.used.total();
    let document = Document {
        version: 1,
        servers: entries.collect(),
        bytes_used: used.get(),
        bytes_remaining: access.quota.map(|quota| quota.minus(used).get()),
    };
    // Numbers and text cannot fail to be written.
    (JSON, serde_json::to_vec(&document).unwrap_or_default())
}

/// Links, one a line, in base64: what v2rayN, Shadowrocket and most others read.
fn base64_list(access: &Access) -> (&'static str, Vec<u8>) {
    let links: String = access.servers.iter().map(|server| server.link() + "\n").collect();
    ("text/plain; charset=utf-8", STANDARD.encode(links).into_bytes())
}

/// Outline's dynamic access key: one server of Shadowsocks, or, where there is none, a message, which is its own way to say so.
fn outline(access: &Access, words: &Invitation) -> (&'static str, Vec<u8>) {
    let first = access.servers.iter().find_map(|server| match &server.protocol {
        Protocol::Shadowsocks { method, password } => Some(json!({
            "server": server.host,
            "server_port": server.port,
            "password": password,
            "method": method.name(),
        })),
        Protocol::Vmess { .. } => None,
    });
    let body = first.unwrap_or_else(|| json!({ "error": { "message": words.no_access } }));
    (JSON, body.to_string().into_bytes())
}

/// `Subscription-Userinfo`, as Clash's clients brought it into use: bytes, and the end in seconds since 1970; 0 is none.
fn userinfo(access: &Access) -> String {
    let total = access.quota.map_or(0, |quota| quota.get().max(1));
    let (u, d) = (access.used.u.get(), access.used.d.get());
    format!("upload={u}; download={d}; total={total}; expire={}", access.ends)
}

/// `Content-Disposition` (RFC 6266) with the name in ASCII for old clients and whole (RFC 8187) for others, which show it as the profile's name.
fn disposition(name: &str) -> String {
    let safe = |c: char| !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%') && !turns(c);
    let name: String = name.chars().map(|c| if safe(c) { c } else { '_' }).collect();
    let name = Some(name.trim_start_matches('.').trim()).filter(|name| !name.is_empty()).unwrap_or("mu-panel");
    let ascii: String = name.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '_' }).collect();
    let attr_char = NON_ALPHANUMERIC;
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, attr_char))
}

/// Whether a character turns the direction of the text after it: harmless in a page, which fences it in, but not in plain text.
pub(super) fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
