//! The users, as node programs read them.

use super::{lists, row_list::RowList};
use crate::{
    app::{App, Draft, Former, List, Listing, Rows, Snapshot},
    auth::KnownNode,
    error::{Error, Result},
    http::{CacheStamp, Reply, Request},
    model::{Date, Listed, NO_LIMIT, State, TOMBSTONE_TTL, Time, Zone},
    store::MAX_READ_ALONE,
};
use std::sync::Arc;

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
    let settings = app.settings()?;
    let today = settings.zone.date(now);
    let level = settings.v2ray_level();
    let sight = Sight { for_all: matches!(list, List::Users(_)), node, today, now, level, settings: &settings };
    let listing = app.lists.get(list, version, today, now, |former| made(app, &sight, former))?;
    // Of that version or a later one.
    Ok((listing, CacheStamp { version, at: now, by_address: false }))
}

/// The list, made of all users; or of the list before and the users who have changed since, if it is known which.
fn made(app: &App, sight: &Sight<'_>, former: Option<Former<'_>>) -> Result<Draft> {
    let (bytes, rows, held) = former.map_or((&[][..], None, Time::MAX), |former| {
        (former.bytes, former.rows.filter(|rows| Arc::ptr_eq(&rows.settings, sight.settings)), former.until)
    });
    let ends = rows.map_or(&[][..], |rows| &rows.ends);
    let (mut list, mut until) = (RowList::default(), Time::MAX);
    let extent =
        app.store.read_listed(sight.now, sight.now - GRACE_TTL, rows.map(|rows| rows.seen), |user, shut| {
            // So many are all there are. A list of many users is large enough once, and does not grow step by step.
            if list.len() == MAX_READ_ALONE {
                list.reserve(bytes.len(), ends.len());
            }
            add(&mut list, &user, shut, sight, &mut until)
        })?;
    if let Some(changed) = extent.changed {
        list = list.within(bytes, ends, &changed);
        until = until.min(held);
    }
    let (bytes, ends) = list.finish();
    let rows = extent.seen.map(|seen| Rows { ends, seen, settings: Arc::clone(sight.settings) });
    Ok(Draft { bytes, until, rows })
}

/// What a row depends on beside its user.
struct Sight<'s> {
    /// Whether it is for any program: the quota is left to that.
    for_all: bool,
    /// The node that sees another list than others do.
    node: Option<i64>,
    today: Date,
    now: Time,
    level: u32,
    settings: &'s Arc<Snapshot>,
}

/// Adds the row of a user who was last shut out by hand at `shut_by_hand`; `until` becomes when it changes, if that is
/// sooner.
fn add(
    list: &mut RowList,
    user: &Listed<'_>,
    shut_by_hand: Option<Time>,
    sight: &Sight<'_>,
    until: &mut Time,
) -> Result<()> {
    let Sight { for_all, node, today, now, level, settings } = *sight;
    *until = self::until(user.deleted).min(*until);
    let state = user.state(today);
    let may_use = node.is_none_or(|node| user.may_use(node));
    let mut admission = Admission {
        enable: may_use && (state == State::On || for_all && state == State::OverQuota),
        switch: may_use && user.switch && user.deleted.is_none(),
        transfer_enable: user.quota.map_or_else(|| no_limit(user), crate::model::Bytes::get),
    };
    if for_all
        && !admission.enable
        && let Some(shut) = shut_out_at(user, shut_by_hand, today, &settings.zone)
    {
        if (shut - GRACE_TTL..shut + GRACE_TTL).contains(&now) {
            *until = (shut + GRACE_TTL).min(*until);
            admission = Admission { enable: true, switch: true, transfer_enable: SHUT_OUT };
        } else if now < shut {
            // By a clock that was ahead.
            *until = (shut - GRACE_TTL).min(*until);
        }
    }
    list.add(user.id, |row| self::row(row, user, &admission, level))
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

/// Writes one row, with everything that any of the node programs reads. Piece by piece, since under load this is much
/// of the work: formatting by `write!` takes three times as long.
fn row(into: &mut Vec<u8>, user: &Listed<'_>, admission: &Admission, level: u32) -> Result<()> {
    put(into, r#"{"id":"#, user.id);
    into.extend_from_slice(br#","passwd":"#);
    text(into, user.password, "")?;
    put(into, r#","t":"#, user.t);
    put(into, r#","u":"#, user.used.u.get());
    put(into, r#","d":"#, user.used.d.get());
    put(into, r#","transfer_enable":"#, admission.transfer_enable);
    put(into, r#","port":"#, user.port);
    put(into, r#","switch":"#, u8::from(admission.switch));
    put(into, r#","enable":"#, u8::from(admission.enable));
    into.extend_from_slice(br#","method":""#);
    into.extend_from_slice(user.method.name().as_bytes());
    into.extend_from_slice(br#"","email":"#);
    text(into, user.name, "")?;
    into.extend_from_slice(
        br#","protocol":"origin","obfs":"plain","plugin":"","plugin_opts":"","v2ray_user":{"uuid":"#,
    );
    text(into, user.uuid, "")?;
    into.extend_from_slice(br#","email":"#);
    text(into, user.uuid, DOMAIN)?;
    put(into, r#","alter_id":0,"level":"#, level);
    put(into, r#"},"node_speedlimit":"#, user.speed);
    put(into, r#","node_connector":"#, user.devices);
    into.push(b'}');
    Ok(())
}

/// Writes a number, and what stands before it.
fn put(into: &mut Vec<u8>, before: &str, number: impl itoa::Integer) {
    into.extend_from_slice(before.as_bytes());
    into.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Writes text as JSON, with `end` at its end.
fn text(into: &mut Vec<u8>, text: &str, end: &str) -> Result<()> {
    if is_plain(text.as_bytes()) {
        into.push(b'"');
        into.extend_from_slice(text.as_bytes());
        into.extend_from_slice(end.as_bytes());
        into.push(b'"');
        return Ok(());
    }
    serde_json::to_writer(into, &format!("{text}{end}")).map_err(Error::internal)
}

/// Whether text stands in JSON as it is: for certain, eight bytes at a time.
fn is_plain(text: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = ONES << 7;
    let special = |eight: u64| {
        // The highest bit of a byte is set if that byte is below `least`, and perhaps in one above such a byte.
        let below = |bytes: u64, least: u8| bytes.wrapping_sub(ONES * u64::from(least)) & !bytes & HIGHEST;
        let is = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
        below(eight, b' ') | is(b'"') | is(b'\\')
    };
    let (eights, rest) = text.as_chunks::<8>();
    let mut last = [b'0'; 8];
    last[..rest.len()].copy_from_slice(rest);
    eights.iter().chain([&last]).all(|eight| special(u64::from_le_bytes(*eight)) == 0)
}

/// Out of reach of what they have used, so that no node program takes it for a limit.
fn no_limit(user: &Listed<'_>) -> i64 {
    if user.used.total().get() < NO_LIMIT { NO_LIMIT } else { 1 << 62 }
}
