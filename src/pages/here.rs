//! The node in this panel: switching it on and off.

use super::{
    flash::{self, Flash},
    form::Input,
    nodes, origin,
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Fault, Result},
    http::{Reply, Request},
    model::{Address, NodeName},
};

/// What the page of nodes says of it.
#[allow(clippy::struct_excessive_bools)] // each is what the template says it is
pub struct Here {
    /// Whether there is anything to say.
    pub is_shown: bool,
    /// How it is, in words.
    pub words: &'static str,
    /// Whether it is on.
    pub on: bool,
    /// Whether the command line decides that.
    pub is_fixed: bool,
    /// Whether its address has to be asked for.
    pub asks: bool,
    /// The address.
    pub address: Input,
}

/// How it is now, with what was typed.
pub fn here(view: &View<'_>, address: Option<Input>) -> Result<Here> {
    let built_in = view.app.built_in()?;
    let text = &view.text.nodes;
    let words = match (built_in.on, built_in.node) {
        (true, _) => text.here_on,
        (false, Some(_)) => text.here_stopped,
        (false, None) => text.here_off,
    };
    let own = view.app.front.own_address.as_deref();
    let name = || Input::with(origin::public_name(view.request).or(own).unwrap_or_default());
    Ok(Here {
        is_shown: !built_in.is_fixed || built_in.on,
        words,
        on: built_in.on,
        is_fixed: built_in.is_fixed,
        asks: built_in.node.is_none(),
        address: address.unwrap_or_else(name),
    })
}

/// `POST /nodes/here` with `on` and, the first time, `address`.
pub fn switch(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let form = request.form();
    let built_in = app.built_in()?;
    let on = form.text("on") == "1";
    let mut address = Input::with(form.text("address"));
    let first = on && built_in.node.is_none();
    let typed = address.read(view.text, |typed| match Address::parse(typed)? {
        none if first && none.as_str().is_empty() => Err(Fault::AddressMissing),
        address => Ok(address),
    });
    let Some(typed) = typed else { return nodes::with_here(&view, 400, address) };
    if !built_in.is_fixed {
        app.switch_built_in(on, NodeName::default(), typed, request.now)?;
    }
    let done = if on { Flash::HereOn } else { Flash::HereOff };
    Ok(flash::redirect(request, done, 0, &request.at("/nodes")))
}
