//! Real programs that friends connect with, each of which offers SOCKS5 on this machine.

use crate::support::programs::{free_port, missing};
use mu_panel::node::plan::Wanted;
use std::{
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    SsLocal,
    SingBox,
    Mihomo,
}

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SsLocal => "ss-local",
            Self::SingBox => "sing-box",
            Self::Mihomo => "mihomo",
        }
    }

    pub(crate) fn is_missing(self) -> bool {
        missing(&[self.name()])
    }

    /// Whether it speaks a method, by its documents.
    pub(crate) fn speaks(self, method: &str) -> bool {
        let new = method.starts_with("2022-");
        match self {
            Self::SsLocal => !new && method != "rc4",
            Self::SingBox | Self::Mihomo => !method.starts_with("camellia-") && method != "rc4",
        }
    }
}

/// A client that runs; it is killed when it is dropped.
pub(crate) struct Client {
    child: Child,
    pub(crate) socks: SocketAddr,
    _folder: TempDir,
}

impl Client {
    pub(crate) fn start(program: Program, user: &Wanted) -> Self {
        Self::start_with(program, user.port, &user.method, &user.password)
    }

    pub(crate) fn start_with(program: Program, port: u16, method: &str, password: &str) -> Self {
        Self::start_at(program, "127.0.0.1", port, method, password)
    }

    /// One that connects to that address.
    pub(crate) fn start_at(program: Program, server: &str, port: u16, method: &str, password: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socks = free_port();
        let mut command = Command::new(program.name());
        match program {
            Program::SsLocal => {
                command.args(["-s", server, "-p", &port.to_string(), "-k", password, "-m", method, "-u"]);
                command.args(["-b", "127.0.0.1", "-l", &socks.to_string(), "-t", "300"]);
            }
            Program::SingBox => {
                let config = serde_json::json!({
                    "log": { "disabled": true },
                    "inbounds": [{ "type": "socks", "listen": "127.0.0.1", "listen_port": socks }],
                    "outbounds": [{ "type": "shadowsocks", "server": server, "server_port": port,
                        "method": method, "password": password }],
                });
                let file = folder.path().join("config.json");
                std::fs::write(&file, config.to_string()).unwrap();
                command.args(["run", "--disable-color", "-c"]).arg(file);
            }
            Program::Mihomo => {
                let config = serde_json::json!({
                    "socks-port": socks, "bind-address": "127.0.0.1", "mode": "global", "log-level": "silent",
                    "ipv6": true, "find-process-mode": "off", "geo-auto-update": false,
                    "profile": { "store-selected": false },
                    "proxies": [{ "name": "node", "type": "ss", "server": server, "port": port,
                        "cipher": method, "password": password, "udp": true }],
                    "proxy-groups": [{ "name": "GLOBAL", "type": "select", "proxies": ["node"] }],
                    "rules": ["MATCH,node"],
                });
                std::fs::write(folder.path().join("config.yaml"), config.to_string()).unwrap();
                command.arg("-d").arg(folder.path());
            }
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let client = Self { child, socks: ([127, 0, 0, 1], socks).into(), _folder: folder };
        let begun = Instant::now();
        while TcpStream::connect(client.socks).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{} does not listen", program.name());
            std::thread::yield_now();
        }
        client
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
