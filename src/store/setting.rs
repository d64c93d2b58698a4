//! Settings: one value each, kept as text.

use super::{
    DATA_VERSION, Store,
    connection::{row, rows, run},
    lock,
};
use crate::{error::Result, model::named};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

named! {
    /// What can be set.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Setting {
        /// The token that nodes bring.
        NodeToken = "node_token",
        /// The argon2id hash of the admin's password.
        AdminPasswordHash = "admin_password_hash",
        /// When the one-time link for the first password was made, and the SHA-256 of its secret.
        SetupLink = "setup_link",
        /// Random letters that never leave the panel, by which it knows again what it gave out.
        ServerSecret = "server_secret",
        /// A salted hash of the node token that the environment named when it was last applied.
        AppliedToken = "applied_token",
        /// The argon2id hash of the admin's password that the environment named when it was last applied.
        AppliedPassword = "applied_password",
        /// The language of the pages, `en` or `zh`; not set: the browser's.
        Language = "language",
        /// The level that V2Ray users have; its policy must keep statistics.
        V2rayLevel = "v2ray_level",
        /// The time zone in which days begin, by its IANA name; not set: the machine's.
        TimeZone = "time_zone",
        /// The cipher of a new user.
        DefaultMethod = "default_method",
        /// The quota of a new user, in bytes.
        DefaultQuota = "default_quota",
        /// The day of the month on which a new user's counters begin again.
        DefaultResetDay = "default_reset_day",
        /// After how many days a new user ends.
        DefaultDays = "default_days",
        /// The ports from which new users get theirs, such as `20001-20100`.
        PortRange = "port_range",
        /// Which node is the one in this process; not set: there never was one.
        BuiltInNode = "built_in_node",
        /// Whether it runs: `on`, or else it does not.
        BuiltInSwitch = "built_in_switch",
        /// What the panel is called in friends' apps.
        PanelTitle = "panel_title",
        /// Where friends get help: a web, mail or chat address.
        SupportUrl = "support_url",
        /// `1`: what is in China goes there without the proxy in Clash lists.
        ChinaDirect = "china_direct",
        /// The name or address for which the panel keeps a certificate, with the port if it is not 443.
        HttpsSite = "https_site",
        /// The channels of notices, each as JSON.
        NotifyWebhook = "notify_webhook",
        /// A bot of Telegram.
        NotifyTelegram = "notify_telegram",
        /// A topic of ntfy.
        NotifyNtfy = "notify_ntfy",
        /// E-mail.
        NotifyMail = "notify_mail",
        /// What the admin does not want to be told of, with spaces between.
        NotifyOff = "notify_off",
        /// The address under which others reach the panel, such as `https://panel.example.com`; not set: as the reader
        /// reached it.
        PublicAddress = "public_address",
    }
}

impl Setting {
    /// Whether no page may show its value, not even in a history.
    pub fn is_secret(self) -> bool {
        matches!(
            self,
            Self::NodeToken
                | Self::AdminPasswordHash
                | Self::SetupLink
                | Self::ServerSecret
                | Self::AppliedToken
                | Self::AppliedPassword
                | Self::NotifyWebhook
                | Self::NotifyTelegram
                | Self::NotifyNtfy
                | Self::NotifyMail
        )
    }
}

/// What the number of changes is called beside the settings.
const REVISION: &str = "revision";

/// All settings as they were at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// The value of one, if it is set.
    pub fn get(&self, setting: Setting) -> Option<&str> {
        self.0.get(setting.key()).map(String::as_str)
    }

    /// Counts changes, for optimistic locking.
    pub fn revision(&self) -> i64 {
        self.0.get(REVISION).and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

impl Store {
    /// All settings.
    pub fn settings(&self) -> Result<Settings> {
        self.read(all)
    }

    /// The settings and the version of the database that they are of, unless that is still `seen`.
    pub fn settings_since(&self, seen: Option<i64>) -> Result<Option<(i64, Settings)>> {
        let watcher = lock(&self.watcher);
        let mut look = watcher.prepare_cached(DATA_VERSION)?;
        let mut looked = look.query(())?;
        let version = looked.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?.get(0)?;
        // Within that look, so that they are of that version, and what it has opened is not opened again.
        let settings = if Some(version) == seen { None } else { Some((version, all(&watcher)?)) };
        drop(looked);
        Ok(settings)
    }

    /// Sets one; `None` takes it back.
    pub fn set(&self, setting: Setting, value: Option<String>) -> Result<()> {
        self.set_all(vec![(setting, value)])
    }

    /// Sets several, all or none; `None` takes one back.
    pub fn set_all(&self, settings: Vec<(Setting, Option<String>)>) -> Result<()> {
        self.write(move |connection| {
            settings.iter().try_for_each(|(setting, value)| set(connection, *setting, value.as_deref()))?;
            count_change(connection)
        })
    }

    /// Sets one if it is not set, and returns what it is then.
    pub fn set_if_missing(&self, setting: Setting, value: String) -> Result<String> {
        self.write(move |connection| {
            let sql = "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING";
            run(connection, sql, params![setting.key(), value])?;
            Ok(get(connection, setting)?.unwrap_or(value))
        })
    }

    /// Sets the hash of the admin's password and ends every sign-in. With `only_first`, nothing happens and `false` is
    /// returned if there is one already.
    pub fn set_admin_password(&self, hash: String, only_first: bool) -> Result<bool> {
        self.write(move |connection| {
            let verb = if only_first { "INSERT OR IGNORE" } else { "INSERT OR REPLACE" };
            let sql = format!("{verb} INTO setting (name, value) VALUES (?, ?)");
            let set = run(connection, &sql, params![Setting::AdminPasswordHash.key(), hash])?;
            if set > 0 {
                connection.execute("DELETE FROM session", ())?;
            }
            Ok(set > 0)
        })
    }
}

/// Sets one; `None` takes it back.
pub(super) fn set(connection: &Connection, setting: Setting, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => put(connection, setting.key(), value),
        None => run(connection, "DELETE FROM setting WHERE name = ?", [setting.key()]).map(drop),
    }
}

fn put(connection: &Connection, name: &str, value: &str) -> Result<()> {
    run(connection, "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", [name, value]).map(drop)
}

/// The value of one, if it is set.
pub(super) fn get(connection: &Connection, setting: Setting) -> Result<Option<String>> {
    row(connection, "SELECT value FROM setting WHERE name = ?", [setting.key()], |row| row.get(0))
}

/// Counts a change of settings, for optimistic locking.
pub(super) fn count_change(connection: &Connection) -> Result<()> {
    let revision = all(connection)?.revision() + 1;
    put(connection, REVISION, &revision.to_string())
}

pub(super) fn all(connection: &Connection) -> Result<Settings> {
    let pairs = rows(connection, "SELECT name, value FROM setting", (), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Settings(pairs.into_iter().collect()))
}
