//! The configuration of sing-box, of version 1.12 and later.

use super::{List, Protocol, Server, TEST_URL, early_data};
use crate::model::{Network, Vmess};
use serde_json::{Value, json};

/// The resolver for names, asked through the proxy, so that no network on the way answers instead.
const RESOLVER: &str = "1.1.1.1";

/// Everything through the first server, or the quickest of several, unless another is chosen. What goes straight out is
/// never among the choices: they hold for whatever no rule names.
pub(super) fn configuration(list: &List<'_>) -> String {
    let servers: Vec<Value> = list.servers.iter().map(outbound).collect();
    let tags: Vec<&str> = list.servers.iter().map(|server| server.tag.as_str()).collect();
    let several = tags.len() > 1;
    let automatic = several.then_some("auto");
    let choices: Vec<&str> = automatic.into_iter().chain(tags.iter().copied()).collect();
    let mut outbounds = vec![json!({ "type": "selector", "tag": "proxy", "outbounds": choices })];
    if several {
        outbounds.push(json!({ "type": "urltest", "tag": "auto", "outbounds": tags, "url": TEST_URL }));
    }
    outbounds.push(json!({ "type": "direct", "tag": "direct" }));
    outbounds.extend(servers);
    json!({
        "dns": {
            "servers": [
                { "type": "tls", "tag": "remote", "server": RESOLVER, "detour": "proxy" },
                { "type": "local", "tag": "local" },
            ],
            "final": "remote",
        },
        "inbounds": [{
            "type": "tun",
            "tag": "tun",
            "address": ["172.19.0.1/30", "fdfe:dcba:9876::1/126"],
            "auto_route": true,
            "strict_route": true,
        }],
        "outbounds": outbounds,
        "route": {
            "rules": [
                { "action": "sniff" },
                { "protocol": "dns", "action": "hijack-dns" },
                { "ip_is_private": true, "outbound": "direct" },
            ],
            "final": "proxy",
            "auto_detect_interface": true,
            "default_domain_resolver": "local",
        },
    })
    .to_string()
}

fn outbound(server: &Server) -> Value {
    match &server.protocol {
        Protocol::Shadowsocks { method, password } => json!({
            "type": "shadowsocks",
            "tag": server.tag,
            "server": server.host,
            "server_port": server.port,
            "method": method.name(),
            "password": password,
        }),
        Protocol::Vmess { uuid, settings } => vmess(server, uuid, settings),
    }
}

fn vmess(server: &Server, uuid: &str, settings: &Vmess) -> Value {
    let host = if settings.host.is_empty() { &server.host } else { &settings.host };
    let mut outbound = json!({
        "type": "vmess",
        "tag": server.tag,
        "server": server.host,
        "server_port": server.port,
        "uuid": uuid,
        "security": "auto",
        "alter_id": 0,
    });
    if settings.tls {
        outbound["tls"] = json!({ "enabled": true, "server_name": host });
    }
    match &settings.network {
        Network::Tcp => {}
        Network::Ws { path } => {
            let (path, early) = early_data(path);
            outbound["transport"] = json!({ "type": "ws", "path": path, "headers": { "Host": host } });
            if let Some(bytes) = early {
                outbound["transport"]["max_early_data"] = json!(bytes);
                outbound["transport"]["early_data_header_name"] = json!("Sec-WebSocket-Protocol");
            }
        }
        Network::Grpc { service } => outbound["transport"] = json!({ "type": "grpc", "service_name": service }),
    }
    outbound
}
