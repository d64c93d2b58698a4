//! What a node of our own says of itself.

use super::done;
use crate::{
    app::App,
    auth::KnownNode,
    error::{Fault, Result},
    http::{Reply, Request},
    model::{NodeState, PortTrouble},
};
use serde::Deserialize;

/// The most of each kind that is kept.
const MAX_ITEMS: usize = 100_000;
const MAX_NAMED: usize = 100;
/// The longest text of each.
const MAX_CHARS: usize = 200;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    online: Vec<(i64, u32)>,
    listening: Vec<(i64, u16)>,
    ports: Vec<(i64, u16, String, String)>,
    lacking: Vec<String>,
    full: Vec<i64>,
    restarts: u64,
}

/// `POST /nodes/{id}/state` with JSON: `online` (pairs of a user's id and a number of devices), `listening` (pairs of a
/// user's id and the port that is open), `ports` that it could not have (user's id, port, `TCP` or `UDP`, why),
/// `lacking` methods, `full` (ids of users whose connections were turned away), `restarts`. All of them may be left
/// out.
pub fn state(app: &App, _: &KnownNode, request: &Request) -> Result<Reply> {
    let node = request.id("node_id")?;
    let said: Wire =
        serde_json::from_slice(&request.body).map_err(|error| Fault::BodyBad { detail: error.to_string() })?;
    let short = |text: String| text.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect::<String>();
    let ports = said.ports.into_iter().take(MAX_NAMED).map(|(user, port, kind, why)| PortTrouble {
        user,
        port,
        kind: short(kind),
        why: short(why),
    });
    let state = NodeState {
        at: request.now,
        ports: ports.collect(),
        online: said.online.into_iter().take(MAX_ITEMS).collect(),
        listening: said.listening.into_iter().take(MAX_ITEMS).collect(),
        lacking: said.lacking.into_iter().take(MAX_NAMED).map(short).collect(),
        full: said.full.into_iter().take(MAX_NAMED).collect(),
        restarts: said.restarts,
    };
    app.node_states.put(node, state);
    Ok(done())
}
