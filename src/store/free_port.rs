//! The port that a new user gets.

use super::setting::{self, Setting};
use crate::{
    error::{Error, Fault, Result},
    model::{PortRange, TOMBSTONE_TTL, Time},
};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// The lowest port of those for new users that no user has, nor had in the last 30 days. One that is `busy` on a node
/// is given only if all that are left are.
pub(super) fn free_port(connection: &Connection, busy: &BTreeSet<u16>, now: Time) -> Result<u16> {
    let range = setting::get(connection, Setting::PortRange)?;
    let range = range.and_then(|text| PortRange::parse(&text).ok()).unwrap_or_default();
    let (from, to) = range.ends();
    let sql = "SELECT DISTINCT port FROM user WHERE port BETWEEN ?1 AND ?2 AND (deleted IS NULL OR deleted > ?3) \
         ORDER BY port";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query(params![from, to, now - TOMBSTONE_TTL])?;
    let mut next = || Ok::<_, Error>(rows.next()?.map(|row| row.get::<_, u16>(0)).transpose()?);
    let mut taken = next()?;
    let mut last_resort = None;
    for port in range.ports() {
        if taken == Some(port) {
            taken = next()?;
        } else if busy.contains(&port) {
            last_resort = last_resort.or(Some(port));
        } else {
            return Ok(port);
        }
    }
    last_resort.ok_or(Error::Conflict(Fault::PortsUsedUp { from, to }))
}
