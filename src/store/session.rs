//! Sign-ins of the admin.

use super::{
    Setting, Store,
    connection::{row, rows, run},
    open_plain,
};
use crate::{error::Result, model::Time};
use rusqlite::params;
use std::path::Path;

/// A browser that is signed in. Its cookie is not kept, only the SHA-256 of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of its cookie.
    pub token_hash: [u8; 32],
    /// What each of its forms brings along.
    pub csrf: String,
    /// When it signed in.
    pub created: Time,
    /// When it last asked for anything.
    pub last_seen: Time,
    /// The address that it signed in from.
    pub address: String,
    /// What it calls itself.
    pub agent: String,
}

/// Ends all sign-ins in a database that is open nowhere else, and makes it forget by what its panel knew its visitors.
pub(super) fn end_all(file: &Path) -> Result<()> {
    let connection = open_plain(file)?;
    // An empty one has no tables.
    if connection.table_exists(None, "session")? {
        connection.execute("DELETE FROM session", ())?;
        connection.execute("DELETE FROM setting WHERE name = ?", [Setting::ServerSecret.key()])?;
    }
    Ok(())
}

impl Store {
    /// Ends all sign-ins but that one, which is kept even if it was not there.
    pub fn keep_only_session(&self, session: Session) -> Result<()> {
        self.write(|connection| run(connection, "DELETE FROM session", ()))?;
        self.add_session(session)
    }

    /// Keeps a new sign-in.
    pub fn add_session(&self, session: Session) -> Result<()> {
        let Session { token_hash, csrf, created, last_seen, address, agent } = session;
        self.write(move |connection| {
            connection.execute(
                "INSERT INTO session (token_hash, csrf, created, last_seen, address, agent) VALUES (?, ?, ?, ?, ?, ?)",
                params![token_hash, csrf, created, last_seen, address, agent],
            )?;
            Ok(())
        })
    }

    /// The sign-in whose cookie has that hash, if it began after `begun` and was used after `used`.
    pub fn session(&self, token_hash: [u8; 32], begun: Time, used: Time) -> Result<Option<Session>> {
        self.read(|connection| {
            let sql = "SELECT token_hash, csrf, created, last_seen, address, agent FROM session \
                 WHERE token_hash = ?1 AND created > ?2 AND last_seen > ?3";
            row(connection, sql, params![token_hash, begun, used], session_from)
        })
    }

    /// Every sign-in that began after `begun` and was used after `used`, the latest first.
    pub fn sessions(&self, begun: Time, used: Time) -> Result<Vec<Session>> {
        self.read(|connection| {
            let sql = "SELECT token_hash, csrf, created, last_seen, address, agent FROM session \
                 WHERE created > ?1 AND last_seen > ?2 ORDER BY last_seen DESC";
            rows(connection, sql, [begun, used], session_from)
        })
    }

    /// Notes that a sign-in was used at `now`.
    pub fn touch_session(&self, token_hash: [u8; 32], now: Time) -> Result<()> {
        self.write(move |connection| {
            let sql = "UPDATE session SET last_seen = ?2 WHERE token_hash = ?1";
            run(connection, sql, params![token_hash, now]).map(drop)
        })
    }

    /// Ends a sign-in.
    pub fn end_session(&self, token_hash: [u8; 32]) -> Result<()> {
        self.write(move |connection| {
            run(connection, "DELETE FROM session WHERE token_hash = ?", [token_hash]).map(drop)
        })
    }

    /// Ends every sign-in but one.
    pub fn end_other_sessions(&self, token_hash: [u8; 32]) -> Result<()> {
        self.write(move |connection| {
            run(connection, "DELETE FROM session WHERE token_hash <> ?", [token_hash]).map(drop)
        })
    }

    /// Ends the sign-ins that began before `begun` or were not used after `used`, and those used after `until`: a clock
    /// that was ahead wrote them, and they would hold again when that time comes.
    pub fn end_old_sessions(&self, begun: Time, used: Time, until: Time) -> Result<()> {
        self.write(move |connection| {
            let sql = "DELETE FROM session WHERE created <= ?1 OR last_seen <= ?2 OR last_seen > ?3";
            run(connection, sql, [begun, used, until]).map(drop)
        })
    }
}

fn session_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        token_hash: row.get(0)?,
        csrf: row.get(1)?,
        created: row.get(2)?,
        last_seen: row.get(3)?,
        address: row.get(4)?,
        agent: row.get(5)?,
    })
}
