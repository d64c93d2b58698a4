//! `mu-panel token` and `mu-panel password`, and both from the environment.

use super::{Context, complain, say};
use crate::{
    app::App,
    auth,
    error::{Error, Fault, Result},
    store::Setting,
};
use clap::Args;
use std::io::IsTerminal;

/// The longest node token.
const MAX_TOKEN_LENGTH: usize = 128;
/// A shorter node token can be guessed.
const MIN_TOKEN_LENGTH: usize = 16;

#[derive(Args)]
pub(super) struct TokenOptions {
    /// Make a new one first; the present one is refused from then on
    #[arg(long)]
    rotate: bool,
}

pub(super) fn token(context: &Context, options: &TokenOptions) -> Result<()> {
    let app = context.open()?;
    let token = if options.rotate {
        app.rotate_token()?
    } else {
        app.settings()?.get(Setting::NodeToken).unwrap_or_default().to_owned()
    };
    say(&token);
    Ok(())
}

pub(super) fn password(context: &Context) -> Result<()> {
    let app = context.open()?;
    let unreadable = |error: std::io::Error| Error::internal(format!("the password cannot be read: {error}"));
    let password = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password("new password: ").map_err(unreadable)?;
        let second = rpassword::prompt_password("once more: ").map_err(unreadable)?;
        if first != second {
            return Err(Fault::PasswordsDiffer.into());
        }
        first
    } else {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(unreadable)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    let hash = auth::password_hash(&app, &password)?;
    app.store.set_admin_password(hash, false)?;
    say("the password is set; all sign-ins have ended");
    Ok(())
}

/// Sets the node token and the admin password if the environment names them.
pub(super) fn from_environment(app: &App) -> Result<()> {
    if let Some(token) = variable("MU_PANEL_TOKEN")? {
        let sound = (1..=MAX_TOKEN_LENGTH).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_alphanumeric());
        if !sound {
            return Err(Fault::TokenBad.into());
        }
        if token.len() < MIN_TOKEN_LENGTH {
            complain(&format!(
                "warning: MU_PANEL_TOKEN is short and can be guessed: take at least {MIN_TOKEN_LENGTH} characters"
            ));
        }
        if app.settings()?.get(Setting::NodeToken) != Some(&token) {
            app.store.set(Setting::NodeToken, Some(token))?;
        }
    }
    if let Some(password) = variable("MU_PANEL_ADMIN_PASSWORD")? {
        let settings = app.settings()?;
        let same = match settings.get(Setting::AdminPasswordHash) {
            Some(hash) => auth::is_password(&password, hash)?,
            None => false,
        };
        if !same {
            app.store.set_admin_password(auth::password_hash(app, &password)?, false)?;
        }
    }
    Ok(())
}

/// The value of an environment variable, or the first line of the file that the one with `_FILE` behind it names.
fn variable(name: &'static str) -> Result<Option<String>> {
    if let Ok(value) = std::env::var(name) {
        return Ok(Some(value));
    }
    let Some(file) = std::env::var_os(format!("{name}_FILE")) else { return Ok(None) };
    let text = std::fs::read_to_string(&file).map_err(|error| Fault::FileUnusable {
        file: file.to_string_lossy().into_owned(),
        detail: error.to_string(),
    })?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}
