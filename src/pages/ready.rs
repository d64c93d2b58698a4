//! Whether a friend can connect yet, as far as that has been seen, and what is next if not.

use super::{format::node_name, view::View};
use crate::{
    app::ONLINE_WINDOW,
    error::Result,
    model::{Health, Node, State, Time, User},
    text::isolated,
};

/// For how long it is told of a new user that they have connected, in seconds: a day.
const NEW: Time = 86_400;

/// One line about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Ready {
    /// The line.
    pub words: String,
    /// Whether there is something to do.
    pub todo: bool,
    /// Where to do it; empty if there is nothing to do.
    pub href: String,
    /// What the link is called.
    pub link: &'static str,
}

/// What there is to say of a user who has not connected yet, or has just connected for the first time; `None` of
/// others, and of a user with nowhere to connect to, of which the page tells elsewhere.
pub fn ready(view: &View<'_>, user: &User, nodes: &[Node]) -> Result<Option<Ready>> {
    let text = &view.text.ready;
    let name = isolated(user.name.as_str());
    let done = |words: String| Some(Ready { words, todo: false, href: String::new(), link: "" });
    if user.state(view.today()) != State::On {
        return Ok(None);
    }
    if user.t > 0 {
        let is_news = view.now() - user.created < NEW || view.now() - user.t < ONLINE_WINDOW;
        return Ok(if is_news { done((text.works)(&name, &(view.text.ago)(view.now() - user.t))) } else { None });
    }
    let mine: Vec<&Node> =
        nodes.iter().filter(|node| !node.address.as_str().is_empty() && user.terms.nodes.allows(node.id)).collect();
    let built_in = view.app.built_in()?;
    if let Some(node) = mine.iter().find(|node| built_in.node == Some(node.id) && built_in.on) {
        return Ok(Some(here(view, user, node)));
    }
    let Some(best) = mine.iter().max_by_key(|node| node.last_seen()) else { return Ok(None) };
    let node = isolated(&node_name(best, view.text));
    let page = view.request.at(&format!("/nodes/{}", best.id));
    let todo = |words: String, link| Some(Ready { words, todo: true, href: page.clone(), link });
    Ok(match best.health(view.now()) {
        _ if built_in.node == Some(best.id) => todo((text.switched_off)(&node), text.to_node),
        Health::Waiting => todo((text.start)(&node), text.set_up),
        Health::Offline | Health::Retired => todo((text.offline)(&node), text.to_node),
        Health::Online if best.last_pull > user.created => done((text.known)(&node, &name)),
        Health::Online => done((text.soon)(&node, &name)),
    })
}

/// The same where the friend connects to this server.
fn here(view: &View<'_>, user: &User, node: &Node) -> Ready {
    let text = &view.text.ready;
    let name = isolated(user.name.as_str());
    let port = user.port;
    let to_do = |words: String, href: String, link| Ready { words, todo: true, href, link };
    let change = || view.request.at(&format!("/users/{}#change", user.id));
    let Some(state) = view.app.node_states.get(node.id, view.now()) else {
        let words = (text.beginning)(&name);
        return Ready { words, todo: false, href: String::new(), link: "" };
    };
    if let Some(held) = state.ports.iter().find(|held| held.user == user.id) {
        return to_do((text.port_held)(&held.kind, held.port, &held.why), change(), text.other_port);
    }
    if state.lacking.iter().any(|method| method == user.method.name()) {
        return to_do((text.lacking)(user.method.name()), change(), text.other_cipher);
    }
    let words = if state.listening.contains(&(user.id, port)) { (text.listens)(port) } else { (text.beginning)(&name) };
    Ready { words, todo: false, href: String::new(), link: "" }
}
