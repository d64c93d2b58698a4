//! `mu-panel setup-link`: a fresh link to set the first password, beside the running panel.

use super::{Context, running, say};
use crate::{
    auth,
    error::{Fault, Result},
};

/// Prints the ways to it, as they are said at the start.
pub(super) fn run(context: &Context) -> Result<()> {
    let reach = running::reach(context)?;
    let app = context.open()?;
    if auth::has_password(&app)? {
        return Err(Fault::PasswordIsSet.into());
    }
    let certified = running::is_certified(context, &reach);
    let page = format!("/login?setup={}", app.issue_setup_link(context.now())?);
    for line in reach.ways(&page, certified) {
        say(&line);
    }
    Ok(())
}
