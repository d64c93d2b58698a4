//! The page of a node: how it does, what its program needs, and changing it.

use super::{
    changes,
    confirm::Question,
    days::{Days, Month},
    events::EventRow,
    form::Form,
    format::{Moment, Sizes, node_name, part},
    node_card::{NodeCard, card},
    node_form::{NODE, VMESS, VmessDraft},
    prelude::*,
    programs::{Ingredients, Recipe, recipes},
    share::linked,
    usage_lines::{shares, with_sign},
    user_path::id,
};
use crate::{
    model::{Node, NodeDraft, Usage},
    store::{Scope, UserUsage},
    text::ENGLISH,
};

/// How many refusals are shown.
const MAX_REFUSALS: i64 = 20;
/// How many of the users of a node are shown.
const MAX_USERS: usize = 20;

#[derive(Template)]
#[template(path = "node.html")]
#[allow(clippy::struct_excessive_bools)] // each shows a part of the page or hides it
struct NodePage {
    f: Frame,
    t: &'static Text,
    here: String,
    id: i64,
    node: NodeCard,
    url: String,
    token: String,
    forms: Forms,
    refusals: Vec<Refused>,
    /// What the admin changed.
    events: Vec<EventRow>,
    waiting: bool,
    /// Whether it is the one in this panel, which needs no values.
    is_built_in: bool,
    /// Whether the values lead to this machine alone.
    only_here: bool,
    recipes: Vec<Recipe>,
    days: Days,
    top: Vec<TopRow>,
    top_hint: String,
}

page!(NodePage);

/// A user of the node.
struct TopRow {
    /// Their page; empty if they were removed.
    href: String,
    name: String,
    used: Sizes,
    /// Of all that went through it, in words and in thousandths.
    share: String,
    width: i64,
}

/// The forms on the page.
pub struct Forms {
    /// Its name, address and rate.
    pub node: Form<NodeDraft>,
    /// How it carries VMess.
    pub vmess: Form<VmessDraft>,
    /// Why saving waits for a second click: the links of how many users it breaks; empty if it does not wait.
    pub breaks: String,
    /// The same of how it carries VMess.
    pub vmess_breaks: String,
}

impl Forms {
    /// With what the node is.
    pub fn of(view: &View<'_>, node: &Node) -> Result<Self> {
        let settings = view.app.store.vmess_of(node.id)?;
        let vmess = VmessDraft::from(settings.as_ref());
        Ok(Self {
            node: Form::of(NODE, &node.into(), view.text),
            vmess: Form::of(VMESS, &vmess, view.text).prefixed("vmess-").opened(settings.is_some()),
            breaks: String::new(),
            vmess_breaks: String::new(),
        })
    }
}

struct Refused {
    at: Moment,
    why: String,
}

/// `GET /nodes/{id}`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let node = from_path(&view)?;
    page(&view, 200, &node, Forms::of(&view, &node)?, String::new())
}

/// `POST /nodes/{id}/token`: the same page, with the token on it.
pub fn token(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let node = from_path(&view)?;
    page(&view, 200, &node, Forms::of(&view, &node)?, app.node_token()?)
}

/// `POST /nodes/{id}`: changes the fields that were sent and touched.
pub fn change(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    let node = from_path(&view)?;
    let now = NodeDraft::from(&node);
    let mut form = Form::typed(NODE, &now, view.form(), view.text);
    let conflict = form.merge(&now, view.text);
    let linked = linked(&view, &node)?;
    let status = match form.read(now, view.text) {
        None => 400,
        Some(_) if conflict => 409,
        Some(draft) if linked > 0 && relinks(&node, &draft) && view.form().text("sure") != "1" => {
            let breaks = (view.text.nodes.breaks)(linked);
            let forms = Forms { node: form, breaks, ..Forms::of(&view, &node)? };
            return page(&view, 200, &node, forms, String::new());
        }
        Some(draft) if draft == NodeDraft::from(&node) && node.confirmed => {
            return Ok(view.unchanged(&address(request, node.id)));
        }
        Some(draft) => {
            let done = if linked > 0 && relinks(&node, &draft) { Flash::NodeRelinked } else { Flash::NodeChanged };
            match view.write(|| app.store.change_node(node.id, Some(node.revision), draft, request.now)) {
                Ok(node) => return Ok(flash::redirect(request, done, node.id, &address(request, node.id))),
                Err(error) => form.refuse(error, view.text)?,
            }
        }
    };
    page(&view, status, &node, Forms { node: form, ..Forms::of(&view, &node)? }, String::new())
}

/// Whether links that were shared stop working.
fn relinks(node: &Node, draft: &NodeDraft) -> bool {
    (&node.address, node.offset) != (&draft.address, draft.offset)
}

/// `POST /nodes/{id}/mute` with `on`, 1 or 0.
pub fn mute(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let id = id(request)?;
    let muted = request.form().text("on") == "1";
    let done = match app.store.node(id)? {
        Some(node) if node.muted == muted => Flash::Unchanged,
        _ if muted => Flash::NodeMuted,
        _ => Flash::NodeUnmuted,
    };
    app.store.mute_node(id, muted, request.now)?;
    Ok(flash::redirect(request, done, id, &address(request, id)))
}

