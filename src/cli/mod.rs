//! The commands, and the only place that wires things together.

mod admin;
mod backups;
mod built_in;
mod files;
mod front;
mod health;
mod https;
mod https_options;
mod list;
mod logging;
mod node;
mod node_alone;
mod node_options;
mod open;
mod own_addresses;
mod port_holder;
mod progress;
mod reach;
mod running;
mod serve;
mod setup_link;
mod ssh;
mod unit;
mod user;
mod user_values;

use crate::{
    app::{self, App},
    error::{Error, Fault, Result},
    model::{Actor, Platform, Time, Zone},
    store::{Store, paths},
    text::ENGLISH,
};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind};
use std::{
    borrow::Cow,
    ffi::OsString,
    fs::{File, OpenOptions, Permissions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::PathBuf,
    process::ExitCode,
};

/// A panel for the friends who share your Shadowsocks or V2Ray node.
///
/// Start it with `mu-panel serve` and open the address that it prints. Every other command works beside a running
/// server, which notices the change at once.
#[derive(Parser)]
#[command(name = "mu-panel", version, max_term_width = 100)]
struct Arguments {
    /// The database, which is created if there is none
    #[arg(long, global = true, env = "MU_PANEL_DB", default_value = "mu-panel.db", value_name = "FILE")]
    db: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant)] // there is one of it, for a moment
enum Command {
    /// Runs the panel; this is also what happens without a command, as in `mu-panel --listen :8080`
    Serve(serve::Options),
    /// Prints a new link to set the password, while none is set and the panel runs
    SetupLink,
    /// Adds, changes, shows and removes users
    #[command(subcommand)]
    User(user::Command),
    /// Runs a node of a panel elsewhere on this machine; or shows and changes the nodes of this panel
    Node(Box<node::NodeOptions>),
    /// Prints the node token
    Token(admin::TokenOptions),
    /// Sets the admin password and ends all sessions: asks on a terminal, otherwise reads a line from standard input
    Password,
    /// Imports users from another panel, a table or a list of names: all of them, or none
    Import(files::ImportOptions),
    /// Prints all users, as `import` reads them or as a table
    Export(files::ExportOptions),
    /// Writes a consistent copy of the database, also while the panel runs, and checks it
    Backup(files::BackupOptions),
    /// Restores a backup and keeps the current database beside it; refuses while the panel runs
    Restore(files::RestoreOptions),
    /// Checks that the database is intact and complete
    Check,
    /// Checks that the running panel is well, at each address that it listens on
    Health,
    /// Prints a systemd unit to copy into place
    Unit(unit::Options),
}

/// The commands and their options, for the manual and the completions.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the command that the arguments name. The exit status is 0, 1 after saying on standard error what is wrong, or 2
/// for usage.
pub fn run(platform: Platform) -> ExitCode {
    outlive_full_disks();
    let arguments = parsed(&std::env::args_os().collect::<Vec<_>>());
    let context = Context { db: arguments.db, platform };
    let command = arguments.command.unwrap_or_else(|| Command::Serve(serve::Options::parse_from(["serve"])));
    let done = match command {
        Command::Serve(options) => serve::run(&context, &options),
        Command::SetupLink => setup_link::run(&context),
        Command::User(command) => user::run(&context, command),
        Command::Node(options) => node::run(&context, *options),
        Command::Token(options) => admin::token(&context, &options),
        Command::Password => admin::password(&context),
        Command::Import(options) => files::import(&context, &options),
        Command::Export(options) => files::export(&context, &options),
        Command::Backup(options) => files::backup(&context, &options),
        Command::Restore(options) => files::restore(&context, &options),
        Command::Check => files::check(&context),
        Command::Health => health::run(&context),
        Command::Unit(options) => {
            unit::print(&options);
            Ok(())
        }
    };
    let status = match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&words(&error));
            ExitCode::FAILURE
        }
    };
    logging::flush();
    status
}

