//! What a client gets at the address of a user's page: a list in the client's own format, and headers with what they
//! used.

use super::{Access, Format, Lack, Protocol, Server, Shut, Wanted};
use crate::{http::Reply, model::Date, text::reasons::Reasons};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// How often a client should ask again, in hours.
pub const UPDATE_HOURS: u32 = 12;

/// The longest title that Hiddify shows whole, in characters.
pub const MAX_TITLE: usize = 25;

/// What a list is made of beside the user's access.
pub struct Context<'a> {
    /// The sentences of the friend's language.
    pub reasons: &'a Reasons,
    /// The code of that language.
    pub language: &'a str,
    /// The address of the user's page in full.
    pub address: &'a str,
    /// What the panel is called.
    pub title: &'a str,
    /// Where friends get help, if it is set.
    pub support: Option<&'a str>,
    /// Whether what is in China goes there without the proxy, where the format can say so.
    pub china_direct: bool,
    /// The present day.
    pub today: Date,
}

/// A list that is about to be written.
pub struct List<'a> {
    /// What a client can connect to: never nothing. Where there is nothing, one that cannot connect says why.
    pub(super) servers: Vec<Server>,
    /// Why there is nothing to connect to, in the friend's words.
    pub(super) reason: Option<String>,
    pub(super) access: &'a Access,
    pub(super) context: &'a Context<'a>,
}

impl<'a> List<'a> {
    /// The servers of `access` that such a program can use, or the reason why there are none.
    pub fn new(access: &'a Access, wanted: Wanted, context: &'a Context<'a>) -> Self {
        let usable = |server: &&Server| wanted.abilities.can(server);
        let mut servers: Vec<Server> = access.servers.iter().filter(usable).cloned().collect();
        let reason = servers.is_empty().then(|| reason(access, wanted, context));
        servers.extend(reason.as_deref().map(|reason| access.closed(reason)));
        Self { servers, reason, access, context }
    }

    /// Why there is nothing to connect to; `None` if there is something.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The address at which that format is asked for.
    pub(super) fn address_as(&self, format: Format) -> String {
        format!("{}?format={}&lang={}", self.context.address, format.name(), self.context.language)
    }
}

fn reason(access: &Access, wanted: Wanted, context: &Context<'_>) -> String {
    let words = context.reasons;
    let day = |day: Date| (words.day)(day, context.today);
    let lack = || access.servers.iter().find_map(|server| wanted.abilities.lack(server));
    match (access.shut, lack()) {
        (Some(Shut::Off), _) => words.off.to_owned(),
        (Some(Shut::Expired(last)), _) => (words.expired)(&day(last)),
        (Some(Shut::OverQuota(Some(next))), _) => (words.over_until)(&day(next)),
        (Some(Shut::OverQuota(None)), _) => words.over.to_owned(),
        (None, Some(Lack::Cipher(method))) => (words.cipher)(method.name()),
        (None, Some(Lack::Vmess)) => words.vmess.to_owned(),
        (Some(Shut::Nowhere), _) | (None, None) => words.nowhere.to_owned(),
    }
}

/// The list that is wanted. A user who has nothing to connect to gets one entry that cannot connect, named with the
/// reason: an empty list is an error to many clients, which then keep the old servers, and others send everything
/// straight out.
pub fn reply(access: &Access, wanted: Wanted, context: &Context<'_>) -> Reply {
    let list = List::new(access, wanted, context);
    let reply = Reply::new(200, wanted.format.content_type(), wanted.format.write(&list).into_bytes())
        .with("Subscription-Userinfo", userinfo(access))
        .with("Profile-Update-Interval", UPDATE_HOURS.to_string())
        .with("Profile-Title", in_base64(&title(context.title)))
        .with("Profile-Web-Page-Url", context.address.to_owned())
        .with("Content-Disposition", disposition(&access.name))
        .with("Cache-Control", "no-store");
    let reply = match context.support {
        Some(support) => reply.with("Support-Url", support.to_owned()),
        None => reply,
    };
    match &list.reason {
        Some(reason) => reply.with("Announce", in_base64(reason)),
        None => reply,
    }
}

