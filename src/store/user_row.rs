//! A row of the table of users as a noun: whole, or what nodes are told of it.

use super::connection::unsound;
use crate::{
    error::Fault,
    model::{Bytes, Date, Listed, Method, Name, NodeAccess, Note, Password, ResetDay, Terms, Usage, User},
};
use rusqlite::Row;

/// What [`listed_from`] reads.
pub(super) const LISTED: &str =
    "id, name, password, port, method, u, d, quota, t, switch, expires, uuid, deleted, nodes, speed, devices";

/// What [`user_from`] reads; the first of it is [`LISTED`].
pub(super) const COLUMNS: &str = "id, name, password, port, method, u, d, quota, t, switch, expires, uuid, deleted, \
    nodes, speed, devices, reset_day, next_reset, period_started, note, secret, created, revision, valid_days, renews";

pub(super) fn listed_from<'a>(row: &'a Row<'_>) -> rusqlite::Result<Listed<'a>> {
    Ok(Listed {
        id: row.get(0)?,
        name: row.get_ref(1)?.as_str()?,
        password: row.get_ref(2)?.as_str()?,
        port: row.get(3)?,
        method: method(row, 4)?,
        used: usage(row, 5)?,
        quota: row.get::<_, Option<i64>>(7)?.map(Bytes::new),
        t: row.get(8)?,
        switch: row.get(9)?,
        expires: day(row, 10)?,
        uuid: row.get_ref(11)?.as_str()?,
        deleted: row.get(12)?,
        nodes: row.get_ref(13)?.as_str_or_null()?,
        speed: row.get(14)?,
        devices: row.get(15)?,
    })
}

pub(super) fn user_from(row: &Row<'_>) -> rusqlite::Result<User> {
    let listed = listed_from(row)?;
    let reset_day = row.get::<_, Option<i64>>(16)?.map(ResetDay::new).transpose();
    Ok(User {
        id: listed.id,
        name: Name::from_stored(listed.name.to_owned()),
        password: Password::from_stored(listed.password.to_owned()),
        port: listed.port,
        method: listed.method,
        used: listed.used,
        quota: listed.quota,
        t: listed.t,
        switch: listed.switch,
        expires: listed.expires,
        uuid: listed.uuid.to_owned(),
        deleted: listed.deleted,
        speed: listed.speed,
        devices: listed.devices,
        reset_day: reset_day.map_err(|fault| unsound(16, fault))?,
        next_reset: day(row, 17)?,
        period_started: row.get(18)?,
        note: Note::from_stored(row.get(19)?),
        secret: row.get(20)?,
        created: row.get(21)?,
        revision: row.get(22)?,
        terms: Terms { valid_days: row.get(23)?, renews: row.get(24)?, nodes: NodeAccess::from_stored(listed.nodes) },
    })
}

/// What was used, of that column and the next.
pub(super) fn usage(row: &Row<'_>, column: usize) -> rusqlite::Result<Usage> {
    Ok(Usage { u: Bytes::new(row.get(column)?), d: Bytes::new(row.get(column + 1)?) })
}

fn method(row: &Row<'_>, column: usize) -> rusqlite::Result<Method> {
    let name = row.get_ref(column)?.as_str()?;
    Method::from_stored(name).ok_or_else(|| unsound(column, Fault::MethodUnknown { given: name.to_owned() }))
}

fn day(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Date>> {
    let text = row.get_ref(column)?.as_str_or_null()?;
    text.map(Date::parse).transpose().map_err(|fault| unsound(column, fault))
}
