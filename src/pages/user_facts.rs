//! What pages say of a user: what they used, until when they have access, and what to enter in an app.

use super::{
    format::{Fact, node_name},
    view::View,
};
use crate::{
    model::{Node, Period, State, TOMBSTONE_TTL, User},
    text::Text,
};

/// A value to be entered in an app.
pub(super) struct Value {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) text: String,
}

/// Why a user is kept out; empty if they are not.
pub(super) fn notice(user: &User, state: State, view: &View<'_>) -> String {
    let text = &view.text.state;
    match state {
        State::On => String::new(),
        State::Off => text.why_off.to_owned(),
        State::OverQuota => text.why_over_quota.to_owned(),
        State::Expired => (text.why_expired)(&last_day(user)),
        State::Deleted => {
            let until = user.deleted.unwrap_or_default() + TOMBSTONE_TTL;
            (text.why_deleted)(&view.zone.date(until).to_string())
        }
    }
}

/// Why what is shared with a user would not work at present; empty if it would.
pub(super) fn no_access(user: &User, view: &View<'_>) -> String {
    let text = &view.text.user;
    match user.state(view.today()) {
        State::On | State::Deleted => String::new(),
        State::Off => text.no_access_off.to_owned(),
        State::OverQuota => text.no_access_over_quota.to_owned(),
        State::Expired => (text.no_access_expired)(&last_day(user)),
    }
}

/// When a user expires, in words; empty if never.
pub(super) fn expiry(user: &User, view: &View<'_>) -> String {
    let text = &view.text.users;
    match (user.renewal(), user.expires, user.terms.valid_days) {
        (Some(day), ..) => (text.renews)(&day.to_string()),
        (None, Some(day), _) => day.to_string(),
        (None, None, Some(days)) => (text.from_first_use)(days),
        (None, None, None) => String::new(),
    }
}

fn last_day(user: &User) -> String {
    user.expires.map_or_else(String::new, |day| day.to_string())
}

pub(super) fn facts(user: &User, periods: &[Period], online: Option<u32>, view: &View<'_>) -> Vec<Fact> {
    let text = view.text;
    let lifetime = periods.iter().fold(user.used, |sum, period| sum.plus(period.usage));
    let mut facts = vec![
        Fact::size(text.common.uploaded, view.size(user.used.u)),
        Fact::size(text.common.downloaded, view.size(user.used.d)),
    ];
    if let Some(quota) = user.quota {
        facts.push(Fact::size(text.user.remaining, view.size(quota.minus(user.used.total()))));
    }
    if let Some(online) = online {
        let most = if user.devices == 0 { String::new() } else { format!(" / {}", user.devices) };
        facts.push(Fact::words(text.nodes.devices, format!("{online}{most}")));
    }
    facts.push(Fact::moment(text.users.last_used, view.moment(user.t)));
    let since = view.zone.date(user.period_started).to_string();
    facts.push(Fact { label: text.user.since, value: since, title: view.exactly(user.period_started) });
    if let Some(day) = user.next_reset {
        facts.push(Fact::words(text.user.resets, day.to_string()));
    }
    match (user.renewal(), expiry(user, view)) {
        (Some(day), _) => facts.push(Fact::words(text.user.renews, day.to_string())),
        (None, expiry) if !expiry.is_empty() => facts.push(Fact::words(text.form.expires, expiry)),
        (None, _) => {}
    }
    facts.push(Fact::size(text.user.lifetime, view.size(lifetime.total())));
    let added = view.zone.date(user.created).to_string();
    facts.push(Fact { label: text.user.added, value: added, title: view.exactly(user.created) });
    facts
}

/// What to enter in the app: where to connect to, and as whom.
pub(super) fn values(user: &User, nodes: &[Node], text: &Text) -> Vec<Value> {
    let several = nodes.len() > 1;
    let mut values: Vec<Value> = nodes
        .iter()
        .map(|node| Value {
            id: format!("c-server-{}", node.id),
            label: if several { node_name(node, text) } else { text.user.server.to_owned() },
            text: node.address.as_str().to_owned(),
        })
        .collect();
    values.extend(ports(user, nodes, text));
    let rest = [
        ("c-method", text.form.method, user.method.name().to_owned()),
        ("c-password", text.form.password, user.password.as_str().to_owned()),
        ("c-uuid", text.user.uuid, user.uuid.clone()),
        ("c-id", text.user.id, user.id.to_string()),
    ];
    values.extend(rest.map(|(id, label, text)| Value { id: id.to_owned(), label: label.to_owned(), text }));
    values
}

/// The port to connect to: one for all nodes, or one each where they differ.
fn ports(user: &User, nodes: &[Node], text: &Text) -> Vec<Value> {
    let outside = |node: &Node| node.offset.outside(user.port).map(|port| port.to_string()).unwrap_or_default();
    let first = nodes.first().map_or_else(|| user.port.to_string(), outside);
    if nodes.iter().all(|node| outside(node) == first) {
        return vec![Value { id: "c-port".to_owned(), label: text.form.port.to_owned(), text: first }];
    }
    let port = |node: &Node| Value {
        id: format!("c-port-{}", node.id),
        label: [text.form.port, &node_name(node, text)].join(text.common.colon),
        text: outside(node),
    };
    nodes.iter().map(port).collect()
}
