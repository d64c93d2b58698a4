//! `mu-panel setup-link`: a fresh link to set the first password, beside the running panel.

use super::{Context, running, say};
use crate::{
    auth,
    error::{Fault, Result},
};

/// Prints it, below the address that a browser on this machine can open; one with TLS goes first.
pub(super) fn run(context: &Context) -> Result<()> {
    let addresses = running::addresses(context)?;
    let app = context.open()?;
    if auth::has_password(&app)? {
        return Err(Fault::PasswordIsSet.into());
    }
    let of = |scheme: &str| addresses.iter().find(|address| address.starts_with(scheme)).map(String::as_str);
    let here = of("https://").or_else(|| of("http://")).unwrap_or("http://localhost");
    say(&format!("{here}/login?setup={}", app.issue_setup_link(context.now())?));
    Ok(())
}
