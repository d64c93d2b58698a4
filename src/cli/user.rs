//! `mu-panel user …`.

use super::{
    Context, complain, list, say,
    user_values::{Values, put},
};
use crate::{
    app::App,
    error::{Error, Fault, Result},
    export,
    model::{Draft, Filter, Name, Order, PortRange, User},
    share::{Server, qr},
    text::ENGLISH,
};
use clap::{Args, Subcommand};
use serde_json::Value;
use std::io::{IsTerminal, Write};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Adds a user; only a name is needed
    Add {
        /// Their name: 1 to 64 characters
        name: String,
        #[command(flatten)]
        values: Values,
        /// Print the user as JSON
        #[arg(long)]
        json: bool,
    },
    /// Changes a user; options that are not given stay as they are
    Set {
        /// The user's name or ID
        #[arg(value_name = "NAME|ID")]
        user: String,
        /// A new name
        #[arg(long, value_name = "NEW")]
        name: Option<String>,
        #[command(flatten)]
        values: Values,
        /// Print the user as JSON
        #[arg(long)]
        json: bool,
    },
    /// Switches a user on
    On(Which),
    /// Switches a user off: they can no longer connect
    Off(Which),
    /// Resets a user's counters to zero; the usage so far becomes a past period
    Reset(Which),
    /// Removes a user; for 30 days they stay listed as disabled, so that nodes cut them off
    Remove(Which),
    /// Shows all users
    List {
        /// Print them as a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Shows everything about a user
    Show {
        #[command(flatten)]
        which: Which,
        /// Print the user as JSON
        #[arg(long)]
        json: bool,
    },
    /// Shows the range of ports from which new users get theirs, or sets it
    Ports {
        /// The first and the last one, such as 20001-20100, or `default` for 20001-65535
        #[arg(value_name = "FROM-TO|default")]
        range: Option<String>,
    },
    /// Prints what a user connects with: links, and the address of the subscription
    Link {
        #[command(flatten)]
        which: Which,
        /// Print a QR code of the first link as well
        #[arg(long)]
        qr: bool,
    },
}

#[derive(Args)]
pub(super) struct Which {
    /// The user's name or ID
    #[arg(value_name = "NAME|ID")]
    user: String,
}

pub(super) fn run(context: &Context, command: Command) -> Result<()> {
    let app = context.open()?;
    let now = context.now();
    let today = app.today(now)?;
    match command {
        Command::Add { name, values, json } => {
            let mut draft = app.draft(Name::parse(&name)?, now)?;
            let defaults = draft.clone();
            values.put_into(&mut draft)?;
            draft.keeps_last_day(&defaults, None, today)?;
            values.warn_of_nodes(&app)?;
            let renews = draft.renewal_sets(&defaults, None, today).is_some();
            let user = app.add_user(draft, now)?;
            warn(&user);
            if renews {
                tell_renewal(&user);
            }
            show(&app, context, &user, json)
        }
        Command::Set { user, name, values, json } => {
            if name.is_none() && values == Values::default() {
                return Err(Fault::NothingToChange.into());
            }
            let user = find(&app, context, &user)?;
            let mut draft = App::draft_of(&user);
            put(name.as_ref(), &mut draft.name, Name::parse)?;
            values.put_into(&mut draft)?;
            draft.keeps_last_day(&App::draft_of(&user), user.next_reset, today)?;
            values.warn_of_nodes(&app)?;
            if draft.password.is_none() {
                draft.password = Some(app.password_for(draft.method));
            }
            let before = App::draft_of(&user);
            let renews = draft.renewal_sets(&before, user.next_reset, today).is_some();
            if let Some((until, then)) = draft.renewal_shortens(&before, user.next_reset, today) {
                complain(&format!(
                    "warning: the renewal moves the expiry date from {until} to {then}, which is earlier"
                ));
            }
            let user = app.store.change_user(user.id, None, draft, now, today)?;
            if renews {
                tell_renewal(&user);
            }
            tell_replaced(&before, &user);
            if values.method.is_some() {
                warn(&user);
            }
            show(&app, context, &user, json)
        }
        Command::On(which) => switch(&app, context, &which, true),
        Command::Off(which) => switch(&app, context, &which, false),
        Command::Reset(which) => {
            let user = find(&app, context, &which.user)?;
            let closed = user.used.total();
            if closed.get() == 0 {
                say(&format!("{} has used nothing: nothing was reset", user.name.as_str()));
                return Ok(());
            }
            app.store.reset_user(user.id, now)?;
            say(&format!("usage of {} reset to zero; {closed} moved to a past period", user.name.as_str()));
            Ok(())
        }
        Command::Remove(which) => {
            let user = find(&app, context, &which.user)?;
            app.store.remove_user(user.id, now)?;
            say(&format!("{} is removed; you can restore them on the page for 30 days", user.name.as_str()));
            Ok(())
        }
        Command::List { json } => {
            let users = all_users(&app, context)?;
            if json {
                let rows: Vec<Value> = users.iter().map(|user| export::json(user, today)).collect();
                say(&pretty(&Value::Array(rows)));
            } else if users.is_empty() {
                say("no users yet: add one with `mu-panel user add NAME`");
            } else {
                say(&list::table(&users, today, &app.settings()?.zone));
            }
            Ok(())
        }
        Command::Show { which, json } => show(&app, context, &find(&app, context, &which.user)?, json),
        Command::Ports { range } => {
            let mut defaults = app.defaults()?;
            if let Some(range) = range {
                let is_default = range.trim().eq_ignore_ascii_case("default");
                defaults.ports = if is_default { PortRange::default() } else { PortRange::parse(&range)? };
                app.store.change_settings(defaults.into_settings(), context.now())?;
            }
            say(&format!("new users get ports from {}", defaults.ports));
            Ok(())
        }
        Command::Link { which, qr } => link(&app, context, &find(&app, context, &which.user)?, qr),
    }
}

