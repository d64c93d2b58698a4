//! Saying how a node carries VMess.

use super::{
    flash::{self, Flash},
    form::Form,
    node::{self, Forms},
    node_form::{VMESS, VmessDraft},
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::Result,
    http::{Reply, Request},
};

/// `POST /nodes/{id}/vmess`: changes the fields that were sent and touched; without a port the node carries no VMess.
pub fn change(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let node = node::from_path(&view)?;
    let present = app.store.vmess_of(node.id)?;
    let now = VmessDraft::from(present.as_ref());
    let mut form = Form::typed(VMESS, &now, request.form(), view.text).prefixed("vmess-").opened(true);
    let conflict = form.merge(&now, view.text);
    let status = match form.read(now, view.text) {
        None => 400,
        Some(_) if conflict => 409,
        Some(draft) => {
            let settings = draft.settings()?;
            let done = if settings == present { Flash::Unchanged } else { Flash::NodeChanged };
            match app.store.set_vmess(node.id, Some(node.revision), settings, request.now) {
                Ok(()) => return Ok(flash::redirect(request, done, node.id, &node::address(request, node.id))),
                Err(error) => form.refuse(error, view.text)?,
            }
        }
    };
    node::page(&view, status, &node, Forms { vmess: form, ..Forms::of(&view, &node)? }, String::new())
}
