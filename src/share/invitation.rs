//! An invitation to paste into a chat: which program to install, the links, and the address of the user's page.

use super::{Access, fitting, subscription::turns};
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
            access.servers.iter().map(|server| (plain(&server.tag), server.link())).collect();
        let begins = |scheme: &&str| entries.iter().any(|(_, link)| link.starts_with(scheme));
        let schemes: Vec<&str> = ["ss://", "vmess://"].into_iter().filter(begins).collect();
        lines.extend([String::new(), (words.import)(&schemes)]);
        lines.extend(entries.iter().map(|(tag, link)| (words.link)(tag, link)));
        lines.extend([String::new(), words.connect.to_owned()]);
    }
    if page.is_empty() {
        lines.extend([String::new(), words.secret_link.to_owned()]);
    } else {
        lines.extend([String::new(), words.page.to_owned(), page.to_owned(), String::new(), words.secret.to_owned()]);
    }
    lines.join("\n")
}
