//! Which format a client wants, by what it asks for or by its name.

use super::{Abilities, List, clash, outline, singbox, subscription, surge};
use crate::http::Request;

/// A format that programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// SIP008's JSON.
    Sip008,
    /// A list of links in base64.
    Base64,
    /// The same with the two lines that Shadowrocket shows above it.
    Shadowrocket,
    /// Clash's YAML.
    Clash,
    /// sing-box's JSON.
    SingBox,
    /// Surge's managed configuration.
    Surge,
    /// Outline's dynamic access key.
    Outline,
}

use Format::{Base64, Clash, Outline, Shadowrocket, SingBox, Sip008, Surge};

/// A format: what it is called, what it can say, and how it is written.
pub struct Row {
    /// The format.
    pub format: Format,
    /// What it is called in `?format=`.
    pub name: &'static str,
    /// What clients and converters call it in `?flag=` or `?target=`, in lower case.
    aliases: &'static [&'static str],
    abilities: Abilities,
    content_type: &'static str,
    write: fn(&List<'_>) -> String,
}

/// The very type that SIP008 demands.
const JSON: &str = "application/json; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const YAML: &str = "text/yaml; charset=utf-8";

/// Every format. The other names are those of subconverter's `target`, and of the `flag` that other panels and their
/// clients use.
pub const FORMATS: &[Row] = &[
    Row {
        format: Sip008,
        name: "sip008",
        aliases: &["sssub", "sip002sub"],
        abilities: Abilities::SHADOWSOCKS,
        content_type: JSON,
        write: subscription::sip008,
    },
    Row {
        format: Base64,
        name: "base64",
        aliases: &[
            "ss",
            "v2ray",
            "v2rayn",
            "v2rayng",
            "mixed",
            "general",
            "sub",
            "quan",
            "quanx",
            "quantumult",
            "loon",
            "happ",
        ],
        abilities: Abilities::ANY,
        content_type: TEXT,
        write: subscription::base64_list,
    },
    Row {
        format: Shadowrocket,
        name: "shadowrocket",
        aliases: &["rocket"],
        abilities: Abilities::ANY,
        content_type: TEXT,
        write: subscription::shadowrocket_list,
    },
    Row {
        format: Clash,
        name: "clash",
        aliases: &["clashr", "clashmeta", "meta", "mihomo", "stash", "verge", "nyanpasu", "nekobox", "nekoray"],
        abilities: Abilities::COMMON,
        content_type: YAML,
        write: clash::yaml,
    },
    Row {
        format: SingBox,
        name: "singbox",
        aliases: &["hiddify", "karing", "sfa", "sfi", "sfm", "sft"],
        abilities: Abilities::COMMON,
        content_type: JSON,
        write: singbox::configuration,
    },
    Row {
        format: Surge,
        name: "surge",
        aliases: &["surge2", "surge3", "surge4", "surge5", "surfboard"],
        abilities: Abilities::SURGE,
        content_type: TEXT,
        write: surge::configuration,
    },
    Row {
        format: Outline,
        name: "outline",
        aliases: &[],
        abilities: Abilities::OUTLINE,
        content_type: JSON,
        write: outline::key,
    },
];

