//! What a node of our own says of itself.

use super::done;
use crate::{
    app::App,
    auth::KnownNode,
    error::{Fault, Result},
    http::{Reply, Request},
    model::{NodeState, PortTrouble},
};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use std::{fmt, marker::PhantomData};

/// The most of each kind that is kept.
const MAX_ITEMS: usize = 100_000;
const MAX_NAMED: usize = 100;
/// The longest text of each.
const MAX_CHARS: usize = 200;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    online: First<(i64, u32), MAX_ITEMS>,
    listening: First<(i64, u16), MAX_ITEMS>,
    ports: First<(i64, u16, String, String), MAX_NAMED>,
    lacking: First<String, MAX_NAMED>,
    full: First<i64, MAX_NAMED>,
    restarts: u64,
}

/// The first `MAX` items of a list of any length: the others are read over, and take no memory.
struct First<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Default for First<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for First<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_seq(Reader(PhantomData))
    }
}

struct Reader<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Reader<T, MAX> {
    type Value = First<T, MAX>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Self::Value, A::Error> {
        let mut first = Vec::new();
        while first.len() < MAX {
            let Some(item) = list.next_element()? else { return Ok(First(first)) };
            first.push(item);
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(First(first))
    }
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
    let ports = said.ports.0.into_iter().map(|(user, port, kind, why)| PortTrouble {
        user,
        port,
        kind: short(kind),
        why: short(why),
        since: request.now,
    });
    let state = NodeState {
        at: request.now,
        ports: ports.collect(),
        online: said.online.0,
        listening: said.listening.0,
        lacking: said.lacking.0.into_iter().map(short).collect(),
        full: said.full.0,
        restarts: said.restarts,
    };
    app.node_states.put(node, state);
    Ok(done())
}
