//! What is done to several users at once, to all of them or to none.

use super::{
    Store,
    event::{By, record},
    period, user,
};
use crate::{
    error::{Error, Result},
    model::{Act, Date, Time, What},
};
use rusqlite::{Connection, params};

impl Store {
    /// Does the same to several users in one transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] if one of them is not there (or, to be brought back, not removed);
    /// [`Fault::NameTaken`](crate::error::Fault::NameTaken) if a name has been given to another. Then nothing was done
    /// to any of them.
    pub fn change_users(&self, ids: Vec<i64>, act: Act, now: Time, today: Date) -> Result<()> {
        let by = self.by(now);
        self.write(move |connection| ids.iter().try_for_each(|id| change(connection, *id, act, by, today)))
    }
}

fn change(connection: &Connection, id: i64, act: Act, by: By, today: Date) -> Result<()> {
    if act == Act::Restore {
        return user::bring_back(connection, id, by).map(drop);
    }
    let user = user::active_user(connection, id, by.now)?;
    let set = |column: &str, value: &dyn rusqlite::ToSql, what: Option<What>| -> Result<()> {
        let sql = format!("UPDATE user SET {column} = ?2, revision = revision + 1 WHERE id = ?1");
        match connection.prepare_cached(&sql)?.execute(params![id, value])? {
            0 => Err(Error::NotFound),
            _ => what.map_or(Ok(()), |what| record(connection, by, id, &what)),
        }
    };
    match act {
        Act::On => set("switch", &true, (!user.switch).then_some(What::On)),
        Act::Off => set("switch", &false, user.switch.then_some(What::Off)),
        Act::Reset => period::close_by_hand(connection, id, by),
        Act::Extend(by) => {
            let last = by.of(&user, today).map(|date| date.to_string());
            set("expires", &last, Some(What::Changed(vec!["expires".to_owned()])))
        }
        Act::Delete => set("deleted", &by.now, Some(What::Removed)),
        Act::Restore => Ok(()),
    }
}
