//! What the fields of any form are called, for a page that tells what was typed into one.

use super::{
    defaults_form::DEFAULTS,
    form::{Field, Form},
    node_form::{NODE, VMESS, VmessDraft},
    notice_form,
    sharing::{LEVEL, SHARING, Sharing},
    user_form::{USER, node_choices},
    view::View,
};
use crate::{
    error::Result,
    http::Pairs,
    model::{NodeAccess, NodeDraft},
    text::Text,
};

/// A field's name, its label, and its value as a reader sees it.
pub type Labelled = (&'static str, &'static str, String);

/// Each field of the form that is sent to `path` that `typed` brings, as far as its page has a table of them.
pub fn of_form(view: &View<'_>, path: &str, typed: &Pairs) -> Result<Vec<Labelled>> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    Ok(match parts[..] {
        ["users"] | ["users", _] => {
            let base = view.app.defaults()?.draft(view.today());
            let form = Form::typed(USER, &base, typed, view.text);
            form.offer("nodes", node_choices(view, &NodeAccess::All)?).labelled(typed, view.text)
        }
        ["nodes"] | ["nodes", _] if parts.get(1).is_none_or(|id| id.parse::<i64>().is_ok()) => {
            filled(NODE, &NodeDraft::default(), typed, view)
        }
        ["nodes", _, "vmess"] => filled(VMESS, &VmessDraft::default(), typed, view),
        ["nodes", "level"] => filled(LEVEL, &None, typed, view),
        ["settings", "defaults"] => filled(DEFAULTS, &view.app.defaults()?, typed, view),
        ["settings", "sharing"] => filled(SHARING, &Sharing::default(), typed, view),
        ["settings", "notices", channel] => notice_form::labelled(channel, typed, view.text),
        _ => Vec::new(),
    })
}

/// What a field without a table is called.
pub fn of_field(text: &'static Text, path: &str, name: &str) -> &'static str {
    match name {
        "list" => text.files.list,
        "site" => text.https.site,
        "zone" => text.preferences.zone,
        "address" if path.starts_with("/settings") => text.preferences.public,
        "address" => text.nodes.address,
        "language" => text.settings.language,
        "by" => text.bulk.by,
        "days" => text.bulk.days_label,
        "date" => text.form.expires,
        "amount" => text.bulk.amount,
        "method" => text.form.method,
        _ if path.starts_with("/settings/notices") => text.notices.events,
        _ => text.stale_form.other,
    }
}

fn filled<T>(table: &'static [Field<T>], base: &T, typed: &Pairs, view: &View<'_>) -> Vec<Labelled> {
    Form::typed(table, base, typed, view.text).labelled(typed, view.text)
}
