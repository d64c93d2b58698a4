//! What this program knows of the SSH session that it was started in, and the tunnel with which the admin gets from
//! home to a panel that listens on the server alone.

use super::own_addresses;
use std::net::IpAddr;

/// The address of this server as the SSH client that started this reached it (`SSH_CONNECTION`).
pub(super) fn server() -> Option<IpAddr> {
    let session = std::env::var("SSH_CONNECTION").ok()?;
    session.split_whitespace().nth(2)?.parse().ok()
}

/// The command to run at home, with which what listens at `there` on the server is at `here` of the machine at home.
/// `here` is a port, perhaps behind an address and a colon; `there` is `127.0.0.1:8080`, `[::1]:8080` or the path of a
/// Unix socket.
pub(super) fn tunnel(here: &str, there: &str) -> String {
    let host = own_addresses::public().map_or_else(|| "<this server>".to_owned(), |ip| ip.to_string());
    format!("ssh -L {here}:{there} root@{host}")
}
