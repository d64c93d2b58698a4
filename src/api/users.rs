//! The users, as node programs read them.

use crate::{
    app::{App, List},
    auth::KnownNode,
    error::{Error, Result},
    http::{CacheStamp, Reply, Request},
    model::{Date, Listed, State, TOMBSTONE_TTL, Time},
    store::Setting,
};
use std::fmt::{self, Display, Formatter, Write};

/// "No limit", as node programs understand it: 2^50 bytes, which a double holds exactly.
const NO_LIMIT: i64 = 1 << 50;
/// What makes an address of a uuid.
const DOMAIN: &str = "@mu-panel";
/// The level of `V2Ray` users if the setting does not say another.
const LEVEL: u32 = 2;

/// `GET /users`: everybody. The quota is left to the node's program.
pub fn all(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    list(app, List::Users, request.now, |user, today| matches!(user.state(today), State::On | State::OverQuota))
}

/// `GET /nodes/{id}/users`: everybody, and whoever is over his quota is disabled.
pub fn of_node(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    note_pull(app, request)?;
    list(app, List::NodeUsers, request.now, |user, today| user.state(today) == State::On)
}

/// Notes which node asks. If it cannot be written down, the node gets its list all the same.
pub(super) fn note_pull(app: &App, request: &Request) -> Result<()> {
    let node = request.id("node_id")?;
    if let Err(error) = app.note_pull(node, request.now) {
        log::warn!("cannot note that node {node} asked for the users: {error}");
    }
    Ok(())
}

fn list(app: &App, list: List, now: Time, enabled: fn(&Listed<'_>, Date) -> bool) -> Result<Reply> {
    let version = app.store.version()?;
    let today = app.today(now)?;
    let bytes = app.lists.get(list, version, today, now, |length| {
        let level = level(app)?;
        let mut until = Time::MAX;
        // Row by row into the bytes that are sent: a list of many users is large enough once.
        let mut text = String::with_capacity(length + length / 64);
        text.push_str(r#"{"ret":1,"msg":"ok","data":["#);
        let first = text.len();
        app.store.each_listed_user(now, |user| {
            if text.len() > first {
                text.push(',');
            }
            until = until.min(self::until(user.deleted));
            row(&mut text, &user, enabled(&user, today), level).map_err(Error::internal)
        })?;
        text.push_str("]}");
        Ok((text.into_bytes(), until))
    })?;
    // Of that version or a later one.
    Ok(Reply::shared_json(bytes, CacheStamp { version, at: now }))
}

/// The level that `V2Ray` users have.
pub(super) fn level(app: &App) -> Result<u32> {
    let settings = app.settings()?;
    Ok(settings.get(Setting::V2rayLevel).and_then(|level| level.parse().ok()).unwrap_or(LEVEL))
}

/// When a user who was removed then is no longer listed.
pub(super) fn until(deleted: Option<Time>) -> Time {
    deleted.map_or(Time::MAX, |deleted| deleted + TOMBSTONE_TTL)
}

/// What `v2ray-mu` reads the uuid back from.
pub(super) fn v2ray_email(uuid: &str) -> String {
    format!("{uuid}{DOMAIN}")
}

/// Writes one row, with everything that any of the node programs reads. In one piece, since under load this is most of the work.
fn row(text: &mut String, user: &Listed<'_>, enabled: bool, level: u32) -> fmt::Result {
    let state_switch = user.switch && user.deleted.is_none();
    write!(
        text,
        concat!(
            r#"{{"id":{},"passwd":{},"t":{},"u":{},"d":{},"transfer_enable":{},"port":{},"switch":{},"enable":{},"method":"{}","#,
            r#""email":{},"protocol":"origin","obfs":"plain","#,
            r#""v2ray_user":{{"uuid":{},"email":{},"alter_id":0,"level":{}}}}}"#,
        ),
        user.id,
        Json(user.password, ""),
        user.t,
        user.used.u.get(),
        user.used.d.get(),
        user.quota.map_or_else(|| no_limit(user), crate::model::Bytes::get),
        user.port,
        u8::from(state_switch),
        u8::from(enabled),
        user.method.name(),
        Json(user.name, ""),
        Json(user.uuid, ""),
        Json(user.uuid, DOMAIN),
        level,
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

/// Out of reach of what he has used, so that no node program takes it for a limit.
fn no_limit(user: &Listed<'_>) -> i64 {
    if user.used.total().get() < NO_LIMIT { NO_LIMIT } else { 1 << 62 }
}
