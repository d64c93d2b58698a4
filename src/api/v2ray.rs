//! A V2Ray configuration that lists the users who are let in.

use super::{
    lists,
    users::{note_pull, own_list_of, until, v2ray_email},
};
use crate::{
    app::{App, Draft, List, Listing},
    auth::KnownNode,
    error::{Error, Result},
    http::{CacheStamp, Reply, Request},
    model::{Network, State, Time, Vmess},
};
use serde_json::{Value, json};

/// `GET /nodes/{id}/v2rayUsers`: the same bytes as long as nothing changed.
pub fn users(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    note_pull(app, request)?;
    if let Some(settings) = app.store.vmess_of(request.id("id")?)? {
        let listing = Listing::new(made(app, request, Some(&settings))?.bytes);
        return Ok(lists::answer(request, &listing, None));
    }
    let version = app.store.version()?;
    let today = app.today(request.now)?;
    let list = List::V2ray(own_list_of(app, Some(request.id("id")?), version)?);
    let listing = app.lists.get(list, version, today, request.now, |_| made(app, request, None))?;
    Ok(lists::answer(request, &listing, Some(CacheStamp { version, at: request.now, by_address: false })))
}

fn made(app: &App, request: &Request, settings: Option<&Vmess>) -> Result<Draft> {
    let today = app.today(request.now)?;
    let node = request.id("id")?;
    let users = app.store.listed_users(request.now)?;
    let level = app.settings()?.v2ray_level();
    let clients: Vec<_> = users
        .iter()
        .filter(|user| user.state(today) == State::On && user.terms.nodes.allows(node))
        .map(|user| json!({ "id": user.uuid, "alterId": 0, "level": level, "email": v2ray_email(&user.uuid) }))
        .collect();
    let bytes = serde_json::to_vec(&configuration(&clients, level, settings)).map_err(Error::internal)?;
    let until = users.iter().map(|user| until(user.deleted)).min().unwrap_or(Time::MAX);
    Ok(Draft { bytes, until, rows: None })
}

/// The port of the `VMess` inbound where the node has none of its own; V2Ray's own examples use it.
const PORT: u16 = 10_086;

/// A whole configuration for V2Ray 4 and later, which counts what each user sends and receives.
fn configuration(clients: &[Value], level: u32, settings: Option<&Vmess>) -> Value {
    let stream = match settings.map(|settings| &settings.network) {
        None | Some(Network::Tcp) => json!({ "network": "tcp" }),
        Some(Network::Ws { path }) => json!({ "network": "ws", "wsSettings": { "path": path } }),
        Some(Network::Grpc { service }) => json!({ "network": "grpc", "grpcSettings": { "serviceName": service } }),
    };
    json!({
        "ret": 1,
        "msg": "ok",
        "log": { "loglevel": "warning" },
        "stats": {},
        "policy": { "levels": { level.to_string(): { "statsUserUplink": true, "statsUserDownlink": true } } },
        "inbounds": [{
            "tag": "users",
            "port": settings.map_or(PORT, |settings| settings.port),
            "protocol": "vmess",
            "settings": { "clients": clients },
            "streamSettings": stream,
        }],
        "outbounds": [{ "protocol": "freedom", "settings": {} }],
    })
}
