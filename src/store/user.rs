//! Users.

use super::{
    Store,
    connection::{row, run},
    event::{By, difference, record},
    free_port::free_port,
    search::sort_key,
    user_row::{COLUMNS, user_from},
};
use crate::{
    error::{Error, Fault, Result},
    model::{
        Bytes, Date, Draft, NewUser, Password, Progress, ResetDay, Stage, TOMBSTONE_TTL, Tell, Time, User, What, untold,
    },
};
use rusqlite::{Connection, Params, ToSql, params, params_from_iter, types::Value};
use std::{collections::BTreeSet, sync::Arc};

impl Store {
    /// Adds users, all of them or none; `today` is the day on which it happens, at `now`.
    ///
    /// # Errors
    /// [`Fault::NameTaken`], [`Fault::PortTaken`], [`Fault::PortsUsedUp`], [`Fault::ImportIdTaken`],
    /// [`Fault::ImportUuidTaken`]; with the place in the list if there are several.
    pub fn add_users(&self, users: Vec<NewUser>, now: Time, today: Date) -> Result<Vec<User>> {
        self.add_users_apart(users, BTreeSet::new(), now, today, &untold())
    }

    /// The same, telling how far it is, and without the ports that are `busy` on a node, as long as there are others to
    /// give.
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
            row(connection, &sql, [name], user_from)
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
            let columns = columns(&draft, password, port, expires, next_reset);
            let set = columns.each_ref().map(|(name, _)| format!("{name} = ?")).join(", ");
            let sql = format!("UPDATE user SET {set}, revision = revision + 1 WHERE id = ?");
            let values = columns.into_iter().map(|(_, value)| value).chain([id.into()]);
            run(connection, &sql, params_from_iter(values))?;
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
            set(connection, id, "switch", on)?;
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
            set(connection, id, "deleted", now)?;
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
    set(connection, id, "deleted", None::<Time>)?;
    record(connection, by, id, &What::Restored)?;
    active_user(connection, id, by.now)
}

/// Sets one column of a user.
pub(super) fn set(connection: &Connection, id: i64, column: &str, value: impl ToSql) -> Result<()> {
    let sql = format!("UPDATE user SET {column} = ?2, revision = revision + 1 WHERE id = ?1");
    run(connection, &sql, params![id, value]).map(drop)
}

/// The user with that id, unless removed.
pub(super) fn active_user(connection: &Connection, id: i64, now: Time) -> Result<User> {
    get(connection, id, now)?.filter(|user| user.deleted.is_none()).ok_or(Error::NotFound)
}

/// The user with that id, also if removed less than 30 days ago.
pub(super) fn get(connection: &Connection, id: i64, now: Time) -> Result<Option<User>> {
    let sql = format!("SELECT {COLUMNS} FROM user WHERE id = ?1 AND (deleted IS NULL OR deleted > ?2)");
    row(connection, &sql, [id, now - TOMBSTONE_TTL], user_from)
}

fn add(connection: &Connection, user: &NewUser, busy: &BTreeSet<u16>, by: By, today: Date) -> Result<User> {
    let now = by.now;
    let draft = &user.draft;
    check_name_is_free(connection, draft.name.as_str(), None)?;
    user.id.map_or(Ok(()), |id| check_id_is_free(connection, id))?;
    check_uuid_is_free(connection, &user.uuid)?;
    let port = match draft.port {
        Some(port) => {
            check_port_is_free(connection, port, None, now)?;
            port
        }
        None => free_port(connection, busy, now)?,
    };
    let next_reset = draft.reset_day.map(|day| day.after(today));
    let expires = draft.terms.renewed(next_reset).or(draft.expires);
    let others = [
        ("id", user.id.into()),
        ("u", user.used.u.get().into()),
        ("d", user.used.d.get().into()),
        ("t", user.t.into()),
        ("switch", user.switch.into()),
        ("period_started", now.into()),
        ("uuid", user.uuid.clone().into()),
        ("secret", user.secret.clone().into()),
        ("created", now.into()),
    ];
    let columns = columns(draft, &user.password, port, expires, next_reset);
    let (names, values): (Vec<&str>, Vec<Value>) = columns.into_iter().chain(others).unzip();
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!("INSERT INTO user ({}) VALUES ({places})", names.join(", "));
    run(connection, &sql, params_from_iter(values))?;
    let id = connection.last_insert_rowid();
    record(connection, by, id, if user.id.is_some() { &What::Imported } else { &What::Added })?;
    active_user(connection, id, now)
}

/// The columns that a draft decides on, each with its value.
fn columns(
    draft: &Draft,
    password: &Password,
    port: u16,
    expires: Option<Date>,
    next_reset: Option<Date>,
) -> [(&'static str, Value); 15] {
    let day = |day: Option<Date>| day.map(|day| day.to_string()).into();
    let name = draft.name.as_str();
    [
        ("name", name.to_owned().into()),
        ("sort_name", sort_key(name).into()),
        ("password", password.as_str().to_owned().into()),
        ("port", port.into()),
        ("method", draft.method.name().to_owned().into()),
        ("quota", draft.quota.map(Bytes::get).into()),
        ("expires", day(expires)),
        ("reset_day", draft.reset_day.map(ResetDay::get).into()),
        ("next_reset", day(next_reset)),
        ("note", draft.note.as_str().to_owned().into()),
        ("valid_days", draft.terms.valid_days.into()),
        ("renews", draft.terms.renews.into()),
        ("nodes", draft.terms.nodes.stored().into()),
        ("speed", draft.speed.into()),
        ("devices", draft.devices.into()),
    ]
}

pub(super) fn check_name_is_free(connection: &Connection, name: &str, but: Option<i64>) -> Result<()> {
    let sql = "SELECT 1 FROM user WHERE name = ?1 AND deleted IS NULL AND id IS NOT ?2";
    check(connection, sql, params![name, but], || Fault::NameTaken { name: name.to_owned() })
}

pub(super) fn check_port_is_free(connection: &Connection, port: u16, but: Option<i64>, now: Time) -> Result<()> {
    let sql = "SELECT 1 FROM user WHERE port = ?1 AND (deleted IS NULL OR deleted > ?2) AND id IS NOT ?3";
    check(connection, sql, params![port, now - TOMBSTONE_TTL, but], || Fault::PortTaken { port })
}

pub(super) fn check_id_is_free(connection: &Connection, id: i64) -> Result<()> {
    check(connection, "SELECT 1 FROM user WHERE id = ?", [id], || Fault::ImportIdTaken { id })
}

pub(super) fn check_uuid_is_free(connection: &Connection, uuid: &str) -> Result<()> {
    let taken = || Fault::ImportUuidTaken { uuid: uuid.to_owned() };
    check(connection, "SELECT 1 FROM user WHERE uuid = ?", [uuid], taken)
}

/// Refuses what a user has already, if the query finds one.
fn check(connection: &Connection, sql: &str, given: impl Params, taken: impl FnOnce() -> Fault) -> Result<()> {
    if connection.prepare_cached(sql)?.exists(given)? { Err(Error::Conflict(taken())) } else { Ok(()) }
}
