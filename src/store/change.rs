//! What the admin changed beside users: on nodes, and in the settings. Written down in the same transaction.

use super::{
    Setting, Store,
    connection::{keep_newest, run},
    event::{By, actor_named, changes_as_text, changes_from, differences, short},
    setting,
};
use crate::{
    error::{Error, Fault, Result},
    model::{Change, Logged, Node, Time, Vmess},
};
use rusqlite::{Connection, params};

/// How many are kept of each node, and of the settings.
const MAX_CHANGES: i64 = 200;
/// What stands in the place of a node's number for the settings.
const SETTINGS: i64 = 0;

impl Store {
    /// What was changed on a node, newest first, `most` of it at the most.
    pub fn changes_of_node(&self, node: i64, most: i64) -> Result<Vec<Logged>> {
        self.read(|connection| logged(connection, node, most))
    }

    /// What was changed in the settings, newest first, `most` of it at the most.
    pub fn changes_of_settings(&self, most: i64) -> Result<Vec<Logged>> {
        self.read(|connection| logged(connection, SETTINGS, most))
    }

    /// Sets several settings, all or none, and records which of them have another value then. `None` takes one back.
    pub fn change_settings(&self, settings: Vec<(Setting, Option<String>)>, now: Time) -> Result<()> {
        let by = self.by(now);
        self.write(move |connection| change(connection, by, &settings))
    }

    /// The same for a form that showed the settings of that revision.
    ///
    /// # Errors
    /// [`Fault::EditedMeanwhile`] if something has been set since.
    pub fn change_seen_settings(
        &self,
        revision: i64,
        settings: Vec<(Setting, Option<String>)>,
        now: Time,
    ) -> Result<()> {
        let by = self.by(now);
        self.write(move |connection| {
            if setting::all(connection)?.revision() != revision {
                return Err(Error::Conflict(Fault::EditedMeanwhile));
            }
            change(connection, by, &settings)
        })
    }

    /// Records that a secret of the settings has another value now.
    pub fn note_changed(&self, setting: Setting, now: Time) -> Result<()> {
        let by = self.by(now);
        self.write(move |connection| record(connection, by, SETTINGS, &[Change::of(setting.key())]))
    }
}

fn change(connection: &Connection, by: By, settings: &[(Setting, Option<String>)]) -> Result<()> {
    let before = setting::all(connection)?;
    let mut changes = Vec::new();
    for (setting, value) in settings {
        let (before, after) = (before.get(*setting), value.as_deref());
        if before != after {
            changes.push(if setting.is_secret() {
                Change::of(setting.key())
            } else {
                Change::from_to(setting.key(), short(before.unwrap_or("")), short(after.unwrap_or("")))
            });
        }
        setting::set(connection, *setting, after)?;
    }
    setting::count_change(connection)?;
    record(connection, by, SETTINGS, &changes)
}

fn logged(connection: &Connection, node: i64, most: i64) -> Result<Vec<Logged>> {
    let sql = "SELECT at, detail, actor FROM change WHERE node = ? ORDER BY id DESC LIMIT ?";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([node, most])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (detail, actor): (String, String) = (row.get(1)?, row.get(2)?);
        found.push(Logged { at: row.get(0)?, changes: changes_from(&detail)?, actor: actor_named(&actor)? });
    }
    Ok(found)
}

/// Writes changes down, if there are any, and drops the oldest of that subject.
pub(super) fn record(connection: &Connection, by: By, node: i64, changes: &[Change]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO change (at, node, detail, actor) VALUES (?, ?, ?, ?)";
    run(connection, sql, params![by.now, node, changes_as_text(changes), by.actor.key()])?;
    keep_newest(connection, "change", node, MAX_CHANGES)
}

/// How one state of a node differs from another, as far as the admin decides it.
pub(super) fn of_node(before: &Node, after: &Node) -> Vec<Change> {
    let yes = |yes: bool| if yes { "on" } else { "off" }.to_owned();
    differences([
        ("name", before.name.as_str().to_owned(), after.name.as_str().to_owned()),
        ("address", before.address.as_str().to_owned(), after.address.as_str().to_owned()),
        ("rate", before.rate.to_string(), after.rate.to_string()),
        ("port_offset", before.offset.to_string(), after.offset.to_string()),
        ("muted", yes(before.muted), yes(after.muted)),
        ("removed", yes(before.removed.is_some()), yes(after.removed.is_some())),
    ])
}

/// How one way to carry VMess differs from another; `None` carries none.
pub(super) fn of_vmess(before: Option<&Vmess>, after: Option<&Vmess>) -> Vec<Change> {
    let yes = |yes: bool| if yes { "on" } else { "off" }.to_owned();
    let values = |vmess: Option<&Vmess>| match vmess {
        None => [const { String::new() }; 6],
        Some(vmess) => [
            vmess.port.to_string(),
            vmess.network.name().to_owned(),
            vmess.network.path().to_owned(),
            vmess.host.clone(),
            yes(vmess.tls),
            yes(vmess.alone),
        ],
    };
    let names = ["vmess-port", "vmess-network", "vmess-path", "vmess-host", "vmess-tls", "vmess-alone"];
    differences(names.into_iter().zip(values(before)).zip(values(after)).map(|((n, b), a)| (n, b, a)))
}
