//! A managed configuration of Surge: <https://manual.nssurge.com/others/managed-configuration.html>,
//! <https://manual.nssurge.com/policies/shadowsocks.html> and <https://manual.nssurge.com/policies/vmess.html>.

use super::{LOCAL, List, Protocol, Server, TEST_URL, UPDATE_HOURS, early_data};
use crate::model::{Network, Vmess};
use std::fmt::Write;

/// Everything through the first server, or the quickest of several, unless another is chosen.
pub(super) fn configuration(list: &List<'_>) -> String {
    let names = names(&list.servers);
    let mut out = String::new();
    let seconds = UPDATE_HOURS * 3600;
    let _ = writeln!(out, "#!MANAGED-CONFIG {} interval={seconds} strict=false", list.address_as(super::Format::Surge));
    // What a policy cannot carry must not go out bare instead.
    out.push_str("\n[General]\nloglevel = notify\nudp-policy-not-supported-behaviour = REJECT\n\n[Proxy]\n");
    for (server, name) in list.servers.iter().zip(&names) {
        let _ = writeln!(out, "{name} = {}", policy(server));
    }
    let all = names.join(", ");
    out.push_str("\n[Proxy Group]\n");
    if names.len() > 1 {
        let _ = writeln!(out, "Proxy = select, Auto, {all}\nAuto = url-test, {all}, url={TEST_URL}, interval=600");
    } else {
        let _ = writeln!(out, "Proxy = select, {all}");
    }
    out.push_str("\n[Rule]\n");
    for rule in LOCAL {
        let _ = writeln!(out, "{rule},DIRECT,no-resolve");
    }
    out.push_str("FINAL,Proxy,dns-failed\n");
    out
}

/// The names of the servers without what means something in a line, no two the same.
fn names(servers: &[Server]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for server in servers {
        let plain: String =
            server.tag.chars().map(|c| if c.is_control() || ",=\"'#;/\\|[]".contains(c) { ' ' } else { c }).collect();
        let plain = Some(plain.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty());
        let wanted = plain.unwrap_or_else(|| "Server".to_owned());
        names.push(super::free_tag(&wanted, || names.iter().map(String::as_str)));
    }
    names
}

fn policy(server: &Server) -> String {
    let (host, port) = (&server.host, server.port);
    match &server.protocol {
        Protocol::Shadowsocks { method, password } => {
            let (method, password) = (method.name(), value(password));
            format!("ss, {host}, {port}, encrypt-method={method}, password={password}, udp-relay=true")
        }
        Protocol::Vmess { uuid, settings } => {
            format!("vmess, {host}, {port}, username={uuid}, vmess-aead=true{}", carrier(settings, host))
        }
    }
}

fn carrier(settings: &Vmess, host: &str) -> String {
    let host = if settings.host.is_empty() { host } else { &settings.host };
    let mut out = String::new();
    if settings.tls {
        let _ = write!(out, ", tls=true, sni={}", value(host));
    }
    if let Network::Ws { path } = &settings.network {
        // Without early data, which Surge does not have, such a server takes the connection too.
        let (path, _) = early_data(path);
        let _ = write!(out, ", ws=true, ws-path={}, ws-headers={}", value(&path), value(&format!("Host:{host}")));
    }
    out
}

/// A value as it stands in a line: in quotes if something in it would end it.
fn value(text: &str) -> String {
    if text.contains([',', ' ', '#', ';']) || text.contains("//") { format!("\"{text}\"") } else { text.to_owned() }
}
