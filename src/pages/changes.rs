//! What the admin changed on a node or in the settings, as its page tells it: from what to what.

use super::{
    defaults_form::DEFAULTS,
    events::{EventRow, by, reset_day},
    form::Field,
    format::together,
    node_form::{NODE, VMESS},
    view::View,
};
use crate::{
    error::Result,
    model::{Bytes, Change, ChannelKind, Logged, PortRange},
    store::Setting,
    text::{Text, isolated},
};

/// How much of it is shown.
const MAX_CHANGES: i64 = 30;

/// What was changed on a node, newest first.
pub fn of_node(view: &View<'_>, node: i64) -> Result<Vec<EventRow>> {
    let logged = view.app.store.changes_of_node(node, MAX_CHANGES)?;
    Ok(logged.iter().map(|logged| row(logged, view, node_switched, node_label, node_value)).collect())
}

/// What was changed in the settings, newest first.
pub fn of_settings(view: &View<'_>) -> Result<Vec<EventRow>> {
    let logged = view.app.store.changes_of_settings(MAX_CHANGES)?;
    Ok(logged.iter().map(|logged| row(logged, view, setting_switched, setting_label, setting_value)).collect())
}

fn row(
    logged: &Logged,
    view: &View<'_>,
    switched: fn(&Change, &[Change], &'static Text) -> Option<String>,
    label: fn(&str, &'static Text) -> String,
    value: fn(&str, &str, &'static Text) -> String,
) -> EventRow {
    let text = view.text;
    let words = |change: &Change| {
        let label = label(&change.field, text);
        match &change.values {
            None => label,
            Some((before, after)) => {
                format!("{label} {} → {}", value(&change.field, before, text), value(&change.field, after, text))
            }
        }
    };
    let (mut said, mut changed) = (Vec::new(), Vec::new());
    for change in &logged.changes {
        match switched(change, &logged.changes, text) {
            Some(words) => said.push(words),
            None => changed.push(words(change)),
        }
    }
    if !changed.is_empty() {
        said.push((text.events.changed)(&changed.join(text.common.comma)));
    }
    said.retain(|words| !words.is_empty());
    EventRow {
        at: view.moment(logged.at),
        what: together(&said.join(text.common.also)),
        by: by(logged.actor, &text.events),
    }
}

/// What a change is if it switches something, in words of its own; empty if another change says it too.
fn node_switched(change: &Change, _: &[Change], text: &'static Text) -> Option<String> {
    let (_, after) = change.values.as_ref()?;
    let (on, off) = match change.field.as_str() {
        "added" => (text.events.added, ""),
        "called" => (text.nodes.turned_up, ""),
        "muted" => (text.nodes.alarms_off, text.nodes.alarms_on),
        "removed" => (text.nodes.removed, text.events.restored),
        _ => return None,
    };
    Some(if after == "on" { on } else { off }.to_owned())
}

/// The same of the settings.
fn setting_switched(change: &Change, all: &[Change], text: &'static Text) -> Option<String> {
    let after = |setting: Setting| {
        let change = all.iter().find(|change| change.field == setting.key())?;
        change.values.as_ref().map(|(_, after)| after.as_str())
    };
    let (switch, node) = (after(Setting::BuiltInSwitch)?, after(Setting::BuiltInNode));
    if change.field == Setting::BuiltInNode.key() {
        return Some(String::new());
    }
    let is_switch = change.field == Setting::BuiltInSwitch.key();
    is_switch.then(|| match node.and_then(|node| node.parse().ok()) {
        Some(node) if switch == "on" => (text.nodes.here_began_as)(&(text.nodes.unnamed)(node)),
        _ if switch == "on" => text.nodes.here_began.to_owned(),
        _ => text.nodes.here_ended.to_owned(),
    })
}

fn in_table<T>(table: &'static [Field<T>], name: &str, text: &'static Text) -> &'static str {
    table.iter().find(|field| field.name == name).map_or("?", |field| (field.label)(text))
}

fn node_label(field: &str, text: &'static Text) -> String {
    match (field, field.strip_prefix("vmess-")) {
        (_, Some(vmess)) => in_table(VMESS, vmess, text).to_owned(),
        (field, None) => in_table(NODE, field, text).to_owned(),
    }
}

fn node_value(field: &str, value: &str, text: &'static Text) -> String {
    match (field, value) {
        ("vmess-tls" | "vmess-alone", "on") => text.common.yes.to_owned(),
        ("vmess-tls" | "vmess-alone", "off") => text.common.no.to_owned(),
        (_, "") => text.common.none.to_owned(),
        (_, value) => isolated(value).into_owned(),
    }
}

/// The channel of notices that a setting is about.
fn channel(field: &str) -> Option<ChannelKind> {
    ChannelKind::ALL.into_iter().find(|kind| crate::notify::setting(*kind).key() == field)
}

fn setting_label(field: &str, text: &'static Text) -> String {
    let is = |setting: Setting| setting.key() == field;
    let default = |name: &str| [text.preferences.defaults, in_table(DEFAULTS, name, text)].join(text.common.colon);
    if let Some(kind) = channel(field) {
        return [text.notices.heading, (text.notices.channel)(kind)].join(text.common.colon);
    }
    let known = [
        (Setting::NodeToken, text.settings.token),
        (Setting::AdminPasswordHash, text.settings.password),
        (Setting::Language, text.settings.language),
        (Setting::V2rayLevel, text.sharing.level),
        (Setting::TimeZone, text.preferences.zone),
        (Setting::BuiltInNode, text.usage.node),
        (Setting::PanelTitle, text.sharing.title),
        (Setting::SupportUrl, text.sharing.support),
        (Setting::ChinaDirect, text.sharing.china_direct),
        (Setting::HttpsSite, text.https.heading),
        (Setting::NotifyOff, text.notices.ignored),
        (Setting::PublicAddress, text.preferences.public),
    ];
    if let Some((_, label)) = known.into_iter().find(|(setting, _)| is(*setting)) {
        return label.to_owned();
    }
    let defaults = [
        (Setting::DefaultMethod, "method"),
        (Setting::DefaultQuota, "quota"),
        (Setting::DefaultResetDay, "reset_day"),
        (Setting::DefaultDays, "expires"),
        (Setting::PortRange, "ports"),
    ];
    defaults.into_iter().find(|(setting, _)| is(*setting)).map_or_else(|| "?".to_owned(), |(_, name)| default(name))
}

fn setting_value(field: &str, value: &str, text: &'static Text) -> String {
    let is = |setting: Setting| setting.key() == field;
    match value {
        "" if is(Setting::DefaultQuota) => text.form.no_limit.to_owned(),
        "" if is(Setting::DefaultResetDay) => text.form.no_reset.to_owned(),
        "" if is(Setting::DefaultDays) => text.form.never_expires.to_owned(),
        "" if is(Setting::PortRange) => PortRange::default().to_string(),
        "" if is(Setting::ChinaDirect) => text.common.no.to_owned(),
        "1" if is(Setting::ChinaDirect) => text.common.yes.to_owned(),
        "" => text.common.none.to_owned(),
        day if is(Setting::DefaultResetDay) => reset_day(day, text),
        bytes if is(Setting::DefaultQuota) => {
            bytes.parse().map_or_else(|_| bytes.to_owned(), |bytes| Bytes::new(bytes).typed())
        }
        keys if is(Setting::NotifyOff) => {
            let named = crate::model::Happening::switched().filter(|what| keys.split(' ').any(|key| key == what.key()));
            named.map(|what| (text.notices.event)(what)).collect::<Vec<_>>().join(text.common.comma)
        }
        value => isolated(value).into_owned(),
    }
}
