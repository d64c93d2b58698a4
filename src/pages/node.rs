//! The page of a node: how it does, what its program needs, and changing it.

use super::{
    flash::{self, Flash},
    form::Form,
    format::{Moment, Size, node_name, part},
    frame::Frame,
    months::{Days, Month},
    node_form::{NODE, NodeDraft, VMESS, VmessDraft},
    nodes::{NodeCard, card},
    origin,
    programs::{Ingredients, Recipe, recipes},
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Result},
    http::{Reply, Request},
    model::{Node, NodeUse, Usage},
    store::Setting,
    text::{ENGLISH, Text},
};
use askama::Template;

/// How many refusals are shown.
const MAX_REFUSALS: i64 = 20;
/// How many of its users are shown.
const MAX_USERS: i64 = 20;

#[derive(Template)]
#[template(path = "node.html")]
struct NodePage {
    f: Frame,
    t: &'static Text,
    here: String,
    id: i64,
    node: NodeCard,
    url: String,
    token: String,
    form: Form<NodeDraft>,
    vmess: Form<VmessDraft>,
    refusals: Vec<Refused>,
    waiting: bool,
    recipes: Vec<Recipe>,
    days: Days,
    top: Vec<TopRow>,
    top_hint: String,
}

/// A user of the node.
struct TopRow {
    /// Their page; empty if they were removed.
    href: String,
    name: String,
    up: Size,
    down: Size,
    total: Size,
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
}

impl Forms {
    /// With what the node is.
    pub fn of(view: &View<'_>, node: &Node) -> Result<Self> {
        let settings = view.app.store.vmess_of(node.id)?;
        let vmess = VmessDraft::from(settings.as_ref());
        Ok(Self {
            node: Form::of(NODE, &node.into(), view.text),
            vmess: Form::of(VMESS, &vmess, view.text).prefixed("vmess-").opened(settings.is_some()),
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
    page(&view, 200, &node, Forms::of(&view, &node)?, present_token(app)?)
}

/// `POST /nodes/{id}`: changes the fields that were sent and touched.
pub fn change(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let node = from_path(&view)?;
    let now = NodeDraft::from(&node);
    let mut form = Form::typed(NODE, &now, &request.form(), view.text);
    let conflict = form.merge(&now, view.text);
    let status = match form.read(now, view.text) {
        None => 400,
        Some(_) if conflict => 409,
        Some(NodeDraft { name, address, rate }) => {
            match app.store.change_node(node.id, Some(node.revision), name, address, rate) {
                Ok(node) => {
                    return Ok(flash::redirect(request, Flash::NodeChanged, node.id, &self::address(request, node.id)));
                }
                Err(error) => form.refuse(error, view.text)?,
            }
        }
    };
    page(&view, status, &node, Forms { node: form, ..Forms::of(&view, &node)? }, String::new())
}

/// The token that nodes bring.
pub fn present_token(app: &App) -> Result<String> {
    Ok(app.settings()?.get(Setting::NodeToken).unwrap_or_default().to_owned())
}

/// The node that the address names.
pub fn from_path(view: &View<'_>) -> Result<Node> {
    let id = view.request.id("id").map_err(|_| Error::NotFound)?;
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
    let ingredients = Ingredients { request: view.request, node: node.id, token: &token, vmess: vmess.as_ref(), level };
    let recipes = recipes(&ingredients, &view.text.setup);
    let page = NodePage {
        f: view.frame(node_name(node, view.text), "nodes")?.back_to(&path),
        t: view.text,
        here: view.request.at(&path),
        id: node.id,
        node: card(node, view)?,
        url: format!("{}/", origin::url(view.request, "/mu/v2")),
        recipes,
        token,
        waiting: node.last_seen() == 0,
        days,
        top: top(view, node.id, &month, sum)?,
        top_hint: (view.text.setup.top_hint)(&month.name(view)),
        form: forms.node,
        vmess: forms.vmess,
        refusals: refusals.collect(),
    };
    view.page(status, &page)
}

/// Who used the node most in a month in which `sum` went through it.
fn top(view: &View<'_>, node: i64, month: &Month, sum: Usage) -> Result<Vec<TopRow>> {
    let (from, to) = month.span(view);
    let uses = view.app.store.users_of_node(node, from, to, MAX_USERS)?;
    let row = |of: &NodeUse| {
        let width = part(of.usage.total(), sum.total(), 1000);
        TopRow {
            href: if of.here { view.request.at(&format!("/users/{}", of.user)) } else { String::new() },
            name: of.name.as_str().to_owned(),
            up: view.size(of.usage.u),
            down: view.size(of.usage.d),
            total: view.size(of.usage.total()),
            share: format!("{}.{} %", width / 10, width % 10),
            width,
        }
    };
    Ok(uses.iter().map(row).collect())
}
