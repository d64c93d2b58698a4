//! Outline's dynamic access key:
//! <https://developers.google.com/outline/docs/guides/service-providers/dynamic-access-keys>.

use super::{List, Protocol};
use serde_json::json;

/// One server of Shadowsocks, or, where there is none, a message, which is Outline's own way to say why it does not
/// connect.
pub(super) fn key(list: &List<'_>) -> String {
    if let Some(reason) = &list.reason {
        return json!({ "error": { "message": reason } }).to_string();
    }
    let first = list.servers.iter().find_map(|server| match &server.protocol {
        Protocol::Shadowsocks { method, password } => Some(json!({
            "server": server.host,
            "server_port": server.port,
            "password": password,
            "method": method.name(),
        })),
        Protocol::Vmess { .. } => None,
    });
    first.unwrap_or_default().to_string()
}