/// What the `User-Agent` of a program contains, in lower case, and what that program can speak of the format; the first
/// that fits decides. Some name others to get their format, so these stand in front of them.
const AGENTS: &[(&str, Format, Abilities)] = &[
    // Built on sing-box; they also call themselves ClashMeta.
    ("hiddify", SingBox, Abilities::COMMON),
    ("karing", SingBox, Abilities::COMMON),
    // The apps for Android, iOS, macOS and tvOS; then others that name the core.
    ("sfa/", SingBox, Abilities::COMMON),
    ("sfi/", SingBox, Abilities::COMMON),
    ("sfm/", SingBox, Abilities::COMMON),
    ("sft/", SingBox, Abilities::COMMON),
    ("sing-box", SingBox, Abilities::COMMON),
    ("singbox", SingBox, Abilities::COMMON),
    // ClashX, Clash Verge, FlClash, ClashMetaForAndroid, NekoBox, `clash.meta` …
    ("clash", Clash, Abilities::COMMON),
    ("mihomo", Clash, Abilities::COMMON),
    ("stash", Clash, Abilities::COMMON),
    // `Surge iOS/…` and `Surge Mac/…`.
    ("surge", Surge, Abilities::SURGE),
    // It reads Surge's files.
    ("surfboard", Surge, Abilities::SURGE),
    ("shadowrocket", Shadowrocket, Abilities::ANY),
    ("v2rayn", Base64, Abilities::XRAY),
    ("streisand", Base64, Abilities::XRAY),
    // Before 1.15 on a desktop; later ones are a Go program like any other.
    ("outline", Outline, Abilities::OUTLINE),
    ("go-http-client", Outline, Abilities::OUTLINE),
    // This one reads base64, the others of that name SIP008.
    ("shadowsocksx-ng-r", Base64, Abilities::SHADOWSOCKS),
    ("shadowsocks", Sip008, Abilities::SHADOWSOCKS),
    // Shadowsocks for Android leaves it to the system.
    ("dalvik/", Sip008, Abilities::SHADOWSOCKS),
];

/// The parameters that name a format, in the order in which they count.
const PARAMETERS: [&str; 3] = ["format", "flag", "target"];

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The format.
    pub format: Format,
    /// What the program that asks can speak of it.
    pub abilities: Abilities,
}

impl Wanted {
    /// What a request asks for; `None`: the page, since a person asks.
    pub fn of(request: &Request) -> Option<Self> {
        let asked = |parameter: &str| request.query.text(parameter).trim().to_ascii_lowercase();
        if asked("format") == "html" {
            return None;
        }
        let agent = request.header("user-agent").unwrap_or_default().to_ascii_lowercase();
        let agent = AGENTS.iter().find(|(part, _, _)| agent.contains(part));
        let named = PARAMETERS.iter().find_map(|parameter| Format::called(&asked(parameter)));
        let switched = || FORMATS.iter().find(|row| asked(row.name) == "1").map(|row| row.format);
        if let Some(format) = named.or_else(switched) {
            let of_agent = agent.filter(|(_, its, _)| *its == format).map(|(_, _, abilities)| *abilities);
            return Some(Self { format, abilities: of_agent.unwrap_or_else(|| format.row().abilities) });
        }
        if let Some((_, format, abilities)) = agent {
            return Some(Self { format: *format, abilities: *abilities });
        }
        let accepts_page = request.header("accept").is_some_and(|accept| accept.contains("text/html"));
        if accepts_page { None } else { Some(Base64.into()) }
    }
}

impl From<Format> for Wanted {
    /// The format as any program reads it.
    fn from(format: Format) -> Self {
        Self { format, abilities: format.row().abilities }
    }
}

impl Format {
    /// The one of that name, in whatever way it is written: `sing-box`, `Clash.Meta`; a program's own name, with or
    /// without its version, stands for what that program gets.
    fn called(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let known = FORMATS.iter().find(|row| row.name == plain || row.aliases.contains(&&*plain));
        let program = || AGENTS.iter().find(|(part, _, _)| !plain.is_empty() && name.contains(part));
        known.map(|row| row.format).or_else(|| program().map(|(_, format, _)| *format))
    }

    fn row(self) -> &'static Row {
        // Each has its row, which a test walks.
        FORMATS.iter().find(|row| row.format == self).unwrap_or(&FORMATS[0])
    }

    /// What it is called in `?format=`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    pub(super) fn content_type(self) -> &'static str {
        self.row().content_type
    }

    pub(super) fn write(self, list: &List<'_>) -> String {
        (self.row().write)(list)
    }
}
