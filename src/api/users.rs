//! The users, as node programs read them.

use super::lists;
use crate::{
    app::{App, List, Listing},
    auth::KnownNode,
    error::{Error, Result},
    http::{CacheStamp, Reply, Request},
    model::{Date, Listed, NO_LIMIT, State, TOMBSTONE_TTL, Time, Zone},
};
use std::fmt::{self, Display, Formatter, Write};

/// What makes an address of a uuid.
const DOMAIN: &str = "@mu-panel";

/// How long `GET /users` lists a user who has just been shut out as over their quota instead of disabled, in seconds.
/// When a user with traffic turns up disabled, py-mu loses a whole round of all users' traffic.
const GRACE_TTL: Time = 600;
/// A quota that any usage exceeds.
const SHUT_OUT: i64 = -1;

/// `GET /users`: all users. The quota is left to the node's program.
pub fn all(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    let named = super::node_of(request);
    let asking = named.or_else(|| app.node_calls.node_at(request.peer));
    if let Some(node) = asking {
        note_pull_of(app, node, request.now);
    }
    let (listing, cache_stamp) = list(app, asking, List::Users, request.now)?;
    if named.is_some() {
        return Ok(lists::answer(request, &listing, Some(cache_stamp)));
    }
    // The same request from another address may be that of another node, which has another list.
    let is_for_one = differ(app, cache_stamp.version)?;
    let cache_stamp = CacheStamp { by_address: true, ..cache_stamp };
    Ok(lists::answer(request, &listing, (!is_for_one).then_some(cache_stamp)))
}

/// `GET /nodes/{id}/users`: all users, of whom those over their quota are disabled.
pub fn of_node(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    note_pull(app, request)?;
    let (listing, cache_stamp) = list(app, Some(request.id("node_id")?), List::NodeUsers, request.now)?;
    Ok(lists::answer(request, &listing, Some(cache_stamp)))
}

