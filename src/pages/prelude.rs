//! What nearly every page needs.

pub(super) use super::{
    flash::{self, Flash},
    frame::{Frame, page},
    view::View,
};
pub(super) use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Fault, Result},
    http::{Reply, Request},
    text::Text,
};
pub(super) use askama::Template;
