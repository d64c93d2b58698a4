//! Saying how a node carries VMess.

use super::{
    form::Form,
    node::{self, Forms},
    node_form::{VMESS, VmessDraft},
    prelude::*,
    share::linked,
};
use crate::model::Vmess;

/// `POST /nodes/{id}/vmess`: changes the fields that were sent and touched; without a port the node carries no VMess.
pub fn change(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?.keeping(&[]);
    let node = node::from_path(&view)?;
    let present = app.store.vmess_of(node.id)?;
    let now = VmessDraft::from(present.as_ref());
    let mut form = Form::typed(VMESS, &now, view.form(), view.text).prefixed("vmess-").opened(true);
    let conflict = form.merge(&now, view.text);
    let status = match form.read(now, view.text) {
        None => 400,
        Some(_) if conflict => 409,
        Some(draft) => {
            let settings = draft.settings()?;
            let linked = linked(&view, &node)?;
            let relinks = linked > 0 && relinks(present.as_ref(), settings.as_ref());
            if relinks && view.form().text("sure") != "1" {
                let vmess_breaks = (view.text.vmess.breaks)(linked);
                let forms = Forms { vmess: form, vmess_breaks, ..Forms::of(&view, &node)? };
                return node::page(&view, 200, &node, forms, String::new());
            }
            let done = if settings == present {
                Flash::Unchanged
            } else if relinks {
                Flash::NodeRelinked
            } else {
                Flash::NodeChanged
            };
            match view.write(|| app.store.set_vmess(node.id, Some(node.revision), settings, request.now)) {
                Ok(()) => return Ok(flash::redirect(request, done, node.id, &node::address(request, node.id))),
                Err(error) => form.refuse(error, view.text)?,
            }
        }
    };
    node::page(&view, status, &node, Forms { vmess: form, ..Forms::of(&view, &node)? }, String::new())
}

/// Whether links that were shared stop working: those of VMess, or those of Shadowsocks.
fn relinks(present: Option<&Vmess>, next: Option<&Vmess>) -> bool {
    let parts = |vmess: &Vmess| (vmess.port, vmess.network.clone(), vmess.host.clone(), vmess.tls);
    let is_alone = |vmess: Option<&Vmess>| vmess.is_some_and(|vmess| vmess.alone);
    let ends = present.is_some_and(|present| next.is_none_or(|next| parts(next) != parts(present)));
    ends || is_alone(next) && !is_alone(present)
}
