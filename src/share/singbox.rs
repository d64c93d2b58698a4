//! The configuration of sing-box, of version 1.12 and later.

use super::{Access, Protocol, Server, is_common};
use crate::model::{Network, Vmess};
use serde_json::{Value, json};

/// Whom to ask for names, through the proxy, so that nobody on the way answers in his place.
const RESOLVER: &str = "1.1.1.1";

/// Everything through the first server, unless another is chosen; straight out where there is none.
pub(super) fn configuration(access: &Access) -> Value {
    let servers: Vec<Value> = access.servers.iter().filter_map(outbound).collect();
    let direct = json!("direct");
    let choices: Vec<&Value> = servers.iter().map(|server| &server["tag"]).chain([&direct]).collect();
    let mut outbounds = vec![
        json!({ "type": "selector", "tag": "proxy", "outbounds": choices }),
        json!({ "type": "direct", "tag": "direct" }),
    ];
    outbounds.extend(servers.iter().cloned());
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
}

fn outbound(server: &Server) -> Option<Value> {
    match &server.protocol {
        Protocol::Shadowsocks { method, password } => is_common(*method).then(|| {
            json!({
                "type": "shadowsocks",
                "tag": server.tag,
                "server": server.host,
                "server_port": server.port,
                "method": method.name(),
                "password": password,
            })
        }),
        Protocol::Vmess { uuid, settings } => Some(vmess(server, uuid, settings)),
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
            outbound["transport"] = json!({ "type": "ws", "path": path, "headers": { "Host": host } });
        }
        Network::Grpc { service } => outbound["transport"] = json!({ "type": "grpc", "service_name": service }),
    }
    outbound
}
