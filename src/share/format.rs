//! Which format a client wants, by what it asks for or by its name.

use crate::http::Request;

/// A format that programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// SIP008's JSON.
    Sip008,
    /// A list of links in base64.
    Base64,
    /// Clash's YAML.
    Clash,
    /// sing-box's JSON.
    SingBox,
    /// Outline's dynamic access key.
    Outline,
}

use Format::{Base64, Clash, Outline, SingBox, Sip008};

/// Each format and what it is called in `?format=`.
pub const FORMATS: [(Format, &str); 5] =
    [(Sip008, "sip008"), (Base64, "base64"), (Clash, "clash"), (SingBox, "singbox"), (Outline, "outline")];

/// What the `User-Agent` of a program contains, in lower case; the first that fits decides. Some name others to get their format, so these stand in front of them.
const PROGRAMS: &[(&str, Format)] = &[
    // Built on sing-box; they also call themselves ClashMeta.
    ("hiddify", SingBox),
    ("karing", SingBox),
    // The apps for Android, iOS, macOS and tvOS; then others that name the core.
    ("sfa/", SingBox),
    ("sfi/", SingBox),
    ("sfm/", SingBox),
    ("sft/", SingBox),
    ("sing-box", SingBox),
    ("singbox", SingBox),
    // ClashX, Clash Verge, FlClash, ClashMetaForAndroid, NekoBox, `clash.meta` …
    ("clash", Clash),
    ("mihomo", Clash),
    ("stash", Clash),
    // Before 1.15 on a desktop; later ones do not say, and come with `?format=`.
    ("outline", Outline),
    // This one reads base64, the others of that name SIP008.
    ("shadowsocksx-ng-r", Base64),
    ("shadowsocks", Sip008),
    // Shadowsocks for Android leaves it to the system.
    ("dalvik/", Sip008),
];

impl Format {
    /// What is asked for; `None`: the page, since a person asks.
    pub fn wanted(request: &Request) -> Option<Self> {
        let asked = request.query.text("format").to_ascii_lowercase();
        if asked == "html" {
            return None;
        }
        if let Some((format, _)) = FORMATS.iter().find(|(_, name)| *name == asked) {
            return Some(*format);
        }
        let agent = request.header("user-agent").unwrap_or_default().to_ascii_lowercase();
        if let Some((_, format)) = PROGRAMS.iter().find(|(part, _)| agent.contains(part)) {
            return Some(*format);
        }
        let accepts_page = request.header("accept").is_some_and(|accept| accept.contains("text/html"));
        if accepts_page { None } else { Some(Base64) }
    }

    /// What it is called in `?format=`.
    pub fn name(self) -> &'static str {
        FORMATS.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }
}
