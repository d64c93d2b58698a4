//! The user whom an address names.

use super::{reply::redirect, view::View};
use crate::{
    app::App,
    error::{Error, Result},
    http::{Reply, Request},
    model::User,
};

/// The id in the address; where that can be no user's there is nothing.
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
