//! What the admin changed on a node or in the settings, as its page tells it: from what to what.

use super::{
    defaults_form::DEFAULTS,
    events::EventRow,
    form::Field,
    format::together,
    node_form::{NODE, VMESS},
    view::View,
};
use crate::{
    error::Result,
    model::{Actor, Bytes, Change, ChannelKind, Logged, PortRange},
    store::Setting,
    text::{Text, isolated},
};

/// How much of it is shown.
const MAX_CHANGES: i64 = 30;

/// What was changed on a node, newest first.
pub fn of_node(view: &View<'_>, node: i64) -> Result<Vec<EventRow>> {
    let logged = view.app.store.changes_of_node(node, MAX_CHANGES)?;
    Ok(logged.iter().map(|logged| row(logged, view, node_label, node_value)).collect())
}

/// What was changed in the settings, newest first.
pub fn of_settings(view: &View<'_>) -> Result<Vec<EventRow>> {
    let logged = view.app.store.changes_of_settings(MAX_CHANGES)?;
    Ok(logged.iter().map(|logged| row(logged, view, setting_label, setting_value)).collect())
}

fn row(
    logged: &Logged,
    view: &View<'_>,
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
    let what = logged.changes.iter().map(words).collect::<Vec<_>>().join(text.friend.comma);
    let by = match logged.actor {
        Actor::Page => text.events.by_page,
        Actor::Command => text.events.by_command,
        Actor::Panel => text.events.by_panel,
    };
    EventRow { at: view.moment(logged.at), what: together(&(text.events.changed)(&what)), by }
}

fn in_table<T>(table: &'static [Field<T>], name: &str, text: &'static Text) -> &'static str {
    table.iter().find(|field| field.name == name).map_or("?", |field| (field.label)(text))
}

fn node_label(field: &str, text: &'static Text) -> String {
    match (field, field.strip_prefix("vmess-")) {
        ("muted", _) => text.nodes.alarms_off.to_owned(),
        ("removed", _) => text.nodes.removed.to_owned(),
        (_, Some(vmess)) => in_table(VMESS, vmess, text).to_owned(),
        (field, None) => in_table(NODE, field, text).to_owned(),
    }
}

fn node_value(field: &str, value: &str, text: &'static Text) -> String {
    match (field, value) {
        ("muted" | "removed" | "vmess-tls" | "vmess-alone", "on") => text.common.yes.to_owned(),
        ("muted" | "removed" | "vmess-tls" | "vmess-alone", "off") => text.common.no.to_owned(),
        (_, "") => text.common.none.to_owned(),
        (_, value) => isolated(value),
    }
}

/// The channel of notices that a setting is about.
fn channel(field: &str) -> Option<ChannelKind> {
    ChannelKind::ALL.into_iter().find(|kind| crate::notify::setting(*kind).name() == field)
}

fn setting_label(field: &str, text: &'static Text) -> String {
    let is = |setting: Setting| setting.name() == field;
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
        (Setting::BuiltInSwitch, text.nodes.here_title),
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
    let is = |setting: Setting| setting.name() == field;
    match value {
        "" if is(Setting::DefaultQuota) => text.form.no_limit.to_owned(),
        "" if is(Setting::DefaultResetDay) || is(Setting::DefaultDays) => text.common.never_will.to_owned(),
        "" if is(Setting::PortRange) => PortRange::default().to_string(),
        "" if is(Setting::ChinaDirect) => text.common.no.to_owned(),
        "1" if is(Setting::ChinaDirect) => text.common.yes.to_owned(),
        "on" if is(Setting::BuiltInSwitch) => text.common.yes.to_owned(),
        "off" if is(Setting::BuiltInSwitch) => text.common.no.to_owned(),
        "" => text.common.none.to_owned(),
        bytes if is(Setting::DefaultQuota) => {
            bytes.parse().map_or_else(|_| bytes.to_owned(), |bytes| Bytes::new(bytes).typed())
        }
        keys if is(Setting::NotifyOff) => {
            let named = crate::model::Happening::SWITCHED
                .into_iter()
                .filter(|what| keys.split(' ').any(|key| key == what.key()));
            named.map(|what| (text.notices.event)(what)).collect::<Vec<_>>().join(text.friend.comma)
        }
        value => isolated(value),
    }
}
