//! The tunnel with which the admin gets from home to a panel that listens on the server alone.

use super::own_addresses;

/// The command to run at home, with which what listens at `there` on the server is at `here` of the machine at home.
/// `here` is a port, perhaps behind an address and a colon; `there` is `127.0.0.1:8080`, `[::1]:8080` or the path of a
/// Unix socket.
pub(super) fn tunnel(here: &str, there: &str) -> String {
    let host = own_addresses::public().map_or_else(|| "<this server>".to_owned(), |ip| ip.to_string());
    format!("ssh -L {here}:{there} root@{host}")
}
