//! The nodes, and adding one.

use super::{
    flash::{self, Flash},
    form::Form,
    format::{Badge, Fact, Moment, grouped, node_name},
    frame::Frame,
    node_form::{NODE, NodeDraft},
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::Result,
    http::{Reply, Request},
    model::{Node, Rate},
    text::{ENGLISH, Text},
};
use askama::Template;

/// A node that has not called for this long, in seconds, is silent; its program calls every minute.
pub const SILENT_SECONDS: i64 = 300;

#[derive(Template)]
#[template(path = "nodes.html")]
struct NodesPage {
    f: Frame,
    t: &'static Text,
    form: Form<NodeDraft>,
    nodes: Vec<NodeCard>,
}

/// A node as it is shown.
#[allow(missing_docs)] // each is what the template says it is
pub struct NodeCard {
    pub href: String,
    pub name: String,
    pub badge: Badge,
    pub seen_exact: String,
    pub facts: Vec<Fact>,
    pub refused: String,
    pub refused_at: Moment,
}

/// `GET /nodes`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    list(&view, 200, Form::of(NODE, &NodeDraft::default(), view.text))
}

/// `POST /nodes`.
pub fn add(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let mut form = Form::typed(NODE, &NodeDraft::default(), &request.form(), view.text).opened(true);
    let Some(NodeDraft { name, address, rate }) = form.read(NodeDraft::default(), view.text) else {
        return list(&view, 400, form);
    };
    match app.store.add_node(name, address, rate, request.now) {
        Ok(node) => {
            Ok(flash::redirect(request, Flash::NodeAdded, node.id, &request.at(&format!("/nodes/{}", node.id))))
        }
        Err(error) => {
            let status = form.refuse(error, view.text)?;
            list(&view, status, form)
        }
    }
}

fn list(view: &View<'_>, status: u16, mut form: Form<NodeDraft>) -> Result<Reply> {
    let nodes = view.app.store.nodes()?;
    form.open |= nodes.is_empty();
    let nodes = nodes.iter().map(|node| card(node, view)).collect::<Result<_>>()?;
    let frame = view.frame(view.text.common.nodes, "nodes")?.back_to("/nodes");
    view.page(status, &NodesPage { f: frame, t: view.text, form, nodes })
}

/// Where a node is set up, if none has called yet; else empty.
pub fn to_set_up(view: &View<'_>, nodes: &[Node]) -> String {
    match nodes {
        _ if nodes.iter().any(|node| node.last_seen() > 0) => String::new(),
        [node] => view.request.at(&format!("/nodes/{}", node.id)),
        _ => view.request.at("/nodes"),
    }
}

/// A node as it is shown.
pub fn card(node: &Node, view: &View<'_>) -> Result<NodeCard> {
    let text = view.text;
    let refusal = view.app.store.refusals(node.id, 1)?.into_iter().next();
    let (refused, at_time) =
        refusal.map_or((String::new(), 0), |refusal| ((ENGLISH.sentence)(&refusal.why), refusal.at));
    let seen = view.moment(node.last_seen());
    let badge = match view.now() - node.last_seen() {
        _ if node.last_seen() == 0 => Badge { class: "off", sign: "○", label: text.nodes.waiting.to_owned() },
        ..SILENT_SECONDS => Badge { class: "on", sign: "●", label: (text.nodes.seen)(&seen.words) },
        _ => Badge { class: "expired", sign: "▲", label: (text.nodes.silent)(&seen.words) },
    };
    Ok(NodeCard {
        href: view.request.at(&format!("/nodes/{}", node.id)),
        name: node_name(node, text),
        badge,
        seen_exact: seen.exact,
        facts: facts(node, view),
        refused,
        refused_at: view.moment(at_time),
    })
}

fn facts(node: &Node, view: &View<'_>) -> Vec<Fact> {
    let text = view.text;
    let mut facts = vec![
        Fact::moment(text.nodes.asked, view.moment(node.last_pull)),
        Fact::moment(text.nodes.reported, view.moment(node.last_push)),
        Fact::size(text.common.uploaded, view.size(node.u)),
        Fact::size(text.common.downloaded, view.size(node.d)),
    ];
    if let Some(online) = node.online {
        let title = view.exactly(node.online_at);
        facts.push(Fact { label: text.nodes.online, value: grouped(online), title });
    }
    if node.info_at > 0 {
        facts.push(Fact { label: text.nodes.load, value: node.load.clone(), title: view.exactly(node.info_at) });
    }
    if let Some(uptime) = node.uptime {
        #[allow(clippy::cast_possible_truncation)] // a float becomes the nearest number there is
        let uptime = uptime as i64;
        let value = (text.lasting)(uptime);
        facts.push(Fact { label: text.nodes.uptime, value, title: view.exactly(node.info_at) });
    }
    if !node.address.as_str().is_empty() {
        facts.push(Fact::words(text.nodes.address, node.address.as_str()));
    }
    if !node.ip.is_empty() {
        facts.push(Fact::words(text.nodes.own_address, node.ip.clone()));
    }
    if node.rate != Rate::default() {
        facts.push(Fact::words(text.nodes.rate, format!("× {}", node.rate)));
    }
    facts
}