/// Reads the command line. One without a command is that of `serve`, whose options it may have.
fn parsed(given: &[OsString]) -> Arguments {
    try_parsed(given).unwrap_or_else(|error| {
        if error.kind() != ErrorKind::UnknownArgument {
            error.exit();
        }
        let (program, rest) = given.split_at(1.min(given.len()));
        let serve = [program, &["serve".into()], rest].concat();
        try_parsed(&serve).unwrap_or_else(|other| match other.kind() {
            ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand => error.exit(),
            _ => other.exit(),
        })
    })
}

/// What clap calls conflicts of arguments with subcommands would include `--db`, which every subcommand has.
fn try_parsed(given: &[OsString]) -> std::result::Result<Arguments, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(given)?;
    if let Some(node) = matches.subcommand_matches("node")
        && let Some(name) = node.subcommand_name()
        && let Some(option) = node::alone_option(node)
    {
        let text = format!("the option '--{option}' cannot be used with the command '{name}'");
        return Err(command.error(ErrorKind::ArgumentConflict, text));
    }
    Arguments::from_arg_matches(&matches)
}

/// Lets a write beyond the limit on file size fail like one on a full disk, instead of ending the program.
fn outlive_full_disks() {
    let noted = std::sync::Arc::default();
    // If that cannot be had, such a limit ends the program as it would any other.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, noted);
}

/// What every command works with.
struct Context {
    db: PathBuf,
    platform: Platform,
}

impl Context {
    fn now(&self) -> Time {
        (self.platform.now)()
    }

    /// Opens the database, makes it if there is none, and does what has fallen due in it.
    fn open(&self) -> Result<App> {
        self.app(self.store(Actor::Command)?, app::Front::default())
    }

    /// The database, for changes by `actor`.
    fn store(&self, actor: Actor) -> Result<Store> {
        Ok(Store::open(&self.db)?.used_by(actor))
    }

    /// An app on the database, which clients reach by `front`, after doing what has fallen due.
    fn app(&self, store: Store, front: app::Front) -> Result<App> {
        let zone = Zone::system().unwrap_or_else(Zone::utc);
        let app = App::new(store, Box::new(self.platform.random), zone, front)?;
        app.run_maintenance(&*app.settings()?, self.now())?;
        Ok(app)
    }

    /// Takes the lock that says that a server is running; it holds as long as the file is open.
    fn lock(&self) -> Result<File> {
        let path = paths::lock(&self.db);
        let options = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = options.map_err(Error::file(&path))?;
        // An older version may have left the file open to others, and any user who can open it can hold the lock.
        file.set_permissions(Permissions::from_mode(0o600)).map_err(Error::file(&path))?;
        file.try_lock().map_err(|_| Fault::ServerRunning { file: self.db.display().to_string() })?;
        Ok(file)
    }
}

/// Prints lines on standard output; that it is closed is no error.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let text = printable(text);
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

/// Says in one line on standard error what is wrong.
fn complain(text: &str) {
    logging::line(&format!("mu-panel: {}", printable(text)));
}

/// A text without characters that a terminal would obey. No form takes them in, but a database that was tampered with
/// may have them. They are written as in JSON, of which the text may consist.
fn printable(text: &str) -> Cow<'_, str> {
    let is_harmless = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    let lines = text.replace("\r\n", "\n");
    if lines.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if is_harmless(c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
    Cow::Owned(lines.chars().map(shown).collect())
}

fn words(error: &Error) -> String {
    match error {
        Error::Invalid(fault) | Error::Conflict(fault) | Error::Busy(fault) => (ENGLISH.fault)(fault),
        Error::Unauthorized => ENGLISH.unauthorized.to_owned(),
        Error::NotFound => "it no longer exists".to_owned(),
        Error::Internal(cause) => format!("internal error: {cause}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_given_nothing_to_obey() {
        for plain in ["", "alice\t1\n", "名字", "a,b\r\nc,d\r\n", r#"{"a":"\u001b"}"#] {
            assert_eq!(printable(plain), plain);
        }
        assert_eq!(printable("a\x1b]0;b\x07\u{9b}31m\rc\x7f"), r"a\u001b]0;b\u0007\u009b31m\u000dc\u007f");
    }
}
