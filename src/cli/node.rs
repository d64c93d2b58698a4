//! `mu-panel node …`: the nodes of this panel; or a node of another one.

use super::{
    Context, list,
    node_alone::{self, Alone},
    say,
    user::pretty,
    user_values::put,
};
use crate::{
    app::App,
    error::{Error, Fault, Result},
    http,
    model::{Address, Node, NodeDraft, NodeName, PortOffset, Rate},
};
use clap::{Args, Subcommand, parser::ValueSource};
use serde_json::{Value, json};

#[derive(clap::Args)]
#[command(subcommand_negates_reqs = true)]
#[group(skip)]
pub(super) struct NodeOptions {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    alone: Alone,
}

/// The first option on the command line that is only for a node of a panel elsewhere.
pub(super) fn alone_option(matches: &clap::ArgMatches) -> Option<String> {
    let is_given = |id: &&clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    let option = matches.ids().filter(|id| id.as_str() != "db").find(is_given)?;
    Some(option.as_str().replace('_', "-"))
}

#[derive(Subcommand)]
enum Command {
    /// Shows all nodes; a new one appears when its program first connects
    List {
        /// Print them as a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Changes a node; options that are not given stay as they are
    Set {
        /// Its ID
        id: String,
        /// Its name
        #[arg(long, value_name = "S")]
        name: Option<String>,
        /// The host name or IP address that friends connect to
        #[arg(long, value_name = "HOST")]
        address: Option<String>,
        /// The traffic multiplier: 0 to 1000, such as 0.5
        #[arg(long, value_name = "X")]
        rate: Option<String>,
        /// What is added to a user's port to get the one outside, such as 10000 or -5000, behind NAT
        #[arg(long, value_name = "N", allow_hyphen_values = true)]
        port_offset: Option<String>,
    },
    /// Removes a node but keeps its history; it comes back when its program connects again
    Remove(Which),
    /// Restores a removed node
    Restore(Which),
    /// Mutes the alarms of a node
    Mute(Which),
    /// Unmutes the alarms of a node
    Unmute(Which),
}

#[derive(Args)]
pub(super) struct Which {
    /// Its ID
    id: String,
}

pub(super) fn run(context: &Context, options: NodeOptions) -> Result<()> {
    let Some(command) = options.command else { return node_alone::run(context, &options.alone) };
    let app = context.open()?;
    match command {
        Command::List { json: true } => {
            let nodes: Vec<Value> = app.store.nodes()?.iter().map(row).collect();
            say(&pretty(&Value::Array(nodes)));
        }
        Command::List { json: false } => {
            let zone = &app.settings()?.zone;
            let head =
                ["ID", "NAME", "ADDRESS", "PORTS", "RATE", "UP", "DOWN", "ONLINE", "LAST SEEN"].map(str::to_owned);
            let nodes = app.store.nodes()?;
            let rows = nodes.iter().map(|node| {
                [
                    node.id.to_string(),
                    node.name.as_str().to_owned(),
                    node.address.as_str().to_owned(),
                    if node.offset.is_none() { String::new() } else { node.offset.to_string() },
                    node.rate.to_string(),
                    node.u.to_string(),
                    node.d.to_string(),
                    node.online.map_or_else(String::new, |online| online.to_string()),
                    if node.last_seen() == 0 { "never".to_owned() } else { zone.minute(node.last_seen()) },
                ]
            });
            say(&list::aligned(std::iter::once(head).chain(rows)));
        }
        Command::Set { id, name, address, rate, port_offset } => {
            if [&name, &address, &rate, &port_offset].iter().all(|value| value.is_none()) {
                return Err(Fault::NothingToChange.into());
            }
            let node = existing(&app, &id)?;
            let mut draft = NodeDraft::from(&node);
            put(name.as_ref(), &mut draft.name, NodeName::parse)?;
            put(address.as_ref(), &mut draft.address, Address::parse)?;
            put(rate.as_ref(), &mut draft.rate, Rate::parse)?;
            put(port_offset.as_ref(), &mut draft.offset, PortOffset::parse)?;
            app.store.change_node(node.id, None, draft, context.now())?;
            say(&format!("node {id} is changed"));
        }
        Command::Remove(which) => {
            app.store.remove_node(existing(&app, &which.id)?.id, context.now())?;
            say(&format!("node {} is removed; `mu-panel node restore {0}` restores it", which.id));
        }
        Command::Restore(which) => {
            app.store.restore_node(existing(&app, &which.id)?.id, context.now())?;
            say(&format!("node {} is restored", which.id));
        }
        Command::Mute(which) => {
            app.store.mute_node(existing(&app, &which.id)?.id, true, context.now())?;
            say(&format!("node {} raises no alarm", which.id));
        }
        Command::Unmute(which) => {
            app.store.mute_node(existing(&app, &which.id)?.id, false, context.now())?;
            say(&format!("node {} raises alarms again", which.id));
        }
    }
    Ok(())
}

fn existing(app: &App, id: &str) -> Result<Node> {
    let node = app.store.node(http::id("ID", id)?)?;
    node.ok_or_else(|| Error::Invalid(Fault::NoSuchNode { given: id.to_owned() }))
}

fn row(node: &Node) -> Value {
    json!({
        "id": node.id,
        "name": node.name.as_str(),
        "address": node.address.as_str(),
        "rate": node.rate.to_string(),
        "port_offset": node.offset.get(),
        "u": node.u.get(),
        "d": node.d.get(),
        "online": node.online,
        "load": node.load,
        "uptime": node.uptime,
        "ip": node.ip,
        "last_pull": node.last_pull,
        "last_push": node.last_push,
        "last_seen": node.last_seen(),
        "muted": node.muted,
    })
}
