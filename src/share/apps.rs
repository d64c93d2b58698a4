//! The apps that friends install: on which systems, where they come from, what they can do, and how a link opens them.

use super::{Abilities, Access, Protocol, link::encode};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A system that apps run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum System {
    Android,
    Ios,
    Windows,
    Macos,
    Linux,
}

use System::{Android, Ios, Linux, Macos, Windows};

impl System {
    /// Each of them, in the order in which they are listed.
    pub const ALL: [Self; 5] = [Android, Ios, Windows, Macos, Linux];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Android => "Android",
            Ios => "iPhone, iPad",
            Windows => "Windows",
            Macos => "macOS",
            Linux => "Linux",
        }
    }

    /// The one that a browser says it runs on. An iPad calls itself a Mac, whose apps it has too.
    pub fn of_agent(agent: &str) -> Option<Self> {
        let parts = [
            ("Android", Android),
            ("HarmonyOS", Android),
            ("iPhone", Ios),
            ("iPad", Ios),
            ("Windows", Windows),
            ("Macintosh", Macos),
            ("Linux", Linux),
        ];
        parts.into_iter().find(|(part, _)| agent.contains(part)).map(|(_, system)| system)
    }

    /// Whether it is a phone or tablet, which cannot scan the code on its own screen.
    pub fn is_phone(self) -> bool {
        matches!(self, Android | Ios)
    }
}

/// An app.
pub struct App {
    /// What it is called.
    pub name: &'static str,
    /// On which systems there is one, and where it comes from: the official store or the repository.
    pub homes: &'static [(System, &'static str)],
    abilities: Abilities,
    /// Whether it takes a link from the clipboard; else it takes subscriptions only.
    pub clipboard: bool,
    /// The link that opens it and has it take the subscription; nothing where it has none.
    open: fn(&Button<'_>) -> Option<String>,
}

/// What a link that opens an app is made of.
pub struct Button<'a> {
    /// The address of the subscription, without a name in it.
    pub address: &'a str,
    /// What the subscription is called.
    pub title: &'a str,
    /// What the user connects to.
    pub access: &'a Access,
}

const HIDDIFY: &str = "https://github.com/hiddify/hiddify-app/releases";
const OUTLINE: &str = "https://getoutline.org/get-started/";
const SING_BOX: &str = "https://sing-box.sagernet.org/clients/";
const VERGE: &str = "https://github.com/clash-verge-rev/clash-verge-rev/releases";
const V2RAYN: &str = "https://github.com/2dust/v2rayN/releases";
const STREISAND: &str = "https://apps.apple.com/app/streisand/id6450534064";
const SURGE: &str = "https://nssurge.com/";

