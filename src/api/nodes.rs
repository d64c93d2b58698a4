//! What nodes tell of themselves, and the list of them.

use super::{done, fields::Fields, lists};
use crate::{
    app::{App, Listing},
    auth::KnownNode,
    error::{Error, Fault, Result},
    http::{Reply, Request},
    model::{Node, NodeState, Time},
};
use serde::Serialize;
use std::{net::IpAddr, sync::Arc};

/// The longest `load`, in characters.
const MAX_LOAD_CHARS: usize = 200;

/// One row, with the names that the original panel gives them.
#[derive(Serialize)]
struct Wire<'a> {
    id: i64,
    name: String,
    server: &'a str,
    #[serde(rename = "type")]
    kind: u8,
    method: &'a str,
    custom_method: u8,
    traffic_rate: f64,
    info: &'a str,
    status: &'a str,
    sort: i64,
    online: i64,
    last_seen: i64,
}

/// `GET /nodes`.
pub fn all(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    let nodes = app.store.nodes()?;
    let data: Vec<Wire<'_>> = nodes.iter().map(|node| wire(app, node, request.now)).collect();
    let body = serde_json::json!({ "ret": 1, "msg": "ok", "data": data }).to_string();
    Ok(lists::answer(request, &Listing::new(body.into_bytes()), None))
}

/// `POST /nodes/{id}/online_count` with `count`.
pub fn online_count(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    let node = request.id("node_id")?;
    let count = Fields::of(request)?.count("count")?;
    app.node_calls.report_from(request.peer, node);
    app.store.note_online(node, count, request.now)?;
    Ok(done())
}

/// `POST /nodes/{id}/info` with `load` (free text) and `uptime` (seconds, a float as text).
pub fn info(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    let node = request.id("node_id")?;
    let fields = Fields::of(request)?;
    let load = fields.text("load").ok_or(Fault::CountMissing { key: "load" })?.trim().to_owned();
    if load.chars().count() > MAX_LOAD_CHARS {
        return Err(Fault::LoadTooLong.into());
    }
    let uptime = fields.text("uptime").ok_or(Fault::CountMissing { key: "uptime" })?;
    let uptime: f64 = uptime.trim().parse().map_err(|_| Fault::UptimeBad)?;
    if !uptime.is_finite() || uptime < 0.0 {
        return Err(Fault::UptimeBad.into());
    }
    app.node_calls.report_from(request.peer, node);
    app.store.note_info(node, load, uptime, request.now)?;
    Ok(done())
}

/// `POST /nodes/{id}/ip` with `ip`.
pub fn ip(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    let node = request.id("node_id")?;
    let ip = Fields::of(request)?.text("ip").ok_or(Fault::CountMissing { key: "ip" })?;
    let ip: IpAddr = ip.trim().parse().map_err(|_| Error::Invalid(Fault::IpBad))?;
    app.store.note_ip(node, ip.to_string(), request.now)?;
    Ok(done())
}

fn wire<'a>(app: &App, node: &'a Node, now: Time) -> Wire<'a> {
    let server = if node.address.as_str().is_empty() { &node.ip } else { node.address.as_str() };
    let name = match node.name.as_str() {
        "" => format!("node {}", node.id),
        name => name.to_owned(),
    };
    #[allow(clippy::cast_precision_loss)] // at most a million
    let traffic_rate = node.rate.get() as f64 / 1000.0;
    // A node of our own says which users are online, not how many.
    let users = |state: Arc<NodeState>| state.online.iter().filter(|(_, devices)| *devices > 0).count();
    let online = app.node_states.get(node.id, now).map(|state| i64::try_from(users(state)).unwrap_or(i64::MAX));
    Wire {
        id: node.id,
        name,
        server,
        kind: 1,
        method: crate::model::Method::default().name(),
        custom_method: 1,
        traffic_rate,
        info: "",
        status: "",
        sort: node.id,
        online: online.or(node.online).unwrap_or(0),
        last_seen: node.last_seen(),
    }
}
