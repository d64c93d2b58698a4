//! How much each user used in a stretch of time: by user, by node and by day.

use super::{Store, user_row::usage};
use crate::{
    error::Result,
    model::{History, Name, Time, Usage},
};
use rusqlite::{Connection, Row, params_from_iter};

/// Which part of the history is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Its first second.
    pub from: Time,
    /// The first second after it.
    pub to: Time,
    /// Of that user only.
    pub user: Option<i64>,
    /// Through that node only.
    pub node: Option<i64>,
}

/// What one user used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserUsage {
    /// The user's id.
    pub id: i64,
    /// The user's name.
    pub name: Name,
    /// Whether the user has been removed since.
    pub removed: bool,
    /// How much, as reported.
    pub usage: Usage,
}

/// What went through one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeUsage {
    /// The node's id.
    pub id: i64,
    /// The node's name; may be empty.
    pub name: String,
    /// How much, as reported.
    pub usage: Usage,
}

/// A sum that no counter holds is cut, as the counters are.
const SUMS: &str = "CAST(min(total(u), 9.2e18) AS INTEGER) AS u, CAST(min(total(d), 9.2e18) AS INTEGER) AS d";

/// The rows of a user, up to the last parenthesis.
const OF_USER: &str = "(WITH RECURSIVE hours (hour) AS (SELECT min(hour) FROM traffic WHERE hour >= ?1 \
    AND hour < ?2 UNION ALL SELECT (SELECT min(hour) FROM traffic WHERE hour > hours.hour AND hour < ?2) FROM hours \
    WHERE hour IS NOT NULL) \
    SELECT t.* FROM hours CROSS JOIN traffic t ON t.hour = hours.hour AND t.user = ?3";

impl Scope {
    /// All that was used from `from` up to `to`.
    pub fn all(from: Time, to: Time) -> Self {
        Self { from, to, user: None, node: None }
    }

    /// The rows of the history that are meant.
    fn rows(&self) -> String {
        match (self.user, self.node) {
            (None, None) => "traffic WHERE hour >= ?1 AND hour < ?2".to_owned(),
            (None, Some(_)) => "traffic WHERE hour >= ?1 AND hour < ?2 AND node = ?4".to_owned(),
            // The hour leads the key of the table, and with it each report writes to its end. So this goes from one
            // hour that has anything to the next, of which there is one a day where they are folded, and looks for the
            // user in each.
            (Some(_), None) => format!("{OF_USER})"),
            (Some(_), Some(_)) => format!("{OF_USER} AND t.node = ?4)"),
        }
    }

    fn ask<T>(
        &self,
        connection: &Connection,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut query = connection.prepare_cached(sql)?;
        let all = [Some(self.from), Some(self.to), self.user, self.node];
        let used = all.into_iter().take(query.parameter_count());
        let rows = query.query_map(params_from_iter(used), read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Store {
    /// What each user used, most first; with `quiet` also every user who is not removed and used nothing.
    pub fn usage_by_user(&self, scope: &Scope, quiet: bool) -> Result<Vec<UserUsage>> {
        let (join, wanted) =
            if quiet { ("LEFT JOIN", "t.user IS NOT NULL OR deleted IS NULL") } else { ("JOIN", "TRUE") };
        // No other user is shown beside the one that was asked for.
        let wanted = if scope.user.is_some() { "t.user IS NOT NULL" } else { wanted };
        let sql = format!(
            "SELECT user.id, user.name, user.deleted IS NOT NULL, coalesce(t.u, 0), coalesce(t.d, 0) FROM user \
             {join} (SELECT user, {SUMS} FROM {} GROUP BY user) t ON t.user = user.id WHERE {wanted} \
             ORDER BY CAST(coalesce(t.u, 0) AS REAL) + coalesce(t.d, 0) DESC, user.sort_name, user.id",
            scope.rows()
        );
        self.read(|connection| {
            scope.ask(connection, &sql, |row| {
                let name = Name::from_stored(row.get(1)?);
                Ok(UserUsage { id: row.get(0)?, name, removed: row.get(2)?, usage: usage(row, 3)? })
            })
        })
    }

    /// What went through each node, most first.
    pub fn usage_by_node(&self, scope: &Scope) -> Result<Vec<NodeUsage>> {
        let sql = format!(
            "SELECT node.id, node.name, t.u, t.d FROM (SELECT node, {SUMS} FROM {} GROUP BY node) t \
             JOIN node ON node.id = t.node ORDER BY CAST(t.u AS REAL) + t.d DESC, node.id",
            scope.rows()
        );
        self.read(|connection| {
            scope.ask(connection, &sql, |row| {
                Ok(NodeUsage { id: row.get(0)?, name: row.get(1)?, usage: usage(row, 2)? })
            })
        })
    }

    /// What was used in each row of the history, oldest first.
    pub fn usage_by_row(&self, scope: &Scope) -> Result<Vec<History>> {
        let sql = format!("SELECT hour, {SUMS} FROM {} GROUP BY hour ORDER BY hour", scope.rows());
        self.read(|connection| {
            scope.ask(connection, &sql, |row| Ok(History { hour: row.get(0)?, usage: usage(row, 1)? }))
        })
    }

    /// What a user used from `from` up to `to`, row by row as stored, as reported and over all nodes.
    pub fn history_of_user(&self, user: i64, from: Time, to: Time) -> Result<Vec<History>> {
        self.history(&Scope { user: Some(user), ..Scope::all(from, to) })
    }

    /// What went through a node from `from` up to `to`, row by row as stored, as reported.
    pub fn history_of_node(&self, node: i64, from: Time, to: Time) -> Result<Vec<History>> {
        self.history(&Scope { node: Some(node), ..Scope::all(from, to) })
    }

    fn history(&self, scope: &Scope) -> Result<Vec<History>> {
        let sql = format!("SELECT hour, u, d FROM {} ORDER BY hour", scope.rows());
        let mut hours: Vec<History> = Vec::new();
        let add = |row: &Row<'_>| {
            let (hour, usage) = (row.get(0)?, usage(row, 1)?);
            match hours.last_mut() {
                Some(last) if last.hour == hour => last.usage = last.usage.plus(usage),
                _ => hours.push(History { hour, usage }),
            }
            Ok(())
        };
        self.read(|connection| scope.ask(connection, &sql, add))?;
        Ok(hours)
    }
}
