//! What is done to one or several users, to all of them or to none, and undoing it.

use super::{
    Store, capped,
    connection::{rows, run},
    event::{By, difference, record},
    period, user,
};
use crate::{
    error::{Error, Fault, Result},
    model::{Act, Before, Bytes, Date, Outcome, Password, Time, User, What},
};
use rusqlite::{Connection, params};

impl Store {
    /// Does the same to several users in one transaction. `passwords` has one for each, for where another cipher needs
    /// it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if one of them is not there (or, to be brought back, not removed);
    /// [`Fault::NameTaken`] if a name has been given to another. Then nothing was done to any of them.
    pub fn change_users(
        &self,
        ids: Vec<i64>,
        act: Act,
        passwords: Vec<Password>,
        now: Time,
        today: Date,
    ) -> Result<Outcome> {
        let by = self.by(now);
        self.write(move |connection| {
            let users = ids.iter().enumerate().map(|(index, id)| (*id, passwords.get(index)));
            change_all(connection, users, act, by, today)
        })
    }

    /// Closes the period of every active user at `now`.
    pub fn reset_all_users(&self, now: Time, today: Date) -> Result<Outcome> {
        let by = self.by(now);
        self.write(move |connection| {
            let sql = "SELECT id FROM user WHERE deleted IS NULL ORDER BY id";
            let users = rows(connection, sql, (), |row| Ok((row.get(0)?, None)))?;
            change_all(connection, users, Act::Reset, by, today)
        })
    }

    /// Makes users what they were before an action, all of them or none.
    ///
    /// # Errors
    /// [`Fault::UndoLate`] if one of them was changed since; [`Fault::NameTaken`] if a name was given to another.
    pub fn undo(&self, before: Vec<Before>, now: Time) -> Result<()> {
        let by = self.by(now);
        self.write(move |connection| before.iter().try_for_each(|before| undo(connection, before, by)))
    }
}

/// Does it to each of them, with a password for where another cipher needs it.
fn change_all<'a>(
    connection: &Connection,
    users: impl IntoIterator<Item = (i64, Option<&'a Password>)>,
    act: Act,
    by: By,
    today: Date,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for (id, password) in users {
        match change(connection, id, act, password, by, today)? {
            Some(before) => outcome.changed.push(before),
            None => outcome.skipped += 1,
        }
    }
    Ok(outcome)
}

/// Does it to one; `None` if there is nothing to change.
fn change(
    connection: &Connection,
    id: i64,
    act: Act,
    password: Option<&Password>,
    by: By,
    today: Date,
) -> Result<Option<Before>> {
    if act == Act::Restore {
        let user = user::bring_back(connection, id, by)?;
        return Ok(Some(Before { deleted: Some(by.now), ..Before::of(&user) }));
    }
    let user = user::active_user(connection, id, by.now)?;
    let mut before = Before::of(&user);
    let set = |column: &str, value: &dyn rusqlite::ToSql| user::set(connection, id, column, value);
    let what = match act {
        Act::On if user.switch => return Ok(None),
        Act::Off if !user.switch => return Ok(None),
        Act::On | Act::Off => {
            set("switch", &(act == Act::On))?;
            Some(if act == Act::On { What::On } else { What::Off })
        }
        Act::Reset if user.used.total().get() == 0 => return Ok(None),
        Act::Reset => {
            before.reset = Some((user.period_started, by.now, user.used));
            period::close_by_hand(connection, id, by)?;
            None
        }
        Act::Extend(extension) => {
            let last = extension.of(&user, today);
            let replaces = last.is_some() && user.terms.valid_days.is_some();
            if last == user.expires && !replaces {
                return Ok(None);
            }
            set("expires", &last.map(|date| date.to_string()))?;
            if replaces {
                set("valid_days", &None::<i32>)?;
            }
            changed(connection, &user, by)?
        }
        Act::AddQuota(more) => {
            let Some(quota) = user.quota else { return Ok(None) };
            set("quota", &quota.get().saturating_add(more.get()))?;
            changed(connection, &user, by)?
        }
        Act::SetMethod(method) if method == user.method => return Ok(None),
        Act::SetMethod(method) => {
            set("method", &method.name())?;
            if Password::parse(user.password.as_str(), method).is_err() {
                let password = password.ok_or_else(|| Error::internal("a password is missing"))?;
                set("password", &password.as_str())?;
            }
            changed(connection, &user, by)?
        }
        Act::Delete => {
            set("deleted", &by.now)?;
            Some(What::Removed)
        }
        Act::Restore => None,
    };
    if let Some(what) = what {
        record(connection, by, id, &what)?;
    }
    before.revision =
        connection.prepare_cached("SELECT revision FROM user WHERE id = ?")?.query_row([id], |row| row.get(0))?;
    Ok(Some(before))
}

/// How `user` differs from what is stored now.
fn changed(connection: &Connection, user: &User, by: By) -> Result<Option<What>> {
    Ok(difference(user, &user::active_user(connection, user.id, by.now)?))
}

fn undo(connection: &Connection, before: &Before, by: By) -> Result<()> {
    let Some(user) = user::get(connection, before.id, by.now)? else { return Err(Error::NotFound) };
    if user.revision != before.revision {
        return Err(Error::Conflict(Fault::UndoLate));
    }
    if before.deleted.is_none() && user.deleted.is_some() {
        user::bring_back(connection, before.id, by)?;
        return Ok(());
    }
    let sql = "UPDATE user SET switch = ?2, quota = ?3, expires = ?4, method = ?5, password = ?6, deleted = ?7, \
         valid_days = ?8, revision = revision + 1 WHERE id = ?1";
    let given = params![
        before.id,
        before.switch,
        before.quota.map(Bytes::get),
        before.expires.map(|date| date.to_string()),
        before.method.name(),
        before.password.as_str(),
        before.deleted,
        before.valid_days,
    ];
    run(connection, sql, given)?;
    if let Some((started, ended, used)) = before.reset {
        let sql =
            format!("UPDATE user SET {}, {}, period_started = ?4 WHERE id = ?1", capped("u", "?2"), capped("d", "?3"));
        run(connection, &sql, params![before.id, used.u.get(), used.d.get(), started])?;
        let sql = "DELETE FROM period WHERE user = ?1 AND ended = ?2 AND started = ?3";
        if run(connection, sql, [before.id, ended, started])? == 0 {
            return Err(Error::Conflict(Fault::UndoLate));
        }
        run(connection, "DELETE FROM event WHERE user = ?1 AND at = ?2 AND kind = 'reset'", [before.id, ended])?;
    }
    let what = match (before.switch, user.switch) {
        (true, false) => Some(What::On),
        (false, true) => Some(What::Off),
        _ if before.deleted.is_some() => Some(What::Removed),
        _ => changed(connection, &user, by)?,
    };
    what.map_or(Ok(()), |what| record(connection, by, before.id, &what))
}
