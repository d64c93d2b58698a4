//! What is handed to a friend: links, codes, and an invitation to send.

use super::{form::Choice, sharing::Sharing, view::View};
use crate::{
    error::Result,
    model::{Filter, Health, Node, User, Vmess},
    share::{Access, Server, invitation, qr, subscription},
    text::{Language, isolated},
};

/// From how many places to connect to on one is chosen from a list instead of tabs.
const LIST_FROM: usize = 6;

/// A place to connect to, as it is shown.
pub struct Connection {
    /// What it is called.
    pub tag: String,
    /// That its node has never connected; empty if it has.
    pub waiting: &'static str,
    /// What the button that copies the link says.
    pub copy_words: String,
    /// The link to it.
    pub link: String,
    /// What the button that opens the link in an app says; empty if there is none.
    pub open_words: String,
    /// Whether the picture is folded away, since the device that shows it would have to scan itself.
    pub folded: bool,
    /// The link as a picture; empty if it is too long for one.
    pub code: String,
    /// What is said of the picture.
    pub code_words: String,
    /// The link that older programs read; empty if they read the other.
    pub older: String,
}

/// What stands on top of a user's page.
#[allow(clippy::struct_excessive_bools)] // each shows a part of the page or hides it
pub struct ShareCard {
    /// The place to connect to that is shown; none as long as no node has an address.
    pub connections: Vec<Connection>,
    /// The addresses that show this one and the others; their numbers if there are `many`.
    pub tabs: Vec<Choice>,
    /// Whether one is chosen from a list.
    pub many: bool,
    /// Where that choice is sent to, and whether it says that the page was opened from the list of users.
    pub choose: String,
    pub from_list: bool,
    /// Whether the invitation is unfolded.
    pub open: bool,
    /// The invitation.
    pub message: String,
    /// How many lines of it are shown.
    pub rows: usize,
    /// The code of the language that it is in.
    pub code: &'static str,
    /// The languages to choose from: addresses and names.
    pub languages: Vec<Choice>,
    /// The address of their own page.
    pub address: String,
    /// Whether that address works on this machine alone.
    pub only_here: bool,
    /// The address without what is said to apps, for the admin to look at it.
    pub page: String,
    /// Whether the address is not encrypted, which several apps refuse.
    pub unencrypted: bool,
    /// Where a node gets its address.
    pub node: String,
    /// The number of the node whose connection is shown.
    pub shown: Option<i64>,
}

/// The path of a user's own page.
pub fn path(user: &User) -> String {
    format!("/u/{}", user.secret)
}

/// How many users have links to a node.
pub fn linked(view: &View<'_>, node: &Node) -> Result<i64> {
    if node.address.as_str().is_empty() {
        return Ok(0);
    }
    let users = view.app.store.users(&Filter { most: i64::MAX, ..Filter::default() }, view.today())?;
    let linked = users.iter().filter(|user| user.terms.nodes.allows(node.id)).count();
    Ok(i64::try_from(linked).unwrap_or(i64::MAX))
}

/// What a friend needs to connect, whether they are let in at present or not.
pub fn full_access(view: &View<'_>, user: &User, nodes: &[Node]) -> Result<Access> {
    with_vmess(Access::for_admin(user, nodes, &view.zone), view)
}

/// What a friend gets at present: nothing if they are not let in.
pub fn current_access(view: &View<'_>, user: &User) -> Result<Access> {
    with_vmess(Access::new(user, &view.app.store.nodes_with_address()?, &view.zone, view.now()), view)
}

/// How soon a place to connect to is offered: first where a node is online, last where it has never connected.
fn rank(server: &Server, view: &View<'_>) -> u8 {
    match Health::of(server.last_seen, view.now()) {
        Health::Online => 0,
        Health::Offline | Health::Retired => 1,
        Health::Waiting => 2,
    }
}

/// The same access with what works before what does not.
pub fn working_first(mut access: Access, view: &View<'_>) -> Access {
    access.servers.sort_by_key(|server| rank(server, view));
    access
}

fn with_vmess(access: Access, view: &View<'_>) -> Result<Access> {
    let nodes = view.app.store.vmess_nodes()?;
    Ok(nodes.iter().fold(access, |access, (node, settings)| access.with_vmess(*node, settings)))
}

