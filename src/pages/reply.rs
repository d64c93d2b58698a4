//! Replies with the headers that every page has, and the status of those that refuse.

use crate::{error::Error, http::Reply};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'; script-src 'self'";

/// With the headers that every page has.
pub fn with_security_headers(reply: Reply) -> Reply {
    reply
        .with("Content-Security-Policy", POLICY)
        .with("X-Content-Type-Options", "nosniff")
        .with("X-Frame-Options", "DENY")
        .with("Referrer-Policy", "no-referrer")
        .with("Cache-Control", "no-store")
}

/// Goes on to `location`, an address of ours.
pub fn redirect(location: &str) -> Reply {
    with_security_headers(Reply::see_other(location))
}

/// The status of a form that comes back with what is wrong with it.
pub fn refused(error: &Error) -> u16 {
    match error {
        Error::Conflict(_) => 409,
        Error::Busy(_) => 503,
        _ => 400,
    }
}
