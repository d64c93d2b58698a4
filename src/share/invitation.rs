//! An invitation to paste into a chat: which program to install, the links, and the address of the user's page.

use super::{Access, Protocol, is_common, subscription::turns};
use crate::{model::Kind, text::invitation::Invitation};

/// A program that takes a link from the clipboard: on which systems, and what it can do.
struct Program {
    name: &'static str,
    systems: &'static [System],
    /// Whether it has more of the older ciphers than [`EVERYBODYS`].
    rare: bool,
    /// Whether it has the ciphers of 2022, and reads SIP002's links of them.
    aead2022: bool,
    vmess: bool,
}

/// The ciphers of SIP004 that every program has.
const EVERYBODYS: [&str; 3] = ["aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum System {
    Android,
    Ios,
    Windows,
    Macos,
    Linux,
}

use System::{Android, Ios, Linux, Macos, Windows};

const SYSTEMS: [(System, &str); 5] =
    [(Android, "Android"), (Ios, "iPhone, iPad"), (Windows, "Windows"), (Macos, "macOS"), (Linux, "Linux")];

/// Kept in the order of the alphabet, so that it recommends nobody.
const PROGRAMS: &[Program] = &[
    Program {
        name: "Hiddify",
        systems: &[Android, Ios, Windows, Macos, Linux],
        rare: true,
        aead2022: true,
        vmess: true,
    },
    Program {
        name: "Outline",
        systems: &[Android, Ios, Windows, Macos, Linux],
        rare: false,
        aead2022: false,
        vmess: false,
    },
    Program { name: "Shadowrocket", systems: &[Ios], rare: true, aead2022: true, vmess: true },
    Program { name: "Shadowsocks", systems: &[Android, Windows], rare: false, aead2022: false, vmess: false },
    Program { name: "v2rayN", systems: &[Windows, Macos, Linux], rare: false, aead2022: true, vmess: true },
    Program { name: "v2rayNG", systems: &[Android], rare: false, aead2022: true, vmess: true },
];

impl Program {
    fn can(&self, protocol: &Protocol) -> bool {
        match protocol {
            Protocol::Vmess { .. } => self.vmess,
            Protocol::Shadowsocks { method, .. } => match method.kind() {
                Kind::Aead2022 { .. } => self.aead2022,
                Kind::Aead if EVERYBODYS.contains(&method.name()) => true,
                Kind::Aead | Kind::Stream => self.rare && is_common(*method),
            },
        }
    }
}

/// The programs that can do all that is in `access`, by the system that they are for.
pub fn programs(access: &Access) -> Vec<(&'static str, Vec<&'static str>)> {
    let fitting = |system: System| {
        PROGRAMS
            .iter()
            .filter(move |program| program.systems.contains(&system))
            .filter(|program| access.servers.iter().all(|server| program.can(&server.protocol)))
            .map(|program| program.name)
    };
    let systems = SYSTEMS.into_iter().map(|(system, name)| (name, fitting(system).collect::<Vec<_>>()));
    systems.filter(|(_, names)| !names.is_empty()).collect()
}

/// The whole text, in the language of `words`. `page` is the address of the user's own page.
pub fn invitation(access: &Access, page: &str, words: &Invitation) -> String {
    // In a chat, a name that turns the direction of text would turn the rest of the message too.
    let plain = |text: &str| text.chars().filter(|c| !turns(*c)).collect::<String>();
    let mut lines = vec![(words.greeting)(&plain(&access.name)), String::new(), words.about.to_owned(), String::new()];
    lines.push(words.install.to_owned());
    lines.extend(programs(access).iter().map(|(system, names)| format!("   {}", (words.programs)(system, names))));
    if !access.servers.is_empty() {
        let entries: Vec<(String, String)> =
            access.servers.iter().map(|server| (plain(&server.tag), server.link())).collect();
        let begins = |scheme: &&str| entries.iter().any(|(_, link)| link.starts_with(scheme));
        let schemes: Vec<&str> = ["ss://", "vmess://"].into_iter().filter(begins).collect();
        lines.extend([String::new(), (words.import)(&schemes)]);
        lines.extend(entries.iter().map(|(tag, link)| (words.link)(tag, link)));
        lines.extend([String::new(), words.connect.to_owned()]);
    }
    lines.extend([String::new(), words.page.to_owned(), page.to_owned(), String::new(), words.secret.to_owned()]);
    lines.join("\n")
}
