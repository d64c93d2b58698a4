//! Users.

use super::{
    Store,
    event::{By, difference, record},
    free_port::free_port,
    search::sort_key,
    user_row::{COLUMNS, user_from},
};
use crate::{
    error::{Error, Fault, Result},
    model::{Bytes, Date, Draft, NewUser, Progress, ResetDay, Stage, TOMBSTONE_TTL, Tell, Time, User, What, untold},
};
use rusqlite::{Connection, OptionalExtension, params};
use std::{collections::BTreeSet, sync::Arc};

impl Store {
    /// Adds users, all of them or none; `today` is the day on which it happens, at `now`.
    ///
    /// # Errors
    /// [`Fault::NameTaken`], [`Fault::PortTaken`], [`Fault::PortsUsedUp`], [`Fault::ImportIdTaken`],
    /// [`Fault::ImportUuidTaken`]; with the place in the list if there are several.
    pub fn add_users(&self, users: Vec<NewUser>, now: Time, today: Date) -> Result<Vec<User>> {
        self.add_many_users(users, now, today, &untold())
    }

    /// The same, telling how far it is.
    ///
    /// # Errors
    /// As [`Store::add_users`].
    pub fn add_many_users(&self, users: Vec<NewUser>, now: Time, today: Date, tell: &Tell) -> Result<Vec<User>> {
        self.add_users_apart(users, BTreeSet::new(), now, today, tell)
    }

    /// The same, without the ports that are `busy` on a node, as long as there are others to give.
    ///
    /// # Errors
    /// As [`Store::add_users`].
    pub fn add_users_apart(
        &self,
        users: Vec<NewUser>,
        busy: BTreeSet<u16>,
        now: Time,
        today: Date,
        tell: &Tell,
    ) -> Result<Vec<User>> {
        let by = self.by(now);
        let tell = Arc::clone(tell);
        let of = users.len() as u64;
        self.write(move |connection| {
            let several = users.len() > 1;
            let place = |row: usize, error: Error| match error {
                Error::Conflict(fault) if several => {
                    let faults = vec![Fault::ImportRow { row, fault: Box::new(fault) }];
                    Error::Conflict(Fault::ImportRows { faults, more: 0 })
                }
                other => other,
            };
            (1..)
                .zip(&users)
                .map(|(row, user)| {
                    tell(Progress { stage: Stage::Adding, done: row as u64 - 1, of });
                    add(connection, user, &busy, by, today).map_err(|error| place(row, error))
                })
                .collect()
        })
    }

    /// The user with that id, also when removed less than 30 days ago.
    pub fn user(&self, id: i64, now: Time) -> Result<Option<User>> {
        self.read(|connection| get(connection, id, now))
    }

    /// The user with that name who is not removed.
    pub fn user_named(&self, name: &str) -> Result<Option<User>> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM user WHERE name = ? AND deleted IS NULL");
            Ok(connection.prepare_cached(&sql)?.query_row([name], user_from).optional()?)
        })
    }

    /// Changes a user. `revision` is the one that the form showed; `None` changes the user whatever it is by now.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Fault::EditedMeanwhile`], [`Fault::NameTaken`], [`Fault::PortTaken`].
    pub fn change_user(&self, id: i64, revision: Option<i64>, draft: Draft, now: Time, today: Date) -> Result<User> {
        let by = self.by(now);
        self.write(move |connection| {
            let user = active_user(connection, id, now)?;
            if revision.is_some_and(|seen| seen != user.revision) {
                return Err(Error::Conflict(Fault::EditedMeanwhile));
            }
            let port = draft.port.unwrap_or(user.port);
            check_name_is_free(connection, draft.name.as_str(), Some(id))?;
            if port != user.port {
                check_port_is_free(connection, port, Some(id), now)?;
            }
            let next_reset = if draft.reset_day == user.reset_day {
                user.next_reset
            } else {
                draft.reset_day.map(|day| day.after(today))
            };
            // A user who renews from now on, or on another day, is let in until the day before the next reset.
            let renews_anew = draft.terms.renews && (!user.terms.renews || next_reset != user.next_reset);
            let expires = if renews_anew { draft.terms.renewed(next_reset) } else { draft.expires };
            let password = draft.password.as_ref().unwrap_or(&user.password);
            connection
                .prepare_cached(
                    "UPDATE user SET name = ?2, password = ?3, port = ?4, method = ?5, quota = ?6, expires = ?7, \
                     reset_day = ?8, next_reset = ?9, note = ?10, valid_days = ?11, renews = ?12, nodes = ?13, \
                     speed = ?14, devices = ?15, sort_name = ?16, \
                     revision = revision + 1 WHERE id = ?1",
                )?
                .execute(params![
                    id,
                    draft.name.as_str(),
                    password.as_str(),
                    port,
                    draft.method.name(),
                    draft.quota.map(Bytes::get),
                    expires.map(|date| date.to_string()),
                    draft.reset_day.map(ResetDay::get),
                    next_reset.map(|date| date.to_string()),
                    draft.note.as_str(),
                    draft.terms.valid_days,
                    draft.terms.renews,
                    draft.terms.nodes.stored(),
                    draft.speed,
                    draft.devices,
                    sort_key(draft.name.as_str()),
                ])?;
            let changed = active_user(connection, id, now)?;
            if let Some(what) = difference(&user, &changed) {
                record(connection, by, id, &what)?;
            }
            Ok(changed)
        })
    }

    /// Whether nothing of another user stands in the way of a change.
    ///
    /// # Errors
    /// [`Fault::NameTaken`], [`Fault::PortTaken`].
    pub fn may_change_user(&self, user: &User, draft: &Draft, now: Time) -> Result<()> {
        self.read(|connection| {
            check_name_is_free(connection, draft.name.as_str(), Some(user.id))?;
            let port = draft.port.filter(|port| *port != user.port);
            port.map_or(Ok(()), |port| check_port_is_free(connection, port, Some(user.id), now))
        })
    }

    /// Switches a user on or off.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn switch_user(&self, id: i64, on: bool, now: Time) -> Result<User> {
        let by = self.by(now);
        self.write(move |connection| {
            let user = active_user(connection, id, now)?;
            connection
                .execute("UPDATE user SET switch = ?2, revision = revision + 1 WHERE id = ?1", params![id, on])?;
            if user.switch != on {
                record(connection, by, id, if on { &What::On } else { &What::Off })?;
            }
            active_user(connection, id, now)
        })
    }

    /// Removes a user; for 30 days they stay listed as switched off, and can be brought back.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn remove_user(&self, id: i64, now: Time) -> Result<User> {
        let by = self.by(now);
        self.write(move |connection| {
            let user = active_user(connection, id, now)?;
            connection
                .execute("UPDATE user SET deleted = ?2, revision = revision + 1 WHERE id = ?1", params![id, now])?;
            record(connection, by, id, &What::Removed)?;
            Ok(user)
        })
    }

    /// Brings back a user who was removed less than 30 days ago.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Fault::NameTaken`] if the name has been given to another.
    pub fn bring_back_user(&self, id: i64, now: Time) -> Result<User> {
        let by = self.by(now);
        self.write(move |connection| bring_back(connection, id, by))
    }
}

