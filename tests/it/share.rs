//! What a friend connects with, read back by parsers that know nothing of how it was written.
#![allow(clippy::unwrap_used)] // in what the tests share

mod apps;
mod clients;
mod closed;
mod details;
mod formats;
mod invitations;
mod links;
mod lists;
mod parse;
mod qr_codes;

use crate::panel::{NOON, Panel};
use mu_panel::{
    http::Reply,
    model::{
        Address, Bytes, Date, METHODS, Method, Name, Network, Node, NodeName, Password, PortOffset, Rate, Usage, User,
        Vmess, Zone,
    },
    share::{Access, Context, Format, reply},
    text::reasons::Reasons,
};
use proptest::{prelude::*, sample::select};

/// A user called alice, with everything at its default.
fn alice() -> User {
    Panel::new().add("alice")
}

/// A user with that cipher and password.
fn with(method: &str, password: &str) -> User {
    let method = Method::parse(method).unwrap();
    User { method, password: Password::parse(password, method).unwrap(), ..alice() }
}

/// A node that is new.
fn node(id: i64, name: &str, address: &str) -> Node {
    Node {
        removed: None,
        muted: false,
        offset: PortOffset::default(),
        id,
        name: NodeName::parse(name).unwrap(),
        address: Address::parse(address).unwrap(),
        rate: Rate::default(),
        created: NOON,
        last_pull: NOON,
        last_push: 0,
        u: Bytes::default(),
        d: Bytes::default(),
        online: None,
        online_at: 0,
        load: String::new(),
        uptime: None,
        info_at: 0,
        ip: String::new(),
        confirmed: true,
        revision: 0,
    }
}

/// A node called Tokyo.
fn tokyo(address: &str) -> Node {
    node(1, "Tokyo", address)
}

/// VMess on port 443, without TLS.
fn vmess(network: Network) -> Vmess {
    Vmess { port: 443, network, host: String::new(), tls: false, alone: false }
}

fn access(user: &User, nodes: &[Node]) -> Access {
    Access::new(user, nodes, &Zone::utc(), NOON)
}

/// The address of the page in the lists.
const PAGE: &str = "https://panel.example/u/s3cret";

/// A panel called `Our server`, on the day of [`NOON`].
fn context() -> Context<'static> {
    Context {
        reasons: &Reasons::ENGLISH,
        language: "en",
        address: PAGE,
        title: "Our server",
        support: None,
        china_direct: false,
        today: Date::parse("2026-11-22").unwrap(),
    }
}

/// The list that any program of that format gets.
fn listed(access: &Access, format: Format) -> Reply {
    reply(access, format.into(), &context())
}

/// A change to a user.
type Change = fn(&mut User);

/// Each reason not to be let in.
const LOCKED_OUT: [(&str, Change); 4] = [
    ("off", |user| user.switch = false),
    ("expired", |user| user.expires = Some(Date::parse("2026-11-21").unwrap())),
    ("deleted", |user| user.deleted = Some(NOON)),
    ("over quota", |user| {
        user.quota = Some(Bytes::new(10));
        user.used = Usage { u: Bytes::new(4), d: Bytes::new(7) };
    }),
];

/// Text that is chosen to break a parser, or any text.
fn hostile() -> impl Strategy<Value = String> {
    let odd = select(vec![
        "\"",
        "'",
        "\\",
        "`",
        "#",
        "@",
        ":",
        "/",
        "?",
        "%",
        "%41",
        "&",
        "+",
        " ",
        ",",
        "{",
        "}",
        "[",
        "]",
        "- ",
        ": ",
        "<script>",
        "]]>",
        "~",
        "null",
        "*",
        "!",
        "|",
        ">",
        "\u{202e}",
        "\u{2066}",
        "\u{feff}",
        "\u{fffe}",
        "\u{10ffff}",
        "🙂",
        "宽",
        "é",
        "e\u{301}",
        "\u{a0}",
        "\u{e000}",
        "=",
        "DIRECT",
        "$(id)",
    ]);
    let piece = prop_oneof![odd.prop_map(str::to_owned), any::<char>().prop_map(String::from)];
    prop::collection::vec(piece, 1..16).prop_map(|pieces| pieces.concat())
}

/// A name that a user may have.
fn a_name() -> impl Strategy<Value = Name> {
    hostile().prop_filter_map("no name", |text| Name::parse(&text).ok())
}

/// A cipher and a password that fits it; old databases may hold passwords that are no longer let in.
fn a_secret() -> impl Strategy<Value = (Method, String)> {
    let key = (select(METHODS), any::<[u8; 32]>()).prop_map(|(method, bytes)| {
        let fill = |buffer: &mut [u8]| buffer.copy_from_slice(&bytes[..buffer.len()]);
        (method, Password::random(method, &fill).as_str().to_owned())
    });
    let text = (select(METHODS), hostile()).prop_map(|(method, text)| (method, text));
    prop_oneof![key, text]
}

/// Where a node may be.
fn an_address() -> impl Strategy<Value = Address> {
    prop_oneof![
        any::<std::net::Ipv4Addr>().prop_map(|ip| ip.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|ip| ip.to_string()),
        "[a-zA-Z0-9_]{1,20}(\\.[a-z0-9]{1,10}){0,3}\\.?",
        "[a-zéß例子中国кир日本اب]{1,12}\\.[a-z中国рф]{2,5}",
    ]
    .prop_map(|text| Address::parse(&text).unwrap())
}

/// A user with some of everything that can be awkward.
fn a_user() -> impl Strategy<Value = User> {
    let alice = alice();
    (a_name(), a_secret(), 1_u16.., any::<bool>(), 0..=i64::MAX, 0..=i64::MAX, prop::option::of(0..=i64::MAX)).prop_map(
        move |(name, (method, password), port, switch, u, d, quota)| User {
            name,
            method,
            password: Password::from_stored(password),
            port,
            switch,
            used: Usage { u: Bytes::new(u), d: Bytes::new(d) },
            quota: quota.map(Bytes::new),
            ..alice.clone()
        },
    )
}

/// Up to four nodes.
fn some_nodes() -> impl Strategy<Value = Vec<Node>> {
    let one = (prop::option::of(a_name()), prop_oneof![1 => Just(Address::default()), 9 => an_address()]);
    prop::collection::vec(one, 0..5).prop_map(|nodes| {
        let numbered = nodes.into_iter().zip(1..);
        let made = numbered.map(|((name, address), id)| {
            let name = name.map_or(NodeName::default(), |name| NodeName::parse(name.as_str()).unwrap());
            Node { name, address, ..node(id, "", "") }
        });
        made.collect()
    })
}

/// How a node may carry VMess.
fn some_vmess() -> impl Strategy<Value = Vmess> {
    let network = prop_oneof![
        Just(Network::Tcp),
        hostile().prop_map(|path| Network::Ws { path }),
        hostile().prop_map(|service| Network::Grpc { service }),
    ];
    (1_u16.., network, prop_oneof![Just(String::new()), hostile()], any::<bool>(), any::<bool>())
        .prop_map(|(port, network, host, tls, alone)| Vmess { port, network, host, tls, alone })
}
