//! The nodes, and adding one.

use super::{
    confirm::Question,
    form::{Form, Input},
    format::{grouped, node_name},
    node_card::{NodeCard, card},
    node_form::NODE,
    paging::Paging,
    prelude::*,
    reply::with_security_headers,
    settings_form::V2RAY_LEVEL,
    this_server::{ThisServer, this_server},
};
use crate::{
    app::RefusedCalls,
    model::{Address, Node, NodeDraft, NodeName},
    store::MAX_UNCONFIRMED,
};

/// How many nodes are on one page of the list.
const PAGE_SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "nodes.html")]
struct NodesPage {
    f: Frame,
    t: &'static Text,
    /// Whether the values of a new node would lead to this machine alone.
    only_here: bool,
    form: Form<NodeDraft>,
    here: ThisServer,
    nodes: Vec<NodeCard>,
    paging: Paging,
    /// That a node was refused since too many are not confirmed; empty if none was.
    full: String,
    /// The nodes that call with a wrong token, a sentence each.
    wrong_tokens: Vec<WrongToken>,
    /// The level of V2Ray users.
    level: Form<Option<u16>>,
    removed: Vec<NodeCard>,
}

page!(NodesPage);

/// A node that calls with a wrong token.
struct WrongToken {
    words: String,
    exact: String,
}

/// The most of them that are named.
const MAX_WRONG_TOKENS: usize = 10;
/// For how long they are, in seconds: a day.
const WRONG_TOKEN_TTL: i64 = 86_400;

/// `GET /nodes`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    list(&view, 200, Form::of(NODE, &NodeDraft::default(), view.text))
}

/// `POST /nodes`.
pub fn add(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    let mut form = Form::typed(NODE, &NodeDraft::default(), view.form(), view.text).opened(true);
    let Some(draft) = form.read(NodeDraft::default(), view.text) else { return list(&view, 400, form) };
    match view.write(|| app.store.add_node(draft, request.now)) {
        Ok(node) => {
            Ok(flash::redirect(request, Flash::NodeAdded, node.id, &request.at(&format!("/nodes/{}", node.id))))
        }
        Err(error) => {
            let status = form.refuse(error, view.text)?;
            list(&view, status, form)
        }
    }
}

/// `POST /nodes/level` with `level`; empty: the usual one.
pub fn level(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    V2RAY_LEVEL
        .save(&view, |status, level| page(&view, status, Form::of(NODE, &NodeDraft::default(), view.text), level, None))
}

/// `GET /nodes/here`: asks before the node in this panel is switched off.
pub fn ask_off(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.nodes;
    let question = Question {
        before: text.ask_off,
        lines: vec![text.ask_off_what.to_owned()],
        action: request.at("/nodes/here"),
        go: text.switch_off,
        danger: true,
        cancel: request.at("/nodes"),
        ..Question::default()
    };
    view.ask("nodes", question)
}

/// `POST /nodes/here` with `on` and, the first time, `address`.
pub fn switch_here(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    let form = view.form();
    let built_in = app.built_in()?;
    let on = form.text("on") == "1";
    let mut address = Input::with(form.text("address"));
    let first = on && built_in.node.is_none();
    let typed = address.read(view.text, |typed| match Address::parse(typed)? {
        none if first && none.as_str().is_empty() => Err(Fault::AddressMissing),
        address => Ok(address),
    });
    let Some(typed) = typed else { return with_here(&view, 400, address) };
    if view.is_shown_again() {
        return with_here(&view, 200, address);
    }
    if !built_in.is_fixed {
        view.write(|| app.switch_built_in(on, NodeName::default(), typed, request.now))?;
    }
    let done = match on {
        _ if built_in.is_fixed || built_in.on == on => Flash::Unchanged,
        true => Flash::HereOn,
        false => Flash::HereOff,
    };
    Ok(flash::redirect(request, done, 0, &request.at("/nodes")))
}

/// The page with what was typed for the node in this panel.
fn with_here(view: &View<'_>, status: u16, address: Input) -> Result<Reply> {
    let level = V2RAY_LEVEL.form(&*view.app.settings()?, view.text);
    page(view, status, Form::of(NODE, &NodeDraft::default(), view.text), level, Some(address))
}