/// Notes which node asks. If it cannot be written down, the node gets its list all the same.
///
/// # Errors
/// [`Error::Invalid`] for a node that is not taken in any more.
pub(super) fn note_pull(app: &App, request: &Request) -> Result<()> {
    let node = request.id("node_id")?;
    match app.note_pull(node, request.now) {
        Err(refused @ Error::Invalid(_)) => Err(refused),
        Err(error) => {
            unnoted(node, &error);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn note_pull_of(app: &App, node: i64, now: Time) {
    if let Err(error) = app.note_pull(node, now) {
        unnoted(node, &error);
    }
}

fn unnoted(node: i64, error: &Error) {
    log::warn!("cannot note that node {node} asked for the users: {error}");
}

/// Whether a user is let in, as a row says it.
struct Admission {
    enable: bool,
    switch: bool,
    transfer_enable: i64,
}

/// The node whose own list has to be made; `None` as long as every node sees the same.
pub(super) fn own_list_of(app: &App, node: Option<i64>, version: i64) -> Result<Option<i64>> {
    Ok(if differ(app, version)? { node } else { None })
}

/// Whether nodes see different lists.
fn differ(app: &App, version: i64) -> Result<bool> {
    app.lists.differ(version, || app.store.has_limited_users())
}

/// The list as `node` sees it: users who may not use it are like removed ones.
fn list(app: &App, node: Option<i64>, list: fn(Option<i64>) -> List, now: Time) -> Result<(Listing, CacheStamp)> {
    let version = app.store.version()?;
    let node = own_list_of(app, node, version)?;
    let list = list(node);
    let for_all = matches!(list, List::Users(_));
    let settings = app.settings()?;
    let today = settings.zone.date(now);
    let listing = app.lists.get(list, version, today, now, |length| {
        let level = settings.v2ray_level();
        let mut until = Time::MAX;
        // Row by row into the bytes that are sent: a list of many users is large enough once.
        let mut text = String::with_capacity(length + length / 64);
        text.push_str(r#"{"ret":1,"msg":"ok","data":["#);
        let first = text.len();
        app.store.each_listed_user(now, now - GRACE_TTL, |user, shut_by_hand| {
            if text.len() > first {
                text.push(',');
            }
            until = until.min(self::until(user.deleted));
            let state = user.state(today);
            let may_use = node.is_none_or(|node| user.may_use(node));
            let mut admission = Admission {
                enable: may_use && (state == State::On || for_all && state == State::OverQuota),
                switch: may_use && user.switch && user.deleted.is_none(),
                transfer_enable: user.quota.map_or_else(|| no_limit(&user), crate::model::Bytes::get),
            };
            if for_all
                && !admission.enable
                && let Some(shut) = shut_out_at(&user, shut_by_hand, today, &settings.zone)
                && (shut - GRACE_TTL..shut + GRACE_TTL).contains(&now)
            {
                until = until.min(shut + GRACE_TTL);
                admission = Admission { enable: true, switch: true, transfer_enable: SHUT_OUT };
            }
            row(&mut text, &user, &admission, level).map_err(Error::internal)
        })?;
        text.push_str("]}");
        Ok((text.into_bytes(), until))
    })?;
    // Of that version or a later one.
    Ok((listing, CacheStamp { version, at: now, by_address: false }))
}

/// When a user was shut out: removed, changed by hand, or today, by the end of their last day.
fn shut_out_at(user: &Listed<'_>, by_hand: Option<Time>, today: Date, zone: &Zone) -> Option<Time> {
    let ended = user.expires.filter(|last| last.plus_days(1) == today).map(|_| zone.start_of(today));
    user.deleted.max(by_hand).max(ended)
}

/// When a user who was removed then is no longer listed.
pub(super) fn until(deleted: Option<Time>) -> Time {
    deleted.map_or(Time::MAX, |deleted| deleted + TOMBSTONE_TTL)
}

/// What `v2ray-mu` reads the uuid back from.
pub(super) fn v2ray_email(uuid: &str) -> String {
    format!("{uuid}{DOMAIN}")
}

/// Writes one row, with everything that any of the node programs reads. In one piece, since under load this is most
/// of the work.
fn row(text: &mut String, user: &Listed<'_>, admission: &Admission, level: u32) -> fmt::Result {
    write!(
        text,
        concat!(
            r#"{{"id":{},"passwd":{},"t":{},"u":{},"d":{},"transfer_enable":{},"port":{},"switch":{},"enable":{},"method":"{}","#,
            r#""email":{},"protocol":"origin","obfs":"plain","plugin":"","plugin_opts":"","#,
            r#""v2ray_user":{{"uuid":{},"email":{},"alter_id":0,"level":{}}},"#,
            r#""node_speedlimit":{},"node_connector":{}}}"#,
        ),
        user.id,
        Json(user.password, ""),
        user.t,
        user.used.u.get(),
        user.used.d.get(),
        admission.transfer_enable,
        user.port,
        u8::from(admission.switch),
        u8::from(admission.enable),
        user.method.name(),
        Json(user.name, ""),
        Json(user.uuid, ""),
        Json(user.uuid, DOMAIN),
        level,
        user.speed,
        user.devices,
    )
}

/// Text as JSON, and what it ends with.
struct Json<'a>(&'a str, &'static str);

impl Display for Json<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(text, end) = self;
        if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
            f.write_char('"')?;
            f.write_str(text)?;
            f.write_str(end)?;
            f.write_char('"')
        } else {
            f.write_str(&serde_json::to_string(&format!("{text}{end}")).map_err(|_| fmt::Error)?)
        }
    }
}

/// Out of reach of what they have used, so that no node program takes it for a limit.
fn no_limit(user: &Listed<'_>) -> i64 {
    if user.used.total().get() < NO_LIMIT { NO_LIMIT } else { 1 << 62 }
}
