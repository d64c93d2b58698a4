//! What a friend connects with: links, QR codes, subscriptions and an invitation, all made from the same few values.

mod abilities;
mod apps;
mod clash;
mod format;
mod host;
mod invitation;
mod link;
mod outline;
pub mod qr;
mod singbox;
mod subscription;
mod surge;

pub use abilities::{Abilities, Lack};
pub use apps::{APPS, App, Button, System, fitting, outline_fits};
pub use format::{FORMATS, Format, Row, Wanted};
pub use invitation::invitation;
pub use link::{subscription, subscription_for_outline};
pub use subscription::{Context, List, MAX_TITLE, UPDATE_HOURS, reply};

use crate::model::{Bytes, Date, Method, Node, PortOffset, State, Time, Usage, User, Vmess, Zone};
use sha2::{Digest, Sha256};

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

/// What is fetched through each server to see which is the quickest.
const TEST_URL: &str = "http://www.gstatic.com/generate_204";

/// Where nothing listens: a connection there is refused by the very machine that asks for it, and no packet leaves it.
const NOWHERE: (&str, u16) = ("127.0.0.1", 1);

/// What one user needs to connect, and what their client may tell of their use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Their name.
    pub name: String,
    /// What they used.
    pub used: Usage,
    /// What they may use.
    pub quota: Option<Bytes>,
    /// The last second at which they are let in; 0: no end.
    pub ends: Time,
    /// Where they connect to; nowhere while they are not let in.
    pub servers: Vec<Server>,
    /// What keeps them out, if anything does.
    pub shut: Option<Shut>,
    /// The last day on which they are let in.
    pub last: Option<Date>,
    uuid: String,
}

/// Why a user has nothing to connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// The admin switched them off, or removed them.
    Off,
    /// That was their last day.
    Expired(Date),
    /// They used what they may, until that day if there is one.
    OverQuota(Option<Date>),
    /// No node has an address.
    Nowhere,
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
    /// Whether the node has a name, of which the tag is made; else it is made of the address.
    pub named: bool,
    /// When the node was last heard of; 0: never.
    pub last_seen: Time,
    /// A host name in ASCII, or an IP address (IPv6 without brackets).
    pub host: String,
    /// The port, as it is outside.
    pub port: u16,
    /// What is spoken there.
    pub protocol: Protocol,
    offset: PortOffset,
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
    /// What `user` gets at `now`: every node that has an address if they are let in, else none.
    pub fn new(user: &User, nodes: &[Node], zone: &Zone, now: Time) -> Self {
        let shut = match user.state(zone.date(now)) {
            State::On => None,
            State::Off | State::Deleted => Some(Shut::Off),
            State::Expired => Some(user.expires.map_or(Shut::Off, Shut::Expired)),
            State::OverQuota => Some(Shut::OverQuota(user.next_reset)),
        };
        let access = Self::for_admin(user, if shut.is_none() { nodes } else { &[] }, zone);
        Self { shut: shut.or(access.shut), ..access }
    }

    /// What `user` gets once they are let in, whether they are or not.
    pub fn for_admin(user: &User, nodes: &[Node], zone: &Zone) -> Self {
        let mut access = Self {
            name: user.name.as_str().to_owned(),
            used: user.used,
            quota: user.quota,
            ends: user.expires.map_or(0, |last| zone.start_of(last.plus_days(1)) - 1),
            servers: Vec::new(),
            shut: None,
            last: user.expires,
            uuid: user.uuid.clone(),
        };
        let open = |node: &&Node| !node.address.as_str().is_empty() && user.terms.nodes.allows(node.id);
        for node in nodes.iter().filter(open) {
            // The page of the node says so.
            let Some(port) = node.offset.outside(user.port) else { continue };
            let host = host::ascii(node.address.as_str());
            let wanted = Some(node.name.as_str()).filter(|name| !name.is_empty()).unwrap_or(node.address.as_str());
            let server = Server {
                node: node.id,
                id: server_id(&user.uuid, node.id),
                tag: access.free_tag(wanted),
                named: !node.name.as_str().is_empty(),
                last_seen: node.last_seen(),
                host,
                port,
                offset: node.offset,
                protocol: Protocol::Shadowsocks { method: user.method, password: user.password.as_str().to_owned() },
            };
            access.servers.push(server);
        }
        access.shut = access.servers.is_empty().then_some(Shut::Nowhere);
        access
    }

    /// With VMess on a node, behind or in the place of its Shadowsocks. Nothing changes if the node is not in the list.
    #[must_use]
    pub fn with_vmess(mut self, node: i64, settings: &Vmess) -> Self {
        let Some(at) = self.servers.iter().position(|server| server.node == node) else { return self };
        let mut server = self.servers[at].clone();
        match server.offset.outside(settings.port) {
            Some(port) => server.port = port,
            None if settings.alone => {
                self.servers.remove(at);
                return self;
            }
            None => return self,
        }
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

    /// An entry that says why there is no other, and cannot connect.
    fn closed(&self, reason: &str) -> Server {
        Server {
            node: 0,
            id: server_id(&self.uuid, 0),
            tag: free_tag(reason, std::iter::empty),
            named: true,
            last_seen: 0,
            host: NOWHERE.0.to_owned(),
            port: NOWHERE.1,
            offset: PortOffset::default(),
            protocol: Protocol::Shadowsocks { method: Method::default(), password: "closed".to_owned() },
        }
    }

    fn free_tag(&self, wanted: &str) -> String {
        free_tag(wanted, || self.servers.iter().map(|server| server.tag.as_str()))
    }
}

/// `wanted`, or with a number behind it if that is `taken`.
fn free_tag<'a, I: Iterator<Item = &'a str>>(wanted: &str, taken: impl Fn() -> I) -> String {
    let is_taken = |tag: &str| {
        let tag = tag.to_lowercase();
        RESERVED.contains(&tag.as_str()) || taken().any(|taken| taken.to_lowercase() == tag)
    };
    let mut tag = wanted.to_owned();
    let mut number = 1;
    while is_taken(&tag) {
        number += 1;
        tag = format!("{wanted} {number}");
    }
    tag
}

/// The path of a WebSocket without `ed=N`, in which Xray's links have the bytes of early data, and that number.
/// Other programs have a field for it, and ask for the whole path otherwise, which no server knows.
fn early_data(path: &str) -> (String, Option<u32>) {
    let Some((before, query)) = path.split_once('?') else { return (path.to_owned(), None) };
    let found = query.split('&').find_map(|pair| pair.strip_prefix("ed=")?.parse().ok());
    let Some(bytes) = found else { return (path.to_owned(), None) };
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("ed=")).collect();
    let joint = if rest.is_empty() { "" } else { "?" };
    (format!("{before}{joint}{}", rest.join("&")), Some(bytes).filter(|bytes| *bytes > 0))
}

/// A UUID of version 8 (RFC 9562, 5.8) made from the SHA-256 of the user's own UUID and the node's number.
fn server_id(user: &str, node: i64) -> String {
    let hash: [u8; 32] = Sha256::digest(format!("{user}/{node}")).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}