/// Places to connect to, as they are shown.
pub fn connections(servers: &[Server], view: &View<'_>) -> Vec<Connection> {
    let way = |server: &Server| {
        let link = server.link();
        Connection {
            tag: server.tag.clone(),
            waiting: if server.last_seen == 0 { view.text.friend.waiting } else { "" },
            copy_words: [view.text.common.copy, &isolated(&server.tag)].join(view.text.common.colon),
            open_words: String::new(),
            folded: false,
            code: qr::data_url(&link).unwrap_or_default(),
            code_words: (view.text.friend.scan)(&server.tag),
            older: server.older_link().unwrap_or_default(),
            link,
        }
    };
    servers.iter().map(way).collect()
}

/// What is copied for each of many users: the link of the only connection; or, if there are several, the address of
/// their page, or all links where that is not known.
pub struct Links<'a> {
    view: &'a View<'a>,
    nodes: &'a [Node],
    vmess: Vec<(i64, Vmess)>,
}

impl<'a> Links<'a> {
    /// The links of these nodes.
    pub fn new(view: &'a View<'a>, nodes: &'a [Node]) -> Result<Self> {
        let none_has_address = nodes.iter().all(|node| node.address.as_str().is_empty());
        let nodes = if none_has_address { &[] } else { nodes };
        Ok(Self { view, nodes, vmess: view.app.store.vmess_nodes()? })
    }

    /// That of a user; none if there is nothing to connect to.
    pub fn of(&self, user: &User) -> Option<String> {
        if self.nodes.is_empty() {
            return None;
        }
        let access = Access::for_admin(user, self.nodes, &self.view.zone);
        let access = self.vmess.iter().fold(access, |access, (node, settings)| access.with_vmess(*node, settings));
        match working_first(access, self.view).servers.as_slice() {
            [] => None,
            [server] => Some(server.link()),
            servers if self.view.is_loopback() => Some(servers.iter().map(Server::link).collect::<Vec<_>>().join("\n")),
            _ => Some(self.view.url(&path(user))),
        }
    }
}

impl ShareCard {
    /// What is handed to `user`, the invitation in the language that the address names as `invite=zh`, else in the
    /// reader's.
    pub fn new(view: &View<'_>, user: &User, nodes: &[Node]) -> Result<Self> {
        let access = full_access(view, user, nodes)?;
        let page = view.url(&path(user));
        let chosen = Language::named(view.request.query.text("invite"));
        let text = chosen.map_or(view.text, Language::text);
        let choice = |language: Language, label: &'static str| Choice {
            value: view.request.at(&format!("/users/{}?invite={}#invitation", user.id, language.text().code)).into(),
            label: label.into(),
            selected: language.text().code == text.code,
        };
        let address = subscription(&page, Sharing::of(&*view.app.settings()?).title(), text.code);
        // An address that leads to this machine alone would be a dead link.
        let sent = if view.is_loopback() { "" } else { &address };
        let message = invitation(&working_first(access.clone(), view), sent, text.friend.invitation);
        let places = access.servers.len();
        let best = (0..places).min_by_key(|place| rank(&access.servers[*place], view)).unwrap_or(0);
        let shown = view.request.query.text("node").parse().ok().filter(|place| *place < places).unwrap_or(best);
        // The page of the code alone has tabs of its own.
        let code = if view.request.path.ends_with("/code") { "/code" } else { "" };
        let from_list = view.request.query.text("from") == "list";
        let from = if from_list { "from=list&" } else { "" };
        let many = places >= LIST_FROM;
        let address_of = |query: &str| view.request.at(&format!("/users/{}{code}{query}#share", user.id));
        let tab = |(index, server): (usize, &Server)| Choice {
            value: if many { index.to_string() } else { address_of(&format!("?{from}node={index}")) }.into(),
            label: server.tag.clone().into(),
            selected: index == shown,
        };
        Ok(Self {
            tabs: access.servers.iter().enumerate().map(tab).collect(),
            many,
            choose: address_of(""),
            from_list,
            open: chosen.is_some(),
            connections: connections(access.servers.get(shown..=shown).unwrap_or_default(), view),
            rows: message.lines().count().clamp(8, 18),
            message,
            code: text.code,
            languages: vec![choice(Language::English, "English"), choice(Language::Chinese, "中文")],
            address,
            only_here: view.is_loopback(),
            unencrypted: page.starts_with("http://"),
            page,
            shown: access.servers.get(shown).map(|server| server.node),
            node: match nodes {
                [node] => view.request.at(&format!("/nodes/{}#change", node.id)),
                _ => view.request.at("/nodes"),
            },
        })
    }
}
