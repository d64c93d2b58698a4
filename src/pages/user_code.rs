//! The page with the codes of a user alone, as the list of users opens it.

use super::{
    prelude::*,
    share::ShareCard,
    user_facts::no_access,
    user_path::{active_user, address, unless_deleted},
    users::list_address,
};

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    f: Frame,
    t: &'static Text,
    /// Where it was opened, and what that is called.
    back: String,
    back_name: String,
    name: String,
    share_card: ShareCard,
    /// Why what is shown would not work at present; empty if it would.
    no_access: String,
}

page!(CodePage);

/// `GET /users/{id}/code`: the codes to scan, and the links.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let user = match active_user(&view) {
        Ok(user) => user,
        Err(error) => return unless_deleted(app, request, error),
    };
    let (back, back_name) = match request.query.text("from") {
        "list" => (format!("{}#u{}", list_address(request), user.id), view.text.common.users.to_owned()),
        _ => (address(request, user.id), user.name.as_str().to_owned()),
    };
    let page = CodePage {
        f: view.frame(user.name.as_str(), "users")?,
        t: view.text,
        back,
        back_name,
        name: user.name.as_str().to_owned(),
        share_card: ShareCard::new(&view, &user, &app.store.nodes()?)?,
        no_access: no_access(&user, &view),
    };
    view.page(200, &page)
}