/// Brings back a removed user.
pub(super) fn bring_back(connection: &Connection, id: i64, by: By) -> Result<User> {
    let user = get(connection, id, by.now)?.filter(|user| user.deleted.is_some()).ok_or(Error::NotFound)?;
    check_name_is_free(connection, user.name.as_str(), Some(id))?;
    connection.execute("UPDATE user SET deleted = NULL, revision = revision + 1 WHERE id = ?1", [id])?;
    record(connection, by, id, &What::Restored)?;
    active_user(connection, id, by.now)
}

/// The user with that id, unless removed.
pub(super) fn active_user(connection: &Connection, id: i64, now: Time) -> Result<User> {
    get(connection, id, now)?.filter(|user| user.deleted.is_none()).ok_or(Error::NotFound)
}

/// The user with that id, also if removed less than 30 days ago.
pub(super) fn get(connection: &Connection, id: i64, now: Time) -> Result<Option<User>> {
    let sql = format!("SELECT {COLUMNS} FROM user WHERE id = ?1 AND (deleted IS NULL OR deleted > ?2)");
    Ok(connection.prepare_cached(&sql)?.query_row([id, now - TOMBSTONE_TTL], user_from).optional()?)
}

fn add(connection: &Connection, user: &NewUser, busy: &BTreeSet<u16>, by: By, today: Date) -> Result<User> {
    let now = by.now;
    let draft = &user.draft;
    check_name_is_free(connection, draft.name.as_str(), None)?;
    if let Some(id) = user.id
        && connection.prepare_cached("SELECT 1 FROM user WHERE id = ?")?.exists([id])?
    {
        return Err(Error::Conflict(Fault::ImportIdTaken { id }));
    }
    if connection.prepare_cached("SELECT 1 FROM user WHERE uuid = ?")?.exists([&user.uuid])? {
        return Err(Error::Conflict(Fault::ImportUuidTaken { uuid: user.uuid.clone() }));
    }
    let port = match draft.port {
        Some(port) => {
            check_port_is_free(connection, port, None, now)?;
            port
        }
        None => free_port(connection, busy, now)?,
    };
    let next_reset = draft.reset_day.map(|day| day.after(today));
    connection
        .prepare_cached(
            "INSERT INTO user (id, name, password, port, method, u, d, quota, t, switch, expires, reset_day, \
             next_reset, period_started, note, uuid, secret, created, valid_days, renews, nodes, speed, devices, \
             sort_name) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            user.id,
            draft.name.as_str(),
            user.password.as_str(),
            port,
            draft.method.name(),
            user.used.u.get(),
            user.used.d.get(),
            draft.quota.map(Bytes::get),
            user.t,
            user.switch,
            draft.terms.renewed(next_reset).or(draft.expires).map(|date| date.to_string()),
            draft.reset_day.map(ResetDay::get),
            next_reset.map(|date| date.to_string()),
            now,
            draft.note.as_str(),
            user.uuid,
            user.secret,
            now,
            draft.terms.valid_days,
            draft.terms.renews,
            draft.terms.nodes.stored(),
            draft.speed,
            draft.devices,
            sort_key(draft.name.as_str()),
        ])?;
    let id = connection.last_insert_rowid();
    record(connection, by, id, if user.id.is_some() { &What::Imported } else { &What::Added })?;
    active_user(connection, id, now)
}

pub(super) fn check_name_is_free(connection: &Connection, name: &str, but: Option<i64>) -> Result<()> {
    let sql = "SELECT 1 FROM user WHERE name = ?1 AND deleted IS NULL AND id IS NOT ?2";
    if connection.prepare_cached(sql)?.exists(params![name, but])? {
        return Err(Error::Conflict(Fault::NameTaken { name: name.to_owned() }));
    }
    Ok(())
}

pub(super) fn check_port_is_free(connection: &Connection, port: u16, but: Option<i64>, now: Time) -> Result<()> {
    let sql = "SELECT 1 FROM user WHERE port = ?1 AND (deleted IS NULL OR deleted > ?2) AND id IS NOT ?3";
    if connection.prepare_cached(sql)?.exists(params![port, now - TOMBSTONE_TTL, but])? {
        return Err(Error::Conflict(Fault::PortTaken { port }));
    }
    Ok(())
}
