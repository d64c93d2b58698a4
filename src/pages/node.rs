//! The page of a node: how it does, what its program needs, and changing it.

use super::{
    done::{self, Done},
    frame::{Frame, View},
    here,
    nodes::{NodeCard, NodeForm, card, name},
    show::Moment,
    vmess::VmessForm,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Result},
    http::{Reply, Request},
    model::Node,
    store::Setting,
    text::{ENGLISH, Text},
};
use askama::Template;

/// How many refusals are shown.
const REFUSALS: i64 = 20;

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
    form: NodeForm,
    vmess: VmessForm,
    refusals: Vec<Refused>,
}

/// The forms on the page.
pub struct Forms {
    /// Its name, address and rate.
    pub node: NodeForm,
    /// How it carries VMess.
    pub vmess: VmessForm,
}

impl Forms {
    /// With what the node is.
    pub fn of(view: &View<'_>, node: &Node) -> Result<Self> {
        let settings = view.app.store.vmess_of(node.id)?;
        Ok(Self { node: NodeForm::of(node), vmess: VmessForm::of(settings.as_ref(), view.text) })
    }
}

struct Refused {
    at: Moment,
    why: String,
}

/// `GET /nodes/{id}`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let node = asked(&view)?;
    page(&view, 200, &node, Forms::of(&view, &node)?, String::new())
}

/// `POST /nodes/{id}/token`: the same page, with the token on it.
pub fn token(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let node = asked(&view)?;
    page(&view, 200, &node, Forms::of(&view, &node)?, present_token(app)?)
}

/// `POST /nodes/{id}`.
pub fn change(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let node = asked(&view)?;
    let mut form = NodeForm::typed(&request.form());
    let Some((name, address, rate)) = form.read(view.text) else {
        return page(&view, 400, &node, Forms { node: form, ..Forms::of(&view, &node)? }, String::new());
    };
    match app.store.change_node(node.id, name, address, rate) {
        Ok(node) => Ok(done::and_go(request, Done::NodeChanged, node.id, &request.at(&format!("/nodes/{}", node.id)))),
        Err(error) => {
            let status = form.refuse(error, view.text)?;
            page(&view, status, &node, Forms { node: form, ..Forms::of(&view, &node)? }, String::new())
        }
    }
}

/// The token that nodes bring.
pub fn present_token(app: &App) -> Result<String> {
    Ok(app.present()?.settings.get(Setting::NodeToken).unwrap_or_default().to_owned())
}

/// The node that the address names.
pub fn asked(view: &View<'_>) -> Result<Node> {
    let id = view.request.id("id").map_err(|_| Error::NotFound)?;
    view.app.store.node(id)?.ok_or(Error::NotFound)
}

/// The address of a node's page.
pub fn place(request: &Request, id: i64) -> String {
    request.at(&format!("/nodes/{id}"))
}

/// The page, with the token on it unless that is empty.
pub fn page(view: &View<'_>, status: u16, node: &Node, forms: Forms, token: String) -> Result<Reply> {
    let refusals = view.app.store.refusals(node.id, REFUSALS)?;
    let refusals = refusals
        .into_iter()
        .map(|refusal| Refused { at: view.moment(refusal.at), why: (ENGLISH.sentence)(&refusal.why) });
    let path = format!("/nodes/{}", node.id);
    let page = NodePage {
        f: view.frame(name(node, view.text), "nodes").back_to(&path),
        t: view.text,
        here: view.request.at(&path),
        id: node.id,
        node: card(node, view)?,
        url: format!("{}/", here::address(view.request, "/mu/v2")),
        token,
        form: forms.node,
        vmess: forms.vmess,
        refusals: refusals.collect(),
    };
    view.page(status, &page)
}
