//! `mu-panel setup-link`: a fresh link to set the first password, beside the running panel.

use super::{Context, running, say};
use crate::{
    acme::certificate_file,
    auth,
    error::{Fault, Result},
    store::paths,
};

/// Prints the ways to it, as they are said at the start.
pub(super) fn run(context: &Context) -> Result<()> {
    let reach = running::reach(context)?;
    let app = context.open()?;
    if auth::has_password(&app)? {
        return Err(Fault::PasswordIsSet.into());
    }
    let folder = paths::certificates(&context.db);
    let certified = reach.site.as_ref().is_some_and(|site| folder.join(certificate_file(&site.host)).exists());
    let page = format!("/login?setup={}", app.issue_setup_link(context.now())?);
    for line in reach.ways(&page, certified) {
        say(&line);
    }
    Ok(())
}
