//! `mu-panel token` and `mu-panel password`, and both from the environment.

use super::{Context, complain, say};
use crate::{
    app::{App, MIN_TOKEN_LENGTH},
    auth,
    error::{Error, Fault, Result},
    store::Setting,
};
use clap::Args;
use std::{io::IsTerminal, path::Path};

/// The longest node token.
const MAX_TOKEN_LENGTH: usize = 128;
const TOKEN_VARIABLE: &str = "MU_PANEL_TOKEN";
const PASSWORD_VARIABLE: &str = "MU_PANEL_ADMIN_PASSWORD";

#[derive(Args)]
pub(super) struct TokenOptions {
    /// Replace it first; the old one stops working at once
    #[arg(long)]
    rotate: bool,
}

pub(super) fn token(context: &Context, options: &TokenOptions) -> Result<()> {
    let app = context.open()?;
    let token = if options.rotate {
        let token = app.rotate_token()?;
        app.store.note_changed(Setting::NodeToken, context.now())?;
        token
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
    app.store.note_changed(Setting::AdminPasswordHash, context.now())?;
    say("the password is set; all sessions have ended");
    Ok(())
}

/// The secrets that the environment names.
pub(super) struct Environment {
    token: Option<String>,
    password: Option<String>,
}

impl Environment {
    pub(super) fn read() -> Result<Self> {
        Ok(Self { token: variable(TOKEN_VARIABLE)?, password: variable(PASSWORD_VARIABLE)? })
    }

    /// The variables that are set.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let names = [(TOKEN_VARIABLE, &self.token), (PASSWORD_VARIABLE, &self.password)];
        names.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| *name).collect()
    }

    /// Sets each secret whose variable has another value than when it was last applied, so that a change made on the
    /// page is not undone by the next start.
    pub(super) fn apply(self, app: &App) -> Result<()> {
        if let Some(token) = self.token {
            apply_token(app, token)?;
        }
        if let Some(password) = self.password {
            apply_password(app, &password)?;
        }
        Ok(())
    }
}

fn apply_token(app: &App, token: String) -> Result<()> {
    let settings = app.settings()?;
    if settings.get(Setting::AppliedToken).is_some_and(|applied| auth::is_secret(&token, applied)) {
        return Ok(());
    }
    let is_present = settings.get(Setting::NodeToken) == Some(&token);
    // A short one that the nodes have already goes on working.
    let least = if is_present { 1 } else { MIN_TOKEN_LENGTH };
    if !(least..=MAX_TOKEN_LENGTH).contains(&token.len()) || !token.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Fault::TokenBad.into());
    }
    if token.len() < MIN_TOKEN_LENGTH {
        complain(&format!(
            "warning: the node token is short and can be guessed: take one of at least {MIN_TOKEN_LENGTH} characters"
        ));
    }
    let applied = auth::salted_hash(app, &token);
    app.store.set_all(vec![(Setting::NodeToken, Some(token)), (Setting::AppliedToken, Some(applied))])
}

fn apply_password(app: &App, password: &str) -> Result<()> {
    let settings = app.settings()?;
    let is_one_of = |setting| settings.get(setting).map_or(Ok(false), |hash| auth::is_password(password, hash));
    if is_one_of(Setting::AppliedPassword)? {
        return Ok(());
    }
    let hash = auth::password_hash(app, password)?;
    if !is_one_of(Setting::AdminPasswordHash)? {
        app.store.set_admin_password(hash.clone(), false)?;
    }
    app.store.set(Setting::AppliedPassword, Some(hash))
}

/// The value of an environment variable, or the first line of the file that the one with `_FILE` behind it names.
fn variable(name: &'static str) -> Result<Option<String>> {
    if let Ok(value) = std::env::var(name) {
        return Ok(Some(value));
    }
    let Some(file) = std::env::var_os(format!("{name}_FILE")) else { return Ok(None) };
    let text = std::fs::read_to_string(&file).map_err(Error::file(Path::new(&file)))?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}
