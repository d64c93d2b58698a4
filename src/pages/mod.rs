//! The pages that people see.
#![allow(missing_docs)]

use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Result},
    http::{Reply, Request},
};

fn later() -> Result<Reply> {
    Err(Error::NotFound)
}
pub fn language(_: &App, _: &Request) -> Result<Reply> {
    later()
}
pub fn style(_: &App, _: &Request) -> Result<Reply> {
    later()
}
pub fn icon(_: &App, _: &Request) -> Result<Reply> {
    later()
}
pub fn robots(_: &App, _: &Request) -> Result<Reply> {
    later()
}
pub fn failure(_: &App, _: &Request, error: &Error, status: u16) -> Reply {
    if status == 401 {
        return Reply::see_other("/login");
    }
    Reply::html(status, error.to_string())
}
pub mod sign_in {
    use super::*;
    pub fn show(_: &App, _: &Request) -> Result<Reply> {
        later()
    }
    pub fn send(_: &App, _: &Request) -> Result<Reply> {
        later()
    }
    pub fn out(_: &App, _: &SignedIn, _: &Request) -> Result<Reply> {
        later()
    }
}
macro_rules! pages { ($($m:ident: $($f:ident)*;)*) => { $(pub mod $m { use super::*; $(pub fn $f(_: &App, _: &SignedIn, _: &Request) -> Result<Reply> { later() })* })* } }
pages! {
    users: show add;
    user: show change switch ask_reset reset ask_delete delete restore;
    nodes: show add one change;
    settings: show token password language;
}
