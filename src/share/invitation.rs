//! An invitation to paste into a chat: which program to install, the links, and the address of the user's page.

use super::{Access, Protocol, Server, fitting, subscription::turns};
use crate::text::invitation::Invitation;

/// The whole text, in the language of `words`. `page` is the address of the user's own page; empty where none is known
/// that others can open.
pub fn invitation(access: &Access, page: &str, words: &Invitation) -> String {
    // In a chat, a name that turns the direction of text would turn the rest of the message too.
    let plain = |text: &str| text.chars().filter(|c| !turns(*c)).collect::<String>();
    let mut lines = vec![(words.greeting)(&plain(&access.name)), String::new(), words.about.to_owned(), String::new()];
    lines.push(words.install.to_owned());
    for (system, apps) in fitting(access) {
        let names: Vec<&str> = apps.iter().filter(|app| app.clipboard).map(|app| app.name).collect();
        if !names.is_empty() {
            lines.push(format!("   {}", (words.programs)(system.name(), &names)));
        }
    }
    if !access.servers.is_empty() {
        let entries: Vec<(String, String)> =
            access.servers.iter().map(|server| (heading(server, words), server.link())).collect();
        let begins = |scheme: &&str| entries.iter().any(|(_, link)| link.starts_with(scheme));
        let schemes: Vec<&str> = ["ss://", "vmess://"].into_iter().filter(begins).collect();
        lines.extend([String::new(), (words.import)(&schemes, entries.len() > 1)]);
        lines.extend(entries.iter().map(|(tag, link)| (words.link)(&plain(tag), link)));
        lines.extend([String::new(), words.connect.to_owned()]);
    }
    let quota = access.quota.map(|quota| (words.quota)(&quota.to_string()));
    let ends = access.last.map(|last| (words.ends)(&last.to_string()));
    if quota.is_some() || ends.is_some() {
        lines.push(String::new());
        lines.extend(quota.into_iter().chain(ends));
    }
    if page.is_empty() {
        lines.extend([String::new(), words.secret_link.to_owned()]);
    } else {
        lines.extend([String::new(), words.page.to_owned(), page.to_owned(), String::new(), words.secret.to_owned()]);
    }
    lines.join("\n")
}

/// What stands above a link: the name of the node as the panel has it, and that it has never connected.
fn heading(server: &Server, words: &Invitation) -> String {
    let name = match &server.protocol {
        _ if server.named => server.tag.clone(),
        Protocol::Vmess { .. } => (words.unnamed)(server.node) + " VMess",
        Protocol::Shadowsocks { .. } => (words.unnamed)(server.node),
    };
    if server.last_seen == 0 { (words.waiting)(&name) } else { name }
}
