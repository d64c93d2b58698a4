//! The configuration of Clash and its kin (mihomo, Stash), in YAML 1.2 that is also 1.1.

use super::{LOCAL, List, Protocol, Server, TEST_URL, early_data};
use crate::model::{Network, Vmess};
use std::fmt::Write;

/// The resolvers for names, asked through the proxy (mihomo's `respect-rules`, Stash's `follow-rule`), so that no
/// network on the way answers instead.
const RESOLVERS: [&str; 2] = ["https://1.1.1.1/dns-query", "https://8.8.8.8/dns-query"];

/// The resolvers for the names of the servers, which cannot be asked through the proxy; the first answer is believed.
const RESOLVERS_OF_SERVERS: [&str; 3] = ["system", "https://1.1.1.1/dns-query", "https://223.5.5.5/dns-query"];

/// Names of the network that the machine is in.
const LOCAL_NAMES: [&str; 3] = ["lan", "local", "home.arpa"];

/// Everything through the first server, or the quickest of several, unless another is chosen. What goes straight out is
/// never among the choices: they hold for whatever no rule names.
pub(super) fn yaml(list: &List<'_>) -> String {
    let mut out = String::from("mode: rule\nproxies:\n");
    for server in &list.servers {
        proxy(&mut out, server);
    }
    groups(&mut out, &list.servers);
    names(&mut out);
    out.push_str("rules:\n");
    for name in LOCAL_NAMES {
        line(&mut out, 2, "- ", &quoted(&format!("DOMAIN-SUFFIX,{name},DIRECT")));
    }
    for rule in LOCAL {
        line(&mut out, 2, "- ", &quoted(&format!("{rule},DIRECT,no-resolve")));
    }
    // A user who is kept out is to see why, so then nothing goes out.
    if list.context.china_direct && list.reason.is_none() {
        line(&mut out, 2, "- ", &quoted("GEOSITE,cn,DIRECT"));
        line(&mut out, 2, "- ", &quoted("GEOIP,CN,DIRECT,no-resolve"));
    }
    line(&mut out, 2, "- ", &quoted("MATCH,PROXY"));
    out
}

fn groups(out: &mut String, servers: &[Server]) {
    let several = servers.len() > 1;
    let choices = |out: &mut String| {
        for server in servers {
            line(out, 6, "- ", &quoted(&server.tag));
        }
    };
    out.push_str("proxy-groups:\n  - name: PROXY\n    type: select\n    proxies:\n");
    if several {
        line(out, 6, "- ", "AUTO");
    }
    choices(out);
    if several {
        out.push_str("  - name: AUTO\n    type: url-test\n");
        line(out, 4, "url: ", &quoted(TEST_URL));
        out.push_str("    interval: 300\n    tolerance: 50\n    proxies:\n");
        choices(out);
    }
}

/// Applications get addresses that stand for names, so that names are looked up behind the proxy:
/// <https://wiki.metacubex.one/en/config/dns/>.
fn names(out: &mut String) {
    out.push_str("dns:\n  enable: true\n  ipv6: true\n  enhanced-mode: fake-ip\n  fake-ip-range: 198.18.0.1/16\n");
    out.push_str("  respect-rules: true\n  follow-rule: true\n");
    let mut resolvers = |key: &str, resolvers: &[&str]| {
        line(out, 2, key, "");
        for resolver in resolvers {
            line(out, 4, "- ", &quoted(resolver));
        }
    };
    resolvers("fake-ip-filter:", &["+.lan", "+.local", "+.home.arpa"]);
    resolvers("nameserver:", &RESOLVERS);
    resolvers("proxy-server-nameserver:", &RESOLVERS_OF_SERVERS);
    resolvers("direct-nameserver:", &["system"]);
}

fn proxy(out: &mut String, server: &Server) {
    line(out, 2, "- name: ", &quoted(&server.tag));
    line(out, 4, "server: ", &quoted(&server.host));
    line(out, 4, "port: ", &server.port.to_string());
    line(out, 4, "udp: ", "true");
    match &server.protocol {
        Protocol::Shadowsocks { method, password } => {
            line(out, 4, "type: ", "ss");
            line(out, 4, "cipher: ", &quoted(method.name()));
            line(out, 4, "password: ", &quoted(password));
        }
        Protocol::Vmess { uuid, settings } => vmess(out, server, uuid, settings),
    }
}

fn vmess(out: &mut String, server: &Server, uuid: &str, settings: &Vmess) {
    let host = if settings.host.is_empty() { &server.host } else { &settings.host };
    line(out, 4, "type: ", "vmess");
    line(out, 4, "uuid: ", &quoted(uuid));
    line(out, 4, "alterId: ", "0");
    line(out, 4, "cipher: ", "auto");
    if settings.tls {
        line(out, 4, "tls: ", "true");
        line(out, 4, "servername: ", &quoted(host));
    }
    match &settings.network {
        Network::Tcp => {}
        Network::Ws { path } => {
            let (path, early) = early_data(path);
            line(out, 4, "network: ", "ws");
            line(out, 4, "ws-opts:", "");
            line(out, 6, "path: ", &quoted(&path));
            if let Some(bytes) = early {
                line(out, 6, "max-early-data: ", &bytes.to_string());
                line(out, 6, "early-data-header-name: ", "Sec-WebSocket-Protocol");
            }
            line(out, 6, "headers:", "");
            line(out, 8, "Host: ", &quoted(host));
        }
        Network::Grpc { service } => {
            line(out, 4, "network: ", "grpc");
            line(out, 4, "grpc-opts:", "");
            line(out, 6, "grpc-service-name: ", &quoted(service));
        }
    }
}

fn line(out: &mut String, indent: usize, key: &str, value: &str) {
    let _ = writeln!(out, "{:indent$}{key}{value}", "");
}

/// A double-quoted scalar (YAML 1.2, 7.3.1) in which whatever a parser or an editor might take amiss is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        let code = u32::from(c);
        let _ = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            _ if is_plain(c) => write!(out, "{c}"),
            _ if code > 0xffff => write!(out, "\\U{code:08x}"),
            _ => write!(out, "\\u{code:04x}"),
        };
    }
    out.push('"');
    out
}

/// Whether a character is neither a control, nor the end of a line, nor a mark that turns the direction of text, nor
/// none at all.
fn is_plain(c: char) -> bool {
    let apart = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !c.is_control() && !apart && u32::from(c) & 0xfffe != 0xfffe
}
