//! The user whom an address names.

use super::{prelude::*, reply::redirect};
use crate::model::User;

/// The id of a user or a node in the address; where that can be none there is nothing.
pub fn id(request: &Request) -> Result<i64> {
    request.id("id").map_err(|_| Error::NotFound)
}

/// The user whom the address names, who is here.
pub fn active_user(view: &View<'_>) -> Result<User> {
    let user = view.app.store.user(id(view.request)?, view.now())?;
    user.filter(|user| user.deleted.is_none()).ok_or(Error::NotFound)
}

/// The address of a user's page.
pub fn address(request: &Request, id: i64) -> String {
    request.at(&format!("/users/{id}"))
}

/// If the user was deleted, in another tab say, goes on to their page, which says so and can restore them.
pub fn unless_deleted(app: &App, request: &Request, error: Error) -> Result<Reply> {
    let id = id(request)?;
    match error {
        Error::NotFound if app.store.user(id, request.now)?.is_some() => Ok(redirect(&address(request, id))),
        error => Err(error),
    }
}
