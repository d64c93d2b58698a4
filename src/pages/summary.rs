//! The line above the users: how things are, at a glance.

use super::{
    format::{Size, grouped, node_name},
    nodes::{name_of, to_set_up},
    view::View,
};
use crate::{
    error::Result,
    model::{Census, Health, Node, OFFLINE_AFTER, State, Time},
};

/// How many refused reports are looked at to find when they began.
const MAX_REFUSALS: i64 = 100;

/// The line as it is shown.
pub struct Summary {
    pub figures: Vec<Figure>,
    pub month: Size,
    pub nodes: NodeStatus,
    /// Problems beyond the one that is shown; empty if there are none.
    pub more: String,
}

/// A number of users, and the list of them.
pub struct Figure {
    pub href: String,
    pub number: String,
    pub label: String,
    pub hint: &'static str,
    pub class: &'static str,
}

/// How the nodes are, told by colour, sign and words.
#[derive(Default)]
pub struct NodeStatus {
    pub class: &'static str,
    pub sign: &'static str,
    pub words: String,
    pub exact: String,
    pub href: String,
}

/// What there is to say about `nodes` and all users, `online` of whom are.
pub fn summary(view: &View<'_>, census: &Census, online: i64, nodes: &[Node]) -> Result<Summary> {
    let text = &view.text.summary;
    let month = view.zone.start_of(view.today().first_of_month());
    let all = census.count(None);
    let over = census.count(Some(State::OverQuota));
    let expired = census.count(Some(State::Expired));
    let figure = |state: &str, number: i64, label: &str, class| Figure {
        href: view.request.at(&if state.is_empty() { "/users".to_owned() } else { format!("/users?state={state}") }),
        number: grouped(number),
        label: label.to_owned(),
        hint: if state == "online" { text.online_hint } else { "" },
        class,
    };
    let mut figures = vec![figure("", all, &(text.users)(all), ""), figure("online", online, text.online, "")];
    let soon = (text.soon)(census.soon);
    let some = [
        ("over", over, text.over, "warn"),
        ("expired", expired, text.expired, "bad"),
        ("soon", census.soon, soon.as_str(), "warn"),
    ];
    figures.extend(
        some.into_iter()
            .filter(|(_, number, ..)| *number > 0)
            .map(|(state, number, label, class)| figure(state, number, label, class)),
    );
    let mut problems = problems(view, nodes)?;
    let others = i64::try_from(problems.len()).unwrap_or(i64::MAX) - 1;
    let nodes = if problems.is_empty() { best(view, nodes)? } else { problems.swap_remove(0) };
    Ok(Summary {
        figures,
        month: view.size(view.app.used_since(month, view.now())?.total()),
        nodes,
        more: if others > 0 { (text.more)(others) } else { String::new() },
    })
}

/// What is wrong with nodes, what began last first, so that no lasting problem hides a new one. A node that has been
/// silent for a week has no alarm any more.
fn problems(view: &View<'_>, nodes: &[Node]) -> Result<Vec<NodeStatus>> {
    let text = &view.text.summary;
    let built_in = view.app.built_in()?;
    let is_off = |node: &Node| built_in.node == Some(node.id) && !built_in.on;
    let mut problems: Vec<(Time, NodeStatus)> = Vec::new();
    let is_muted = |id: Option<i64>| nodes.iter().any(|node| Some(node.id) == id && node.muted);
    for call in view.app.node_calls.refused_since(view.now() - OFFLINE_AFTER) {
        if is_muted(call.node) {
            continue;
        }
        let seen = view.moment(call.at);
        let words = (text.wrong_token)(&name_of(call.node, nodes, view.text), &seen.words);
        let href = view.request.at("/nodes");
        problems.push((call.since, NodeStatus { class: "expired", sign: "▲", words, exact: seen.exact, href }));
    }
    for node in nodes.iter().filter(|node| node.last_seen() > 0 && !node.muted && !is_off(node)) {
        let name = node_name(node, view.text);
        let bad = |words, exact| NodeStatus {
            class: "expired",
            sign: "▲",
            words,
            exact,
            href: view.request.at(&format!("/nodes/{}", node.id)),
        };
        if matches!(node.health(view.now()), Health::Offline) {
            let seen = view.moment(node.last_seen());
            problems.push((node.last_seen() + OFFLINE_AFTER, bad((text.silent)(&name, &seen.words), seen.exact)));
        } else if let Some(state) = view.app.node_states.get(node.id, view.now())
            && let Some(held) = state.ports.iter().min_by_key(|held| -held.since)
        {
            problems.push((held.since, bad((text.port_held)(&name, &held.kind, held.port), held.why.clone())));
        } else if let Some((since, why)) = refusing(view, node.id)? {
            problems.push((since, bad((text.refused)(&name), why)));
        }
    }
    problems.sort_by_key(|(since, _)| std::cmp::Reverse(*since));
    Ok(problems.into_iter().map(|(_, problem)| problem).collect())
}

/// Since when reports of a node are refused that still are, and why the last one was.
fn refusing(view: &View<'_>, node: i64) -> Result<Option<(Time, String)>> {
    let refusals = view.app.store.refusals(node, MAX_REFUSALS)?;
    let Some(last) = refusals.first().filter(|last| view.now() - last.at < OFFLINE_AFTER) else { return Ok(None) };
    let mut since = last.at;
    for refusal in &refusals {
        if since - refusal.at >= OFFLINE_AFTER {
            break;
        }
        since = refusal.at;
    }
    Ok(Some((since, last.why.clone())))
}

/// The node that was seen last; that the one here is switched off, if no other one is there.
fn best(view: &View<'_>, all: &[Node]) -> Result<NodeStatus> {
    let href = view.request.at("/nodes");
    let built_in = view.app.built_in()?;
    let off = |words: &str| NodeStatus { class: "off", sign: "○", words: words.to_owned(), ..NodeStatus::default() };
    let is_off = |node: &&Node| !built_in.on && built_in.node == Some(node.id);
    let seen = all.iter().filter(|node| node.last_seen() > 0 && !is_off(node));
    let latest = seen.max_by_key(|node| node.last_seen());
    let is_fresh = |node: &Node| view.now() - node.last_seen() < OFFLINE_AFTER;
    if all.iter().any(|node| is_off(&node)) && !latest.is_some_and(is_fresh) {
        return Ok(NodeStatus { href, ..off(view.text.summary.here_off) });
    }
    let Some(latest) = latest else {
        let set_up = to_set_up(view, all)?;
        if set_up.is_empty() {
            return Ok(NodeStatus { href, ..off(view.text.summary.no_node) });
        }
        return Ok(NodeStatus { class: "over", href: set_up, ..off(view.text.summary.set_up) });
    };
    let seen = view.moment(latest.last_seen());
    let fresh = is_fresh(latest);
    let said = if fresh { view.text.nodes.seen } else { view.text.summary.seen };
    let words = format!("{} · {}", node_name(latest, view.text), said(&seen.words));
    let (class, sign) = if fresh { ("on", "●") } else { ("off", "○") };
    Ok(NodeStatus { class, sign, words, exact: seen.exact, href })
}
