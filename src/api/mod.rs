//! What node programs call: the Mu API. Every answer is JSON.

pub mod fields;
mod lists;
pub mod nodes;
mod plain_rows;
mod row_list;
pub mod rows;
pub mod state;
pub mod traffic;
pub mod users;
pub mod v2ray;

use crate::{
    app::App,
    auth::KnownNode,
    error::{Error, Fault, Result},
    http::{self, Reply, Request},
    text::ENGLISH,
};
use serde_json::json;

/// The node that a call is for, as far as its path or its query says so.
pub fn node_of(request: &Request) -> Option<i64> {
    let in_path = request.path.starts_with("/mu/nodes/").then(|| request.id("node_id").ok()).flatten();
    let in_query = |name| request.query.get(name).and_then(|node| http::id("node_id", node).ok());
    in_path.or_else(|| in_query("node_id")).or_else(|| in_query("node"))
}

/// Whether a call tries to be one of a node: it brings a token, or says which node it is.
pub fn is_of_node(request: &Request) -> bool {
    let brings_token = request.header("token").is_some() || request.header("key").is_some();
    brings_token || request.query.get("key").is_some() || node_of(request).is_some()
}

/// `GET /`: the token is right.
pub fn ping(_: &App, _: &KnownNode, _: &Request) -> Result<Reply> {
    Ok(done())
}

/// Success that has nothing else to tell.
fn done() -> Reply {
    Reply::json(200, r#"{"ret":1,"msg":"ok"}"#)
}

/// Deepest that arrays and objects may stand in each other, in a body of at least as many bytes as are looked at.
const MAX_DEPTH: usize = 100;
const MIN_LOOKED_AT: usize = 64 * 1024;

/// Why a body is not given to a reader of JSON, for which that would take more memory than it is worth: a text, which
/// would be repeated in the words about it, or arrays and objects that stand too deep in each other.
fn unreadable(body: &[u8]) -> Option<&'static str> {
    if body.trim_ascii_start().starts_with(b"\"") {
        return Some("it is a text");
    }
    if body.len() < MIN_LOOKED_AT {
        return None;
    }
    let mut depth = 0_usize;
    let mut bytes = body.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_text(&mut bytes),
            b'[' | b'{' if depth == MAX_DEPTH => return Some("arrays and objects stand too deep in each other"),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Goes on behind the quotation mark that ends a text.
fn skip_text(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
}

/// Failure, in words.
pub fn failure(error: &Error, status: u16) -> Reply {
    let reply = Reply::json(status, json!({ "ret": 0, "msg": words(error) }).to_string());
    match error {
        Error::Invalid(Fault::MethodNotAllowed { allowed }) => reply.with("Allow", allowed.clone()),
        Error::Busy(_) => reply.with("Retry-After", "10"),
        _ => reply,
    }
}

/// What is said to a node of an error.
fn words(error: &Error) -> String {
    match error {
        Error::Invalid(fault) | Error::Conflict(fault) | Error::Busy(fault) => (ENGLISH.fault)(fault),
        Error::Unauthorized => ENGLISH.unauthorized.to_owned(),
        Error::NotFound => ENGLISH.not_found.to_owned(),
        Error::Internal(_) => ENGLISH.internal.to_owned(),
    }
}