fn list(view: &View<'_>, status: u16, form: Form<NodeDraft>) -> Result<Reply> {
    let level = V2RAY_LEVEL.form(&*view.app.settings()?, view.text);
    page(view, status, form, level, None)
}

fn page(
    view: &View<'_>,
    status: u16,
    mut form: Form<NodeDraft>,
    level: Form<Option<u16>>,
    address: Option<Input>,
) -> Result<Reply> {
    let (total, unconfirmed) = view.app.store.count_nodes()?;
    let paging = Paging::of(view, total, PAGE_SIZE, |page| view.request.at(&format!("/nodes?page={page}")));
    let nodes = view.app.store.nodes_page(paging.skip, paging.most)?;
    form.open |= nodes.is_empty();
    let refused = view.app.refused_node().filter(|_| unconfirmed >= MAX_UNCONFIRMED);
    let full = refused.map_or_else(String::new, |refused| {
        (view.text.nodes.too_many)(refused.id, unconfirmed, &view.moment(refused.at).words)
    });
    let wrong_tokens = wrong_tokens(view, &nodes);
    let cards = |nodes: Vec<Node>| nodes.iter().map(|node| card(node, view)).collect::<Result<Vec<NodeCard>>>();
    let (nodes, removed) = (cards(nodes)?, cards(view.app.store.removed_nodes()?)?);
    let here = this_server(view, address)?;
    let frame = view
        .frame(view.text.common.nodes, "nodes")?
        .back_to("/nodes")
        .wrong_with("here-address", view.text.nodes.address, &here.address.error)
        .refusing(&form)
        .refusing(&level);
    let page = NodesPage {
        f: frame,
        t: view.text,
        only_here: view.is_loopback(),
        form,
        here,
        nodes,
        removed,
        paging,
        full,
        wrong_tokens,
        level,
    };
    view.page(status, &page)
}

/// `POST /nodes/unconfirmed/remove`.
pub fn remove_unconfirmed(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    app.store.remove_unconfirmed_nodes()?;
    Ok(with_security_headers(Reply::see_other(&request.at("/nodes"))))
}

/// Where a node is set up, if none has called yet and this server is none; else empty.
pub fn to_set_up(view: &View<'_>, nodes: &[Node]) -> Result<String> {
    Ok(match nodes {
        _ if view.app.built_in()?.on || nodes.iter().any(|node| node.last_seen() > 0) => String::new(),
        [node] => view.request.at(&format!("/nodes/{}", node.id)),
        _ => view.request.at("/nodes"),
    })
}

/// The nodes that called with a wrong token in the last day, also those that are not known.
fn wrong_tokens(view: &View<'_>, nodes: &[Node]) -> Vec<WrongToken> {
    let text = &view.text.nodes;
    let calls = view.app.node_calls.refused_since(view.now() - WRONG_TOKEN_TTL);
    let sentence = |calls: &RefusedCalls| {
        let (name, seen, peer) = (name_of(calls.node, nodes, view.text), view.moment(calls.at), calls.peer.to_string());
        let words = match calls.count {
            1 => (text.wrong_token_once)(&name, &seen.words, &peer),
            count => {
                let times = grouped(i64::try_from(count).unwrap_or(i64::MAX));
                (text.wrong_token)(&name, &times, &seen.words, &peer)
            }
        };
        WrongToken { words, exact: seen.exact }
    };
    let mut lines: Vec<WrongToken> = calls.iter().take(MAX_WRONG_TOKENS).map(sentence).collect();
    if calls.len() > MAX_WRONG_TOKENS {
        let words = (text.wrong_token_more)(&(calls.len() - MAX_WRONG_TOKENS).to_string());
        lines.push(WrongToken { words, exact: String::new() });
    }
    lines
}

/// What a node is called that a call named by its id, whether it is known or not; `None`: the call named none.
pub fn name_of(id: Option<i64>, nodes: &[Node], text: &Text) -> String {
    let Some(id) = id else { return text.nodes.unnumbered.to_owned() };
    nodes.iter().find(|node| node.id == id).map_or_else(|| (text.nodes.unnamed)(id), |node| node_name(node, text))
}
