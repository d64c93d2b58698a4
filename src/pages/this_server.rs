//! The node in this panel, as the page of nodes shows it.

use super::{form::Input, origin, view::View};
use crate::error::Result;

/// What the page of nodes says of it.
#[allow(clippy::struct_excessive_bools)] // each is what the template says it is
pub struct ThisServer {
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
pub fn this_server(view: &View<'_>, address: Option<Input>) -> Result<ThisServer> {
    let built_in = view.app.built_in()?;
    let text = &view.text.nodes;
    let words = match (built_in.on, built_in.node) {
        (true, _) => text.here_on,
        (false, Some(_)) => text.here_stopped,
        (false, None) => text.here_off,
    };
    let own = view.app.front.own_address.as_deref();
    let name = || Input::with(origin::public_name(view.request).or(own).unwrap_or_default());
    Ok(ThisServer {
        is_shown: !built_in.is_fixed || built_in.on,
        words,
        on: built_in.on,
        is_fixed: built_in.is_fixed,
        asks: built_in.node.is_none(),
        address: address.unwrap_or_else(name),
    })
}
