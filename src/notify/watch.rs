//! Looks once a minute at what the admin is to be told of, and compares it with what was told.

use super::{channels, raise};
use crate::{
    acme,
    app::{App, Standing},
    error::Result,
    model::{Happening, Time},
    store::Subject,
};
use std::path::Path;

/// After how many seconds without a word a node is offline.
const OFFLINE: Time = 300;
/// How many days before a user's last day it is told.
const SOON: i32 = 3;
/// The disk is nearly full with less than a twentieth of it free, if that is not much, or with less than that many
/// bytes in any case.
const MUCH: u64 = 1 << 30;
const LITTLE: u64 = 64 << 20;

/// Raises what is to be told.
pub fn look(app: &App, database: &Path, now: Time) -> Result<()> {
    let settings = app.settings()?;
    if channels(&settings).is_empty() {
        return app.store.forget_told();
    }
    let today = settings.zone.date(now);
    let soon = today.plus_days(SOON);
    for kind in [Happening::QuotaNear, Happening::QuotaOver, Happening::ExpiresSoon, Happening::Expired] {
        tell(app, now, kind, app.store.users_to_tell(kind, today, soon)?)?;
    }
    nodes(app, now)?;
    let day = today.to_string();
    for (kind, standing) in [
        (Happening::Certificate, certificate(app)),
        (Happening::Backup, app.notices.standing(Happening::Backup)),
        (Happening::Port, app.notices.standing(Happening::Port)),
        (Happening::Disk, nearly_full(database).map_or(Standing::Well, Standing::Wrong)),
    ] {
        let detail = match standing {
            // What was told before a restart may still be so.
            Standing::Unknown => continue,
            Standing::Well => None,
            Standing::Wrong(detail) => Some(detail),
        };
        let mark = if kind == Happening::Port { detail.clone().unwrap_or_default() } else { day.clone() };
        let subjects = detail.map(|name| Subject { id: 0, name, mark });
        tell_always(app, now, kind, subjects.into_iter().collect())?;
    }
    Ok(())
}

/// How it stands with the certificate that the panel keeps for itself.
fn certificate(app: &App) -> Standing {
    let Some((site, status)) = app.https.state() else { return Standing::Unknown };
    match status.trouble {
        Some(trouble) if trouble.kind == acme::Kind::Clock => Standing::Unknown,
        Some(trouble) => Standing::Wrong(format!("{site}: {trouble}")),
        None => Standing::Well,
    }
}

/// Tells of what has begun, and returns the ids of what has ended.
fn tell(app: &App, now: Time, kind: Happening, now_true: Vec<Subject>) -> Result<Vec<i64>> {
    let (begun, ended) = app.store.compare_told(kind, now_true)?;
    let names: Vec<String> = begun.into_iter().map(|subject| subject.name).collect();
    if !names.is_empty() {
        raise(app, now, kind, &names)?;
    }
    Ok(ended)
}

/// The same for what is wrong from the start, too.
fn tell_always(app: &App, now: Time, kind: Happening, now_true: Vec<Subject>) -> Result<()> {
    if !now_true.is_empty() {
        // So that the first comparison of this kind is behind us.
        app.store.look_at(kind)?;
    }
    tell(app, now, kind, now_true).map(drop)
}

fn nodes(app: &App, now: Time) -> Result<()> {
    let nodes = app.store.nodes()?;
    let name = |id: i64| {
        let node = nodes.iter().find(|node| node.id == id)?;
        Some(if node.name.as_str().is_empty() { format!("#{id}") } else { node.name.as_str().to_owned() })
    };
    let silent = nodes.iter().filter(|node| node.last_seen() > 0 && now - node.last_seen() > OFFLINE);
    let subject = |id| Subject { id, name: name(id).unwrap_or_default(), mark: String::new() };
    let offline = silent.map(|node| subject(node.id));
    let ended = tell(app, now, Happening::NodeOffline, offline.collect())?;
    let back: Vec<String> = ended.into_iter().filter_map(name).collect();
    if back.is_empty() { Ok(()) } else { raise(app, now, Happening::NodeBack, &back) }
}

/// How much is free, in words, if it is too little.
fn nearly_full(database: &Path) -> Option<String> {
    let dir = database.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(dir).ok()?;
    let (free, all) = (disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize));
    let little = free < LITTLE || free < MUCH && free < all / 20;
    little.then(|| format!("{} MiB", free >> 20))
}
