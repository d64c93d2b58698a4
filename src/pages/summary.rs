//! The strip above the users: how things are, at a glance.

use super::{
    format::{Size, grouped, node_name},
    nodes,
    view::View,
};
use crate::{
    app::ONLINE_WINDOW,
    error::Result,
    model::{Census, Node, State},
};

/// The strip as it is shown.
pub struct Summary {
    pub users: String,
    pub online: String,
    pub out: String,
    pub out_hint: String,
    /// Whether a user is kept out by a quota or a last day.
    pub some_out: bool,
    pub month: Size,
    pub many_nodes: bool,
    pub nodes: NodeStatus,
}

/// How the nodes are, told by colour, sign and words.
pub struct NodeStatus {
    pub class: &'static str,
    pub sign: &'static str,
    pub words: String,
    pub exact: String,
    pub href: String,
}

/// What there is to say about `nodes` and everybody.
pub fn summary(view: &View<'_>, census: &Census, nodes: &[Node]) -> Result<Summary> {
    let (over, expired) = (census.count(Some(State::OverQuota)), census.count(Some(State::Expired)));
    let month = view.zone.start_of(view.today().first_of_month());
    Ok(Summary {
        users: grouped(census.count(None)),
        online: census.used_since(view.now() - ONLINE_WINDOW).to_string(),
        out: grouped(over + expired),
        out_hint: (view.text.summary.out_hint)(&grouped(over), &grouped(expired)),
        some_out: over + expired > 0,
        month: view.size(view.app.used_since(month, view.now())?.total()),
        many_nodes: nodes.len() > 1,
        nodes: node_status(view, nodes)?,
    })
}

/// The node that is worst off, if one is; else the one that was seen last.
fn node_status(view: &View<'_>, nodes: &[Node]) -> Result<NodeStatus> {
    let text = &view.text.summary;
    if let Some(calls) = view.app.node_calls.refused_since(view.now() - nodes::SILENT_SECONDS).first() {
        let seen = view.moment(calls.at);
        let words = (text.wrong_token)(&nodes::name_of(calls.node, nodes, view.text), &seen.words);
        let href = view.request.at("/nodes");
        return Ok(NodeStatus { class: "expired", sign: "▲", words, exact: seen.exact, href });
    }
    let built_in = view.app.built_in()?;
    let is_off = |node: &Node| built_in.node == Some(node.id) && !built_in.on;
    let known: Vec<&Node> = nodes.iter().filter(|node| node.last_seen() > 0 && !is_off(node)).collect();
    let Some(latest) = known.iter().max_by_key(|node| node.last_seen()) else {
        let (words, href) = (text.no_node.to_owned(), view.request.at("/nodes"));
        return Ok(NodeStatus { class: "off", sign: "○", words, exact: String::new(), href });
    };
    let bad = |node: &Node, words, exact| NodeStatus {
        class: "expired",
        sign: "▲",
        words,
        exact,
        href: view.request.at(&format!("/nodes/{}", node.id)),
    };
    let longest = known.iter().min_by_key(|node| node.last_seen()).unwrap_or(latest);
    if view.now() - longest.last_seen() >= nodes::SILENT_SECONDS {
        let seen = view.moment(longest.last_seen());
        return Ok(bad(longest, (text.silent)(&node_name(longest, view.text), &seen.words), seen.exact));
    }
    for node in &known {
        if let Some(state) = view.app.node_states.get(node.id, view.now())
            && let Some(held) = state.ports.first()
        {
            return Ok(bad(node, (text.port_held)(&held.kind, held.port), held.why.clone()));
        }
        if let Some(refusal) = view.app.store.refusals(node.id, 1)?.first()
            && view.now() - refusal.at < nodes::SILENT_SECONDS
        {
            return Ok(bad(node, text.refused.to_owned(), refusal.why.clone()));
        }
    }
    let seen = view.moment(latest.last_seen());
    let words = (view.text.nodes.seen)(&seen.words);
    Ok(NodeStatus { class: "on", sign: "●", words, exact: seen.exact, href: view.request.at("/nodes") })
}
