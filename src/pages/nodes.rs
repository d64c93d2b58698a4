//! The nodes, and adding one.

use super::{
    flash::{self, Flash},
    form::{Input, refused},
    format::{Badge, Fact, Moment},
    frame::{Frame, View},
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Fault, Field, Result},
    http::{Pairs, Reply, Request},
    model::{Address, Node, NodeName, Rate},
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
    form: NodeForm,
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

/// The form of a node.
#[allow(missing_docs)] // each is a field of the form
pub struct NodeForm {
    pub name: Input,
    pub address: Input,
    pub rate: Input,
    pub open: bool,
    /// What is wrong with no field in particular.
    pub general: String,
}

impl NodeForm {
    /// With what a node is.
    pub fn of(node: &Node) -> Self {
        Self {
            name: Input::with(node.name.as_str()),
            address: Input::with(node.address.as_str()),
            rate: Input::with(node.rate.to_string()),
            open: false,
            general: String::new(),
        }
    }

    /// With what was typed.
    pub fn typed(typed: &Pairs) -> Self {
        let field = |name| Input::with(typed.text(name));
        Self { name: field("name"), address: field("address"), rate: field("rate"), open: true, general: String::new() }
    }

    /// Reads all of it, or says what is wrong with each field. An empty rate is 1.
    pub fn read(&mut self, text: &Text) -> Option<(NodeName, Address, Rate)> {
        let name = self.name.read(text, NodeName::parse);
        let address = self.address.read(text, Address::parse);
        let rate = |typed: &str| if typed.is_empty() { Ok(Rate::default()) } else { Rate::parse(typed) };
        let rate = self.rate.read(text, rate);
        Some((name?, address?, rate?))
    }

    /// Shows beside each field what somebody else has made of it meanwhile.
    pub fn compare(&mut self, node: &Node, text: &Text) {
        self.name.meanwhile(node.name.as_str(), text);
        self.address.meanwhile(node.address.as_str(), text);
        self.rate.meanwhile(node.rate.to_string(), text);
    }

    /// Says why it was not done.
    ///
    /// # Errors
    /// If it is about none of the fields.
    pub fn refuse(&mut self, error: Error, text: &Text) -> Result<u16> {
        let Some(fault) = error.fault() else { return Err(error) };
        let field = match fault.field() {
            Some(Field::Name) => &mut self.name,
            Some(Field::Address) => &mut self.address,
            Some(Field::Rate) => &mut self.rate,
            _ if *fault == Fault::EditedMeanwhile => {
                self.general = (text.sentence)(&(text.fault)(fault));
                return Ok(refused(&error));
            }
            _ => return Err(error),
        };
        field.refuse(fault, text);
        Ok(refused(&error))
    }
}

/// `GET /nodes`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let form = NodeForm { open: false, ..NodeForm::typed(&Pairs::default()) };
    list(&view, 200, form)
}

/// `POST /nodes`.
pub fn add(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let mut form = NodeForm::typed(&request.form());
    let Some((name, address, rate)) = form.read(view.text) else { return list(&view, 400, form) };
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

fn list(view: &View<'_>, status: u16, mut form: NodeForm) -> Result<Reply> {
    let nodes = view.app.store.nodes()?;
    form.open |= nodes.is_empty();
    let nodes = nodes.iter().map(|node| card(node, view)).collect::<Result<_>>()?;
    let frame = view.frame(view.text.common.nodes, "nodes").back_to("/nodes");
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

/// What a node is called.
pub fn name(node: &Node, text: &Text) -> String {
    match node.name.as_str() {
        "" => (text.nodes.unnamed)(node.id),
        name => name.to_owned(),
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
        name: name(node, text),
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
        facts.push(Fact { label: text.nodes.online, value: super::format::grouped(online), title });
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
