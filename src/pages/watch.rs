//! Waiting for the first contact of a node: a page that looks again by itself, and has no form that this could empty.

use super::{
    format::node_name,
    node,
    node_card::{NodeCard, card},
    prelude::*,
};

/// How often it looks, in seconds.
const REFRESH_INTERVAL: u32 = 3;
/// How often it does so before it has to be asked again: an open tab must not keep a sign-in alive for ever.
const MAX_ROUNDS: u32 = 200;

#[derive(Template)]
#[template(path = "watch.html")]
struct WatchPage {
    f: Frame,
    t: &'static Text,
    here: String,
    node: NodeCard,
    waiting: bool,
    /// Whether it has given up.
    tired: bool,
    works: String,
}

page!(WatchPage);

/// `GET /nodes/{id}/watch`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let node = node::from_path(&view)?;
    let round: u32 = request.query.text("round").parse().unwrap_or(0);
    let waiting = node.last_seen() == 0;
    let tired = waiting && round >= MAX_ROUNDS;
    let page = WatchPage {
        f: view.frame(node_name(&node, view.text), "nodes")?,
        t: view.text,
        here: node::address(view.request, node.id),
        works: (view.text.setup.works)(&view.moment(node.last_seen()).words),
        node: card(&node, &view)?,
        waiting,
        tired,
    };
    let reply = view.page(200, &page)?;
    let again = view.request.at(&format!("/nodes/{}/watch?round={}", node.id, round.saturating_add(1)));
    Ok(if waiting && !tired { reply.with("Refresh", format!("{REFRESH_INTERVAL}; url={again}")) } else { reply })
}
