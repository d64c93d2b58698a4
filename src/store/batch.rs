//! What is done to several users at once, to all of them or to none.

use super::{Store, period, user};
use crate::{
    error::{Error, Result},
    model::{Act, Date, Time},
};
use rusqlite::{Connection, params};

impl Store {
    /// Does the same to several users in one transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] if one of them is not there (or, to be brought back, not removed);
    /// [`Fault::NameTaken`](crate::error::Fault::NameTaken) if a name has been given to another. Then nothing was done to any of them.
    pub fn change_users(&self, ids: Vec<i64>, act: Act, now: Time, today: Date) -> Result<()> {
        self.write(move |connection| ids.iter().try_for_each(|id| change(connection, *id, act, now, today)))
    }
}

fn change(connection: &Connection, id: i64, act: Act, now: Time, today: Date) -> Result<()> {
    if act == Act::Restore {
        return user::bring_back(connection, id, now).map(drop);
    }
    let user = user::here(connection, id, now)?;
    let set = |column: &str, value: &dyn rusqlite::ToSql| -> Result<()> {
        let sql = format!("UPDATE user SET {column} = ?2, revision = revision + 1 WHERE id = ?1");
        match connection.prepare_cached(&sql)?.execute(params![id, value])? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    };
    match act {
        Act::On => set("switch", &true),
        Act::Off => set("switch", &false),
        Act::Reset => period::close_by_hand(connection, id, now),
        Act::Extend(by) => set("expires", &by.of(&user, today).map(|date| date.to_string())),
        Act::Delete => set("deleted", &now),
        Act::Restore => Ok(()),
    }
}
