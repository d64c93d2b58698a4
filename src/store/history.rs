//! The history of traffic, of one user or one node, as it is looked at.

use super::Store;
use crate::{
    error::Result,
    model::{Bytes, History, Time, Usage},
};

impl Store {
    /// What a user used from `from` up to `to`, row by row as stored, as reported and over all nodes.
    pub fn history_of_user(&self, user: i64, from: Time, to: Time) -> Result<Vec<History>> {
        // The hour leads the key of the table, and with it each report writes to its end. So this goes from one hour
        // that has anything to the next, of which there is one a day where they are folded, and looks for the user in
        // each.
        let sql = "WITH RECURSIVE hours (hour) AS (SELECT min(hour) FROM traffic WHERE hour >= ?2 AND hour < ?3 \
             UNION ALL SELECT (SELECT min(hour) FROM traffic WHERE hour > hours.hour AND hour < ?3) FROM hours \
             WHERE hour IS NOT NULL) \
             SELECT t.hour, t.u, t.d FROM hours CROSS JOIN traffic t ON t.hour = hours.hour AND t.user = ?1";
        self.history(sql, user, from, to)
    }

    /// What went through a node from `from` up to `to`, row by row as stored, as reported.
    pub fn history_of_node(&self, node: i64, from: Time, to: Time) -> Result<Vec<History>> {
        let sql = "SELECT hour, u, d FROM traffic WHERE node = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour";
        self.history(sql, node, from, to)
    }

    fn history(&self, sql: &str, whose: i64, from: Time, to: Time) -> Result<Vec<History>> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let mut rows = query.query([whose, from, to])?;
            let mut hours: Vec<History> = Vec::new();
            while let Some(row) = rows.next()? {
                let hour = row.get(0)?;
                let usage = Usage { u: Bytes::new(row.get(1)?), d: Bytes::new(row.get(2)?) };
                match hours.last_mut() {
                    Some(last) if last.hour == hour => last.usage = last.usage.plus(usage),
                    _ => hours.push(History { hour, usage }),
                }
            }
            Ok(hours)
        })
    }
}
