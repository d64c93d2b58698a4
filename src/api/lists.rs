//! Lists as they are answered: whole, or with 304 where the client has them already.

use crate::{
    app::Listing,
    http::{CacheStamp, Reply, Request},
};

/// The list with its `ETag`, or 304 if the request says in `If-None-Match` (RFC 9110, 13.1.2) that it is there already.
pub(super) fn answer(request: &Request, listing: &Listing, cache_stamp: Option<CacheStamp>) -> Reply {
    let tag = listing.tag.as_ref();
    if request.header("if-none-match").is_some_and(|tags| names(tags, tag)) {
        return Reply::new(304, JSON, "").with("ETag", tag.to_owned());
    }
    Reply::shared_json(listing.bytes.clone(), cache_stamp).with("ETag", tag.to_owned())
}

const JSON: &str = "application/json; charset=utf-8";

fn names(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|found| found == "*" || found.strip_prefix("W/").unwrap_or(found) == tag)
}
