//! A node as it is shown: how it is, what it said last, and what is wrong there.

use super::{
    format::{Badge, Fact, Moment, grouped, node_name},
    view::View,
};
use crate::{
    error::Result,
    model::{Health, Node, PortTrouble, Rate},
    text::{ENGLISH, isolated},
};
use std::collections::BTreeSet;

/// How many of each kind of trouble are named.
const MAX_TROUBLES: usize = 5;

/// A node as it is shown.
#[allow(missing_docs)] // each is what the template says it is
pub struct NodeCard {
    pub href: String,
    pub name: String,
    pub badge: Badge,
    pub seen_exact: String,
    pub facts: Vec<Fact>,
    pub refused: String,
    pub refused_at: Moment,
    /// What is wrong there, by its own words.
    pub troubles: Vec<String>,
    pub unconfirmed: bool,
    pub is_removed: bool,
    pub is_muted: bool,
}

/// A node as it is shown.
pub fn card(node: &Node, view: &View<'_>) -> Result<NodeCard> {
    let text = view.text;
    let refusal = view.app.store.refusals(node.id, 1)?.into_iter().next();
    let (refused, at_time) =
        refusal.map_or((String::new(), 0), |refusal| ((ENGLISH.sentence)(&refusal.why), refusal.at));
    let seen = view.moment(node.last_seen());
    let built_in = view.app.built_in()?;
    let (class, sign, label) = match node.health(view.now()) {
        _ if node.removed.is_some() => ("off", "✕", text.nodes.removed.to_owned()),
        _ if built_in.node == Some(node.id) && !built_in.on => ("off", "○", text.nodes.switched_off.to_owned()),
        Health::Waiting => ("off", "○", text.nodes.waiting.to_owned()),
        Health::Online => ("on", "●", (text.nodes.seen)(&seen.words)),
        Health::Offline if node.muted => ("off", "○", (text.nodes.silent)(&seen.words)),
        Health::Offline => ("expired", "▲", (text.nodes.silent)(&seen.words)),
        Health::Retired => ("off", "○", (text.nodes.retired)(&seen.words)),
    };
    let badge = Badge { class, sign, label: label.into() };
    Ok(NodeCard {
        href: view.request.at(&format!("/nodes/{}", node.id)),
        name: node_name(node, text),
        badge,
        seen_exact: seen.exact,
        facts: facts(node, view)?,
        refused,
        refused_at: view.moment(at_time),
        troubles: troubles(node, view)?,
        unconfirmed: !node.confirmed,
        is_removed: node.removed.is_some(),
        is_muted: node.muted,
    })
}

/// Whether another program has a port, and then in most cases for TCP and for UDP.
pub(super) fn is_taken(held: &PortTrouble) -> bool {
    held.why.contains("Address already in use")
}

/// What a node of our own says is wrong with it.
fn troubles(node: &Node, view: &View<'_>) -> Result<Vec<String>> {
    let text = &view.text.nodes;
    let mut troubles = Vec::new();
    if !node.offset.is_none()
        && let Some((least, most)) = view.app.store.port_ends()?
        && let Some(port) = [least, most].into_iter().find(|port| node.offset.outside(*port).is_none())
    {
        troubles.push((text.beyond)(port, i32::from(port) + node.offset.get()));
    }
    let Some(state) = view.app.node_states.get(node.id, view.now()) else { return Ok(troubles) };
    let name = |user: i64| -> Result<String> {
        let user_name = view.app.store.user(user, view.now())?.map(|user| isolated(user.name.as_str()).into_owned());
        Ok(user_name.unwrap_or_else(|| (text.port_of)(user)))
    };
    let mut told = BTreeSet::new();
    let first_told = |held: &&PortTrouble| !is_taken(held) || told.insert((held.user, held.port));
    for held in state.ports.iter().filter(first_told).take(MAX_TROUBLES) {
        troubles.push(if is_taken(held) {
            (text.port_taken)(held.port, &name(held.user)?)
        } else {
            (text.port_held)(&held.kind, held.port, &name(held.user)?, &held.why)
        });
    }
    if !state.lacking.is_empty() {
        troubles.push((text.lacking)(&state.lacking.join(", ")));
    }
    for full in state.full.iter().take(MAX_TROUBLES) {
        troubles.push((text.full)(&name(*full)?));
    }
    if state.restarts > 0 {
        troubles.push((text.restarted)(state.restarts));
    }
    Ok(troubles)
}

fn facts(node: &Node, view: &View<'_>) -> Result<Vec<Fact>> {
    let text = view.text;
    let mut facts = vec![
        Fact::moment(text.nodes.asked, view.moment(node.last_pull)),
        Fact::moment(text.nodes.reported, view.moment(node.last_push)),
        Fact::size(text.nodes.uploaded_all, view.size(node.u)),
        Fact::size(text.nodes.downloaded_all, view.size(node.d)),
    ];
    let state = view.app.node_states.get(node.id, view.now());
    if let Some(state) = &state {
        let devices: u32 = state.online.iter().map(|(_, devices)| devices).sum();
        let title = view.exactly(state.at);
        facts.push(Fact { label: text.nodes.devices, value: grouped(i64::from(devices)), title });
    }
    if view.app.built_in()?.node == Some(node.id) {
        facts.push(Fact::words(text.nodes.here_title, text.nodes.built_in));
    }
    if let Some(online) = node.online {
        let title = view.exactly(node.online_at);
        facts.push(Fact { label: text.nodes.online, value: grouped(online), title });
    }
    if node.info_at > 0 {
        facts.push(Fact { label: text.nodes.load, value: node.load.clone(), title: view.exactly(node.info_at) });
    }
    if let Some(uptime) = node.uptime {
        #[allow(clippy::cast_possible_truncation)] // a float becomes the nearest number there is
        let uptime = uptime as i64;
        let value = (text.lasting)(uptime);
        facts.push(Fact { label: text.nodes.uptime, value, title: view.exactly(node.info_at) });
    }
    if !node.address.as_str().is_empty() {
        facts.push(Fact::words(text.nodes.address, node.address.as_str()));
    }
    if !node.ip.is_empty() {
        facts.push(Fact::words(text.nodes.own_address, node.ip.clone()));
    }
    if !node.offset.is_none() {
        facts.push(Fact::words(text.nodes.outside, (text.nodes.outside_is)(&node.offset.to_string())));
    }
    if node.rate != Rate::default() {
        facts.push(Fact::words(text.nodes.rate, format!("× {}", node.rate)));
    }
    Ok(facts)
}
