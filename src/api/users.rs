//! The users, as node programs read them.

use crate::{
    app::{App, List},
    auth::KnownNode,
    error::{Error, Result},
    http::{Lasting, Reply, Request},
    model::{Date, State, TOMBSTONE_SECONDS, Time, User},
    store::Setting,
};
use serde::Serialize;
use std::sync::Arc;

/// "No limit", as node programs understand it: 2^50 bytes, which a double holds exactly.
const NO_LIMIT: i64 = 1 << 50;
/// The level of `V2Ray` users if the setting does not say another.
const LEVEL: u32 = 2;

/// One row, with everything that any of the node programs reads.
#[derive(Serialize)]
struct Wire<'a> {
    id: i64,
    passwd: &'a str,
    t: i64,
    u: i64,
    d: i64,
    transfer_enable: i64,
    port: u16,
    switch: u8,
    enable: u8,
    method: &'a str,
    email: &'a str,
    protocol: &'a str,
    obfs: &'a str,
    v2ray_user: V2rayUser<'a>,
}

#[derive(Serialize)]
struct V2rayUser<'a> {
    uuid: &'a str,
    email: String,
    alter_id: u32,
    level: u32,
}

/// `GET /users`: everybody. The quota is left to the node's program.
pub fn all(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    list(app, List::Users, request.now, Time::MAX, |user, today| {
        matches!(user.state(today), State::On | State::OverQuota)
    })
}

/// `GET /nodes/{id}/users`: everybody, and whoever is over his quota is disabled.
pub fn of_node(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    let noted = note_pull(app, request)?;
    list(app, List::NodeUsers, request.now, noted, |user, today| user.state(today) == State::On)
}

/// Notes which node asks, and says until when that need not be noted again. If it cannot be written down, the node gets its list all the
/// same.
pub(super) fn note_pull(app: &App, request: &Request) -> Result<Time> {
    let node = request.id("node_id")?;
    Ok(app.note_pull(node, request.now).unwrap_or_else(|error| {
        log::warn!("cannot note that node {node} asked for the users: {error}");
        request.now
    }))
}

/// The answer, which holds no longer than `most`.
fn list(app: &App, list: List, now: Time, most: Time, enabled: fn(&User, Date) -> bool) -> Result<Reply> {
    let version = app.store.version()?;
    let today = app.today(now)?;
    let made = app.lists.get(list, version, today, now, |length| {
        let level = level(app)?;
        let mut until = Time::MAX;
        // Row by row into the bytes that are sent: a list of many users is large enough once.
        let mut bytes = Vec::with_capacity(length + length / 64);
        bytes.extend_from_slice(br#"{"ret":1,"msg":"ok","data":["#);
        let first = bytes.len();
        app.store.each_listed_user(now, |user| {
            if bytes.len() > first {
                bytes.push(b',');
            }
            until = until.min(self::until(&user));
            serde_json::to_writer(&mut bytes, &wire(&user, enabled(&user, today), level)).map_err(Error::internal)
        })?;
        bytes.extend_from_slice(b"]}");
        Ok((bytes, until))
    });
    lasting(app, made?, version, now, most)
}

/// An answer that is a list, made of that `version` of the database or a later one.
pub(super) fn lasting(
    app: &App,
    (bytes, until): (Arc<Vec<u8>>, Time),
    version: i64,
    now: Time,
    most: Time,
) -> Result<Reply> {
    let until = until.min(most).min(app.quiet_until(now)?);
    Ok(Reply::shared_json(bytes, Lasting { version, from: now, until }))
}

/// The level that `V2Ray` users have.
pub(super) fn level(app: &App) -> Result<u32> {
    let present = app.present()?;
    Ok(present.settings.get(Setting::V2rayLevel).and_then(|level| level.parse().ok()).unwrap_or(LEVEL))
}

/// When a user is no longer listed.
pub(super) fn until(user: &User) -> Time {
    user.deleted.map_or(Time::MAX, |deleted| deleted + TOMBSTONE_SECONDS)
}

/// What `v2ray-mu` reads the uuid back from.
pub(super) fn v2ray_email(user: &User) -> String {
    format!("{}@mu-panel", user.uuid)
}

fn wire(user: &User, enabled: bool, level: u32) -> Wire<'_> {
    let state_switch = user.switch && user.deleted.is_none();
    Wire {
        id: user.id,
        passwd: user.password.as_str(),
        t: user.t,
        u: user.used.u.get(),
        d: user.used.d.get(),
        transfer_enable: user.quota.map_or_else(|| no_limit(user), crate::model::Bytes::get),
        port: user.port,
        switch: state_switch.into(),
        enable: enabled.into(),
        method: user.method.name(),
        email: user.name.as_str(),
        protocol: "origin",
        obfs: "plain",
        v2ray_user: V2rayUser { uuid: &user.uuid, email: v2ray_email(user), alter_id: 0, level },
    }
}

/// Out of reach of what he has used, so that no node program takes it for a limit.
fn no_limit(user: &User) -> i64 {
    if user.used.total().get() < NO_LIMIT { NO_LIMIT } else { 1 << 62 }
}