/// Kept in the order of the alphabet, so that it recommends none. The links that open them are described by
/// <https://stash.wiki/en/faq/url-schema> (Clash and Stash), <https://github.com/hiddify/hiddify-app/wiki/URL-Scheme>,
/// <https://sing-box.sagernet.org/clients/general/>, <https://manual.nssurge.com/others/url-scheme.html>, v2rayNG's
/// `UrlSchemeActivity` and, for Shadowrocket and Streisand, by the panels that they name.
pub const APPS: &[App] = &[
    App {
        name: "Clash Meta for Android",
        homes: &[(Android, "https://github.com/MetaCubeX/ClashMetaForAndroid/releases")],
        abilities: Abilities::COMMON,
        clipboard: false,
        open: |button| Some(button.named("clash://install-config?url=", "&name=")),
    },
    App {
        name: "Clash Verge Rev",
        homes: &[(Windows, VERGE), (Macos, VERGE), (Linux, VERGE)],
        abilities: Abilities::COMMON,
        clipboard: false,
        open: |button| Some(button.named("clash://install-config?url=", "&name=")),
    },
    App {
        name: "Hiddify",
        homes: &[
            (Android, "https://play.google.com/store/apps/details?id=app.hiddify.com"),
            (Ios, "https://apps.apple.com/app/hiddify-proxy-vpn/id6596777532"),
            (Windows, HIDDIFY),
            (Macos, HIDDIFY),
            (Linux, HIDDIFY),
        ],
        abilities: Abilities::COMMON,
        clipboard: true,
        open: |button| Some(format!("hiddify://import/{}#{}", button.address, encode(button.title))),
    },
    App {
        name: "Outline",
        homes: &[
            (Android, "https://play.google.com/store/apps/details?id=org.outline.android.client"),
            (Ios, "https://apps.apple.com/app/outline-app/id1356177741"),
            (Windows, OUTLINE),
            (Macos, "https://apps.apple.com/app/outline-secure-internet-access/id1356178125"),
            (Linux, OUTLINE),
        ],
        abilities: Abilities::OUTLINE,
        clipboard: true,
        open: |button| super::subscription_for_outline(button.address, button.title).or_else(|| button.first_link()),
    },
    App {
        name: "Shadowrocket",
        homes: &[(Ios, "https://apps.apple.com/app/shadowrocket/id932747118")],
        abilities: Abilities::ANY,
        clipboard: true,
        open: |button| {
            let address = URL_SAFE_NO_PAD.encode(button.address);
            Some(format!("shadowrocket://add/sub://{address}?remark={}", encode(button.title)))
        },
    },
    App {
        name: "Shadowsocks",
        homes: &[
            (Android, "https://play.google.com/store/apps/details?id=com.github.shadowsocks"),
            (Windows, "https://github.com/shadowsocks/shadowsocks-windows/releases"),
        ],
        abilities: Abilities::PLAIN,
        clipboard: true,
        open: |button| button.first_link(),
    },
    App {
        name: "sing-box",
        homes: &[(Android, SING_BOX), (Ios, SING_BOX), (Macos, SING_BOX)],
        abilities: Abilities::COMMON,
        clipboard: false,
        open: |button| Some(button.named("sing-box://import-remote-profile?url=", "#")),
    },
    App {
        name: "Stash",
        homes: &[(Ios, "https://apps.apple.com/app/stash-rule-based-proxy/id1596063349"), (Macos, "https://stash.ws/")],
        abilities: Abilities::COMMON,
        clipboard: false,
        open: |button| Some(button.named("stash://install-config?url=", "&name=")),
    },
    App {
        name: "Streisand",
        homes: &[(Ios, STREISAND), (Macos, STREISAND)],
        abilities: Abilities::XRAY,
        clipboard: true,
        open: |button| Some(format!("streisand://import/{}#{}", button.address, encode(button.title))),
    },
    App {
        name: "Surge",
        homes: &[(Ios, SURGE), (Macos, SURGE)],
        abilities: Abilities::SURGE,
        clipboard: false,
        open: |button| Some(button.named("surge:///install-config?url=", "&name=")),
    },
    App {
        name: "v2rayN",
        homes: &[(Windows, V2RAYN), (Macos, V2RAYN), (Linux, V2RAYN)],
        abilities: Abilities::XRAY,
        clipboard: true,
        open: |_| None,
    },
    App {
        name: "v2rayNG",
        homes: &[(Android, "https://github.com/2dust/v2rayNG/releases")],
        abilities: Abilities::XRAY,
        clipboard: true,
        open: |button| Some(button.named("v2rayng://install-sub?url=", "#")),
    },
];

impl Button<'_> {
    fn named(&self, before: &str, between: &str) -> String {
        format!("{before}{}{between}{}", encode(self.address), encode(self.title))
    }

    /// The link to the first Shadowsocks server, which apps of Shadowsocks open themselves.
    fn first_link(&self) -> Option<String> {
        let is_shadowsocks = |protocol: &Protocol| matches!(protocol, Protocol::Shadowsocks { .. });
        self.access.servers.iter().find(|server| is_shadowsocks(&server.protocol)).map(super::Server::link)
    }
}

impl App {
    /// Whether it can connect to all that is in `access`.
    pub fn fits(&self, access: &Access) -> bool {
        access.servers.iter().all(|server| self.abilities.can(server))
    }

    /// The link that opens it and has it take what is handed out; `None` if it has to be pasted.
    pub fn open(&self, button: &Button<'_>) -> Option<String> {
        (self.open)(button)
    }

    /// Where it comes from on that system, if there is one for it.
    pub fn home(&self, system: System) -> Option<&'static str> {
        self.homes.iter().find(|(on, _)| *on == system).map(|(_, home)| *home)
    }
}

/// Whether Outline can connect to any of it.
pub fn outline_fits(access: &Access) -> bool {
    access.servers.iter().any(|server| Abilities::OUTLINE.can(server))
}

/// The apps that can do all that is in `access`, by the system that they are for; none for a system that has none.
pub fn fitting(access: &Access) -> Vec<(System, Vec<&'static App>)> {
    let on = |system: System| APPS.iter().filter(move |app| app.home(system).is_some() && app.fits(access)).collect();
    let systems = System::ALL.into_iter().map(|system| (system, on(system)));
    systems.filter(|(_, apps): &(System, Vec<&App>)| !apps.is_empty()).collect()
}
