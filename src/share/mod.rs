//! What a friend connects with: links, QR codes, subscriptions and an invitation, all made from the same few values.

mod clash;
mod format;
mod host;
mod invitation;
mod link;
pub mod qr;
mod singbox;
mod subscription;

pub use format::{FORMATS, Format};
pub use invitation::{invitation, programs};
pub use link::subscription_for_outline;
pub use subscription::{UPDATE_HOURS, reply};

use crate::model::{Bytes, Kind, Method, Node, State, Time, Usage, User, Vmess, Zone};
use sha2::{Digest, Sha256};

/// What one user needs to connect, and what his client may tell him of his use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// His name.
    pub name: String,
    /// What he used.
    pub used: Usage,
    /// What he may use.
    pub quota: Option<Bytes>,
    /// The last second at which he is let in; 0: no end.
    pub ends: Time,
    /// Where he connects to; nowhere while he is not let in.
    pub servers: Vec<Server>,
    uuid: String,
}

/// One place to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The number of the node that it is on.
    pub node: i64,
    /// A UUID that stays the same for this user on this node, whatever else changes.
    pub id: String,
    /// What the client calls it: no two in one list have the same.
    pub tag: String,
    /// A host name in ASCII, or an IP address (IPv6 without brackets).
    pub host: String,
    /// The port.
    pub port: u16,
    /// What is spoken there.
    pub protocol: Protocol,
}

/// What is spoken at a server, and with which secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// Shadowsocks.
    Shadowsocks {
        /// The cipher.
        method: Method,
        /// The password.
        password: String,
    },
    /// VMess.
    Vmess {
        /// The user's V2Ray identity.
        uuid: String,
        /// How it is carried.
        settings: Vmess,
    },
}

/// Names that mean something else in a client's configuration, in lower case.
const RESERVED: [&str; 9] =
    ["auto", "compatible", "direct", "global", "pass", "pass-rule", "proxy", "reject", "reject-drop"];

impl Access {
    /// What `user` gets at `now`: every node that has an address if he is let in, else none.
    pub fn new(user: &User, nodes: &[Node], zone: &Zone, now: Time) -> Self {
        let let_in = user.state(zone.date(now)) == State::On;
        Self::for_admin(user, if let_in { nodes } else { &[] }, zone)
    }

    /// What `user` gets once he is let in, whether he is or not.
    pub fn for_admin(user: &User, nodes: &[Node], zone: &Zone) -> Self {
        let mut access = Self {
            name: user.name.as_str().to_owned(),
            used: user.used,
            quota: user.quota,
            ends: user.expires.map_or(0, |last| zone.start_of(last.plus_days(1)) - 1),
            servers: Vec::new(),
            uuid: user.uuid.clone(),
        };
        for node in nodes.iter().filter(|node| !node.address.as_str().is_empty()) {
            let host = host::ascii(node.address.as_str());
            let wanted = Some(node.name.as_str()).filter(|name| !name.is_empty()).unwrap_or(node.address.as_str());
            let server = Server {
                node: node.id,
                id: server_id(&user.uuid, node.id),
                tag: access.free_tag(wanted),
                host,
                port: user.port,
                protocol: Protocol::Shadowsocks { method: user.method, password: user.password.as_str().to_owned() },
            };
            access.servers.push(server);
        }
        access
    }

    /// With VMess on a node, behind or in the place of its Shadowsocks. Nothing changes if the node is not in the list.
    #[must_use]
    pub fn with_vmess(mut self, node: i64, settings: &Vmess) -> Self {
        let Some(at) = self.servers.iter().position(|server| server.node == node) else { return self };
        let mut server = self.servers[at].clone();
        server.port = settings.port;
        server.protocol = Protocol::Vmess { uuid: self.uuid.clone(), settings: settings.clone() };
        if settings.alone {
            self.servers[at] = server;
        } else {
            server.tag = self.free_tag(&format!("{} VMess", server.tag));
            self.servers.insert(at + 1, server);
        }
        self
    }

    /// With that node alone.
    #[must_use]
    pub fn only(mut self, node: i64) -> Self {
        self.servers.retain(|server| server.node == node);
        self
    }

    /// `wanted`, or with a number behind it if that is taken.
    fn free_tag(&self, wanted: &str) -> String {
        let taken = |tag: &str| {
            let tag = tag.to_lowercase();
            RESERVED.contains(&tag.as_str()) || self.servers.iter().any(|server| server.tag.to_lowercase() == tag)
        };
        let mut tag = wanted.to_owned();
        let mut number = 1;
        while taken(&tag) {
            number += 1;
            tag = format!("{wanted} {number}");
        }
        tag
    }
}

/// A UUID of version 8 (RFC 9562, 5.8) made from the SHA-256 of the user's own UUID and the node's number.
fn server_id(user: &str, node: i64) -> String {
    let hash: [u8; 32] = Sha256::digest(format!("{user}/{node}")).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// Whether mihomo and sing-box both have a cipher: they refuse a whole list for one that they do not know.
fn is_common(method: Method) -> bool {
    const STREAM: [&str; 9] = [
        "aes-128-cfb",
        "aes-128-ctr",
        "aes-192-cfb",
        "aes-192-ctr",
        "aes-256-cfb",
        "aes-256-ctr",
        "chacha20-ietf",
        "rc4-md5",
        "xchacha20",
    ];
    method.kind() != Kind::Stream || STREAM.contains(&method.name())
}
