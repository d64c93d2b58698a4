//! Whether a friend can connect yet, as far as that has been seen, and what is next if not.

use super::{format::node_name, node_card::is_taken, view::View};
use crate::{
    app::ONLINE_WINDOW,
    error::Result,
    model::{Health, Node, State, Time, User, What},
    text::isolated,
};

/// For how long it is told of a new user that they have connected, in seconds: a day.
const NEW: Time = 86_400;
/// How long after a change of a user's access a node may still report what the user moved before it, in seconds: the
/// built-in one, and another program.
const REPORT_DELAYS: (Time, Time) = (5, 90);
/// The fields, as `user set` names them, whose change ends what was shared before.
const ACCESS_FIELDS: [&str; 3] = ["passwd", "port", "method"];
/// How many of the last events are looked through for such a change.
const EVENTS: i64 = 30;

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

/// What there is to say of a user: what stands in the way at the node whose link is `shown`; else that they have just
/// connected, or that they can. `None` of users who connect as ever, and of a user with nowhere to connect to, of which
/// the page tells elsewhere.
pub fn ready(view: &View<'_>, user: &User, nodes: &[Node], shown: Option<i64>) -> Result<Option<Ready>> {
    if user.state(view.today()) != State::On {
        return Ok(None);
    }
    let mine = nodes.iter().filter(|node| !node.address.as_str().is_empty() && user.terms.nodes.allows(node.id));
    let node = mine.max_by_key(|node| (shown == Some(node.id), node.last_seen()));
    let Some(node) = node else { return Ok(None) };
    let built_in = view.app.built_in()?;
    let is_built_in = built_in.node == Some(node.id);
    let outlook =
        if is_built_in && built_in.on { here(view, user, node) } else { elsewhere(view, user, node, is_built_in) };
    if user.t == 0 || outlook.todo {
        return Ok(Some(outlook));
    }
    let changed = access_changed(view, user)?;
    let delay = if is_built_in { REPORT_DELAYS.0 } else { REPORT_DELAYS.1 };
    if changed.is_some_and(|at| user.t <= at + delay) {
        return Ok(Some(outlook));
    }
    let is_news = view.now() - user.created < NEW || view.now() - user.t < ONLINE_WINDOW;
    let name = isolated(user.name.as_str());
    let words = || (view.text.ready.works)(&name, &(view.text.ago)(view.now() - user.t));
    Ok(is_news.then(|| done(words())))
}

/// When what was shared with a user before ended.
fn access_changed(view: &View<'_>, user: &User) -> Result<Option<Time>> {
    let ends = |what: &What| match what {
        What::Changed(changes) => changes.iter().any(|change| ACCESS_FIELDS.contains(&&*change.field)),
        _ => false,
    };
    let events = view.app.store.events(user.id, EVENTS)?;
    Ok(events.iter().find(|event| ends(&event.what)).map(|event| event.at))
}

fn done(words: String) -> Ready {
    Ready { words, todo: false, href: String::new(), link: "" }
}

/// What there is to say where another program serves the friend, or the built-in node if it is switched off.
fn elsewhere(view: &View<'_>, user: &User, of: &Node, is_off: bool) -> Ready {
    let text = &view.text.ready;
    let node = node_name(of, view.text);
    let (node, name) = (isolated(&node), isolated(user.name.as_str()));
    let todo = |words, link| Ready { words, todo: true, href: view.request.at(&format!("/nodes/{}", of.id)), link };
    match of.health(view.now()) {
        _ if is_off => todo((text.switched_off)(&node), text.to_node),
        Health::Waiting => todo((text.start)(&node), text.set_up),
        Health::Offline | Health::Retired => todo((text.offline)(&node), text.to_node),
        Health::Online if of.last_pull > user.created => done((text.known)(&node, &name)),
        Health::Online => done((text.soon)(&node, &name)),
    }
}

/// What there is to say where the friend connects to this server.
fn here(view: &View<'_>, user: &User, node: &Node) -> Ready {
    let text = &view.text.ready;
    let (name, port) = (isolated(user.name.as_str()), user.port);
    let todo = |words: String, field: &str, link| Ready {
        words,
        todo: true,
        href: view.request.at(&format!("/users/{}?field={field}", user.id)),
        link,
    };
    let Some(state) = view.app.node_states.get(node.id, view.now()) else { return done((text.beginning)(&name)) };
    if let Some(held) = state.ports.iter().find(|held| held.user == user.id && held.port == port) {
        let words =
            if is_taken(held) { (text.port_taken)(port) } else { (text.port_held)(&held.kind, port, &held.why) };
        return todo(words, "port", text.other_port);
    }
    if state.lacking.iter().any(|method| method == user.method.name()) {
        return todo((text.lacking)(user.method.name()), "method", text.other_cipher);
    }
    done(if state.listening.contains(&(user.id, port)) { (text.listens)(port) } else { (text.beginning)(&name) })
}
