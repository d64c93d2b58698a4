//! The configuration of Clash and its kin (mihomo, Stash), in YAML 1.2 that is also 1.1.

use super::{Access, Protocol, Server, is_common};
use crate::model::{Network, Vmess};
use std::fmt::Write;

/// What is reached without a proxy: the machine itself and the network that it is in.
const LOCAL: [&str; 8] = [
    "IP-CIDR,127.0.0.0/8",
    "IP-CIDR,10.0.0.0/8",
    "IP-CIDR,172.16.0.0/12",
    "IP-CIDR,192.168.0.0/16",
    "IP-CIDR,169.254.0.0/16",
    "IP-CIDR6,::1/128",
    "IP-CIDR6,fc00::/7",
    "IP-CIDR6,fe80::/10",
];

/// Everything through the first server, unless another is chosen; straight out where there is none.
pub(super) fn yaml(access: &Access) -> String {
    let servers: Vec<&Server> = access.servers.iter().filter(|server| is_known(server)).collect();
    let mut out = String::from("mode: rule\n");
    out.push_str(if servers.is_empty() { "proxies: []\n" } else { "proxies:\n" });
    for server in &servers {
        proxy(&mut out, server);
    }
    out.push_str("proxy-groups:\n  - name: PROXY\n    type: select\n    proxies:\n");
    for server in &servers {
        line(&mut out, 6, "- ", &quoted(&server.tag));
    }
    line(&mut out, 6, "- ", "DIRECT");
    out.push_str("rules:\n");
    for rule in LOCAL {
        line(&mut out, 2, "- ", &quoted(&format!("{rule},DIRECT,no-resolve")));
    }
    line(&mut out, 2, "- ", &quoted("MATCH,PROXY"));
    out
}

fn is_known(server: &Server) -> bool {
    match &server.protocol {
        Protocol::Shadowsocks { method, .. } => is_common(*method),
        Protocol::Vmess { .. } => true,
    }
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
            line(out, 4, "network: ", "ws");
            line(out, 4, "ws-opts:", "");
            line(out, 6, "path: ", &quoted(path));
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

/// Whether a character is neither a control, nor the end of a line, nor a mark that turns the direction of text, nor none at all.
fn is_plain(c: char) -> bool {
    let apart = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !c.is_control() && !apart && u32::from(c) & 0xfffe != 0xfffe
}
