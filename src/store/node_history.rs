//! Usage of a node, by user.

use super::Store;
use crate::{
    error::Result,
    model::{Bytes, Name, NodeUse, Time, Usage},
};
use rusqlite::params;

impl Store {
    /// The usage of a node from `from` up to `to`, as reported, by user: the largest first, at most `most`.
    pub fn users_of_node(&self, node: i64, from: Time, to: Time, most: i64) -> Result<Vec<NodeUse>> {
        self.read(|connection| {
            // A sum that no counter holds is cut, as the counters are.
            let sql = "SELECT t.user, user.name, user.deleted IS NULL, t.u, t.d FROM (SELECT user, \
                 CAST(min(total(u), 9.2e18) AS INTEGER) AS u, CAST(min(total(d), 9.2e18) AS INTEGER) AS d \
                 FROM traffic WHERE node = ?1 AND hour >= ?2 AND hour < ?3 GROUP BY user) t \
                 JOIN user ON user.id = t.user ORDER BY CAST(t.u AS REAL) + t.d DESC, t.user LIMIT ?4";
            let mut query = connection.prepare_cached(sql)?;
            let uses = query.query_map(params![node, from, to, most], |row| {
                Ok(NodeUse {
                    user: row.get(0)?,
                    name: Name::from_stored(row.get(1)?),
                    here: row.get(2)?,
                    usage: Usage { u: Bytes::new(row.get(3)?), d: Bytes::new(row.get(4)?) },
                })
            })?;
            Ok(uses.collect::<rusqlite::Result<_>>()?)
        })
    }
}