/// All users who are not removed, by name.
pub(super) fn all_users(app: &App, context: &Context) -> Result<Vec<User>> {
    let filter = Filter { order: Order::Name, most: i64::MAX, ..Filter::default() };
    app.store.users(&filter, app.today(context.now())?)
}

pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

fn find(app: &App, context: &Context, given: &str) -> Result<User> {
    app.find_user(given, context.now())?.ok_or_else(|| Error::Invalid(Fault::NoSuchUser { given: given.to_owned() }))
}

fn switch(app: &App, context: &Context, which: &Which, on: bool) -> Result<()> {
    let user = find(app, context, &which.user)?;
    app.store.switch_user(user.id, on, context.now())?;
    let (is, word) = (if user.switch == on { "was" } else { "is" }, if on { "on" } else { "off" });
    say(&format!("{} {is} {word}{}", user.name.as_str(), if user.switch == on { " already" } else { "" }));
    Ok(())
}

fn show(app: &App, context: &Context, user: &User, json: bool) -> Result<()> {
    let text =
        if json { pretty(&export::json(user, app.today(context.now())?)) } else { list::card(app, user, context)? };
    say(&text);
    Ok(())
}

/// Prints the links of a user, one a line, so that a script can take the first.
fn link(app: &App, context: &Context, user: &User, qr: bool) -> Result<()> {
    if let Some(why) = list::shut_out(user.state(app.today(context.now())?)) {
        complain(&format!("warning: {} {why}, so what follows does not work at present", user.name.as_str()));
    }
    let servers = list::servers(app, user)?;
    let first = servers.first().map(Server::link).ok_or(Fault::NoNodeAddress)?;
    for server in servers.iter().filter(|server| server.last_seen == 0) {
        complain(&format!("warning: {} has not connected to the panel yet", server.tag));
    }
    for server in &servers {
        say(&server.link());
    }
    say(&list::page_address(app, user, context)?);
    if qr {
        match qr::blocks(&first, std::io::stdout().is_terminal()) {
            // Its colours are the only thing that a terminal may obey.
            Some(code) => drop(writeln!(std::io::stdout(), "{code}")),
            None => complain("the link is too long for a QR code"),
        }
    }
    Ok(())
}

/// Says beside what is printed until when a user who renews from now on is let in.
fn tell_renewal(user: &User) {
    if let (Some(last), Some(day)) = (user.expires, user.reset_day) {
        let (name, day) = (user.name.as_str(), day.get());
        complain(&format!("{name} now expires on {last} and renews every month on day {day}"));
    }
}

/// Says beside what is printed that a date has replaced days from the first use, or the other way.
fn tell_replaced(before: &Draft, user: &User) {
    let name = user.name.as_str();
    match ((before.expires, before.terms.valid_days), (user.expires, user.terms.valid_days)) {
        ((None, Some(days)), (Some(last), None)) => {
            complain(&format!("{name} now expires on {last}, instead of {}", (ENGLISH.users.from_first_use)(days)));
        }
        ((Some(last), None), (None, Some(days))) => {
            complain(&format!("{name} now expires {}, instead of on {last}", (ENGLISH.users.from_first_use)(days)));
        }
        _ => {}
    }
}

fn warn(user: &User) {
    if let Some(warning) = list::warning(user.method) {
        complain(&warning);
    }
}
