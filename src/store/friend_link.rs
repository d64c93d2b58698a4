//! The secret in the address of a user's own page.

use super::{
    Store,
    connection::row,
    event::record,
    user::active_user,
    user_row::{COLUMNS, user_from},
};
use crate::{
    error::Result,
    model::{TOMBSTONE_TTL, Time, User, What},
};
use rusqlite::params;

impl Store {
    /// The user with that secret, also when removed less than 30 days ago. The timing of the index leaks how a secret
    /// begins, but with 143 random bits that takes more tries than can be made.
    pub fn user_with_secret(&self, secret: &str, now: Time) -> Result<Option<User>> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM user WHERE secret = ?1 AND (deleted IS NULL OR deleted > ?2)");
            row(connection, &sql, params![secret, now - TOMBSTONE_TTL], user_from)
        })
    }

    /// Gives a user another secret; the address with the old one is not found from then on.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::error::Error::NotFound).
    pub fn replace_secret(&self, id: i64, secret: String, now: Time) -> Result<User> {
        let by = self.by(now);
        self.write(move |connection| {
            active_user(connection, id, now)?;
            connection.execute("UPDATE user SET secret = ?2 WHERE id = ?1", params![id, secret])?;
            record(connection, by, id, &What::AddressReplaced)?;
            active_user(connection, id, now)
        })
    }
}