/// A header whose value may be any text, as Hiddify, Happ and v2RayTun read `Profile-Title` and `Announce`:
/// <https://github.com/hiddify/hiddify-app/wiki/URL-Scheme>.
fn in_base64(text: &str) -> String {
    format!("base64:{}", STANDARD.encode(text))
}

/// What a client is to call the subscription.
pub(super) fn title(title: &str) -> String {
    title.chars().filter(|c| !turns(*c) && !c.is_control()).take(MAX_TITLE).collect()
}

/// SIP008's document (<https://shadowsocks.org/doc/sip008.html>): servers of Shadowsocks only.
pub(super) fn sip008(list: &List<'_>) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u8,
        servers: Vec<Entry<'a>>,
        bytes_used: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes_remaining: Option<i64>,
    }
    #[derive(Serialize)]
    struct Entry<'a> {
        id: &'a str,
        remarks: &'a str,
        server: &'a str,
        server_port: u16,
        password: &'a str,
        method: &'a str,
    }
    let entries = list.servers.iter().filter_map(|server| match &server.protocol {
        Protocol::Shadowsocks { method, password } => Some(Entry {
            id: &server.id,
            remarks: &server.tag,
            server: &server.host,
            server_port: server.port,
            password,
            method: method.name(),
        }),
        Protocol::Vmess { .. } => None,
    });
    let used = list.access.used.total();
    let document = Document {
        version: 1,
        servers: entries.collect(),
        bytes_used: used.get(),
        bytes_remaining: list.access.quota.map(|quota| quota.minus(used).get()),
    };
    // Numbers and text cannot fail to be written.
    serde_json::to_string(&document).unwrap_or_default()
}

/// Links, one a line, in base64: what v2rayN and most others read.
pub(super) fn base64_list(list: &List<'_>) -> String {
    STANDARD.encode(links(list))
}

/// The same below two lines that Shadowrocket takes for itself: what it shows of the subscription, and what it calls
/// it.
pub(super) fn shadowrocket_list(list: &List<'_>) -> String {
    let (access, context) = (list.access, list.context);
    let last = access.last.map(|last| (context.reasons.day)(last, context.today));
    let quota = access.quota.map(|quota| quota.to_string());
    let (u, d) = (access.used.u.to_string(), access.used.d.to_string());
    let status = || (context.reasons.status)(&u, &d, quota.as_deref(), last.as_deref());
    let status = list.reason.clone().unwrap_or_else(status);
    STANDARD.encode(format!("STATUS={status}\nREMARKS={}\n{}", title(context.title), links(list)))
}

fn links(list: &List<'_>) -> String {
    list.servers.iter().map(|server| server.link() + "\n").collect()
}

/// `Subscription-Userinfo`, as Clash's clients brought it into use: bytes, and the end in seconds since 1970; 0 is
/// none.
fn userinfo(access: &Access) -> String {
    let total = access.quota.map_or(0, |quota| quota.get().max(1));
    let (u, d) = (access.used.u.get(), access.used.d.get());
    format!("upload={u}; download={d}; total={total}; expire={}", access.ends)
}

/// `Content-Disposition` (RFC 6266) with the name in ASCII for old clients and whole (RFC 8187) for others, which show
/// it as the profile's name.
fn disposition(name: &str) -> String {
    let safe = |c: char| !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%') && !turns(c);
    let name: String = name.chars().map(|c| if safe(c) { c } else { '_' }).collect();
    let name = Some(name.trim_start_matches('.').trim()).filter(|name| !name.is_empty()).unwrap_or("mu-panel");
    let ascii: String = name.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '_' }).collect();
    let attr_char = NON_ALPHANUMERIC;
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, attr_char))
}

/// Whether a character turns the direction of the text after it: harmless in a page, which fences it in, but not in
/// plain text.
pub(super) fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