/// `GET /nodes/{id}/remove`: asks, and says whose links end.
pub fn ask_remove(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let (node, text) = (from_path(&view)?, &view.text.nodes);
    let linked = linked(&view, &node)?;
    let links = (linked > 0).then(|| (text.ask_remove_links)(linked));
    let question = Question {
        before: text.ask_remove.0,
        name: node_name(&node, view.text),
        after: text.ask_remove.1,
        lines: links.into_iter().chain([text.removed_hint.to_owned()]).collect(),
        action: address(request, node.id) + "/remove",
        go: text.remove,
        danger: true,
        cancel: address(request, node.id),
    };
    view.ask("nodes", question)
}

/// `POST /nodes/{id}/remove`.
pub fn remove(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let id = id(request)?;
    let node = app.store.node(id)?.ok_or(Error::NotFound)?;
    if node.removed.is_some() {
        return Ok(flash::redirect(request, Flash::Unchanged, 0, &request.at("/nodes")));
    }
    app.store.remove_node(id, request.now)?;
    Ok(flash::redirect(request, Flash::NodeRemoved, id, &request.at("/nodes")))
}

/// `POST /nodes/{id}/restore`.
pub fn restore(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let id = id(request)?;
    let node = app.store.node(id)?.ok_or(Error::NotFound)?;
    let done = if node.removed.is_none() { Flash::Unchanged } else { Flash::NodeRestored };
    app.store.restore_node(id, request.now)?;
    Ok(flash::redirect(request, done, id, &address(request, id)))
}

/// The node that the address names.
pub fn from_path(view: &View<'_>) -> Result<Node> {
    let id = id(view.request)?;
    view.app.store.node(id)?.ok_or(Error::NotFound)
}

/// The address of a node's page.
pub fn address(request: &Request, id: i64) -> String {
    request.at(&format!("/nodes/{id}"))
}

/// The page, with the token on it unless that is empty.
pub fn page(view: &View<'_>, status: u16, node: &Node, forms: Forms, token: String) -> Result<Reply> {
    let refusals = view.app.store.refusals(node.id, MAX_REFUSALS)?;
    let refusals = refusals
        .into_iter()
        .map(|refusal| Refused { at: view.moment(refusal.at), why: (ENGLISH.sentence)(&refusal.why) });
    let path = format!("/nodes/{}", node.id);
    let month = Month::asked(view, view.zone.date(node.created));
    let (days, sum) = month.days_of_node(view, node.id, &path)?;
    let vmess = view.app.store.vmess_of(node.id)?;
    let level = view.app.settings()?.v2ray_level();
    let (url, base) = (view.url("/mu/v2"), view.url("/mu"));
    let ingredients =
        Ingredients { url: &url, base: &base, node: node.id, token: &token, vmess: vmess.as_ref(), level };
    let recipes = recipes(&ingredients, &view.text.setup);
    let page = NodePage {
        f: view.frame(node_name(node, view.text), "nodes")?.back_to(&path).refusing(&forms.node).refusing(&forms.vmess),
        t: view.text,
        here: view.request.at(&path),
        id: node.id,
        node: card(node, view)?,
        url: format!("{url}/"),
        recipes,
        token,
        waiting: node.last_seen() == 0,
        is_built_in: view.app.built_in()?.node == Some(node.id),
        only_here: view.is_loopback(),
        days,
        top: top(view, node.id, &month, sum)?,
        top_hint: (view.text.setup.top_hint)(&month.name(view)),
        forms,
        refusals: refusals.collect(),
        events: changes::of_node(view, node.id)?,
    };
    view.page(status, &page)
}

/// The users who used the node most in a month in which `sum` went through it, and the others in one row.
fn top(view: &View<'_>, node: i64, month: &Month, sum: Usage) -> Result<Vec<TopRow>> {
    let (from, to) = month.span(view);
    let uses = view.app.store.usage_by_user(&Scope { node: Some(node), ..Scope::all(from, to) }, false)?;
    let shares = shares(uses.iter().map(|of| of.usage));
    let row = |href: String, name: String, usage: Usage, share: i64| TopRow {
        href,
        name,
        used: view.sizes(usage),
        share: with_sign(share),
        width: part(usage.total(), sum.total(), 1000),
    };
    let (shown, others) = uses.split_at(uses.len().min(MAX_USERS));
    let of = |(of, share): (&UserUsage, &i64)| {
        let href = if of.removed { String::new() } else { view.request.at(&format!("/users/{}", of.id)) };
        row(href, of.name.as_str().to_owned(), of.usage, *share)
    };
    let mut rows: Vec<TopRow> = shown.iter().zip(&shares).map(of).collect();
    if !others.is_empty() {
        let usage = others.iter().fold(Usage::default(), |sum, of| sum.plus(of.usage));
        let name = match others.len() {
            1 => view.text.setup.other.to_owned(),
            number => (view.text.setup.others)(i64::try_from(number).unwrap_or(i64::MAX)),
        };
        rows.push(row(String::new(), name, usage, shares[shown.len()..].iter().sum()));
    }
    Ok(rows)
}
