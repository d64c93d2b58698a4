//! `mu-panel serve`: the server behind its door, until it is told to stop.

use super::{
    Context, admin, backups, built_in, complain,
    front::Front,
    https::Keeper,
    https_options::HttpsOptions,
    logging, node_options,
    open::{End, Opened, open, permits},
    own_addresses,
    reach::Reach,
    running, say,
};
use crate::{
    app::{self, App},
    auth,
    door::{self, Config, Shutdown},
    error::{Error, Fault, Result},
    model::{Actor, Time, Zone},
    notify, outbound,
    server::{Admission, Server},
    store::{Store, paths},
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
    iterator::Signals,
};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::AtomicBool,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

/// How long it may begin to be sent to the address that was given out for it.
const UPLOAD_TTL: Duration = Duration::from_secs(app::UPLOAD_TTL.unsigned_abs());

#[derive(clap::Parser)]
pub(super) struct Options {
    #[command(flatten)]
    front: Front,
    #[command(flatten)]
    https: HttpsOptions,
    /// The folder of the daily backups, of which the newest seven are kept; `none` for no backups [default: `backups`
    /// beside the database]
    #[arg(long, env = "MU_PANEL_BACKUP_DIR", value_name = "DIR|none")]
    backup_dir: Option<PathBuf>,
    /// Whether this panel is a node too, whatever the page of nodes says [default: as the page says]
    #[arg(long, env = "MU_PANEL_NODE", value_name = "on|off", value_parser = ["on", "off"])]
    node: Option<String>,
    #[command(flatten)]
    relay: node_options::RelayOptions,
    /// Trust these certificates (PEM) for the servers of notices, instead of the public ones
    #[arg(long, env = "MU_PANEL_NOTIFY_CA", value_name = "FILE")]
    notify_ca: Option<PathBuf>,
    /// How much to log on standard error
    #[arg(long, env = "MU_PANEL_LOG", default_value = "info", value_name = "LEVEL")]
    #[arg(value_parser = ["off", "error", "warn", "info", "debug"])]
    log: String,
}

impl Options {
    /// How notices go out.
    fn notices(&self) -> Result<outbound::Options> {
        let Some(file) = &self.notify_ca else { return Ok(outbound::Options::default()) };
        let unusable = |detail| Fault::FileUnusable { file: file.display().to_string(), detail };
        let authorities = Some(outbound::authorities(file).map_err(unusable)?);
        Ok(outbound::Options { authorities, ..outbound::Options::default() })
    }
}

pub(super) fn run(context: &Context, options: &Options) -> Result<()> {
    logging::start(&options.log);
    let files = door::raise_file_limit().unwrap_or_else(|error| {
        log::warn!("the limit on open files stays as it is: {error}");
        1024
    });
    if Zone::system().is_none() {
        log::warn!(
            "the machine's time zone cannot be read, so days begin at midnight UTC: set one, such as `TZ=CST-8`"
        );
    }
    let environment = admin::Environment::read()?;
    let lock = context.lock()?;
    let mut listeners = options.front.listeners()?;
    // A unit would start it again and again, and its page say nothing.
    let (store, standstill) = match context.store(Actor::Page) {
        Err(Error::Invalid(why @ Fault::DatabaseNewer { .. })) => {
            log::error!("{}", super::words(&Error::Invalid(why.clone())));
            (Store::in_memory()?, Some(why))
        }
        opened => (opened?, None),
    };
    let https = Keeper::new(&options.https, &context.db, context.platform, options.front.root())?;
    let site = https.open(&store, &mut listeners)?;
    let reach = Reach::new(&listeners, site.clone(), &options.front.root());
    let permits = permits(&context.db)?;
    let granting = Arc::clone(&permits);
    let front = app::Front {
        built_in: options.node.as_deref().map(|switch| switch == "on"),
        permit: Some(Box::new(move |path| granting.grant(path, UPLOAD_TTL))),
        environment: environment.names(),
        own_address: own_addresses::public().map(|address| address.to_string()),
        standstill: standstill.clone(),
        https: https.offer(options.front.has_certificate()),
        ..options.front.seen_by_pages(&listeners)
    };
    let app = Arc::new(context.app(store, front)?);
    environment.apply(&app)?;
    let (ending, ended) = channel();
    // Set up before the addresses are printed, so that no request to stop is missed.
    obey_signals(&ending)?;
    // Half of the files are the node's, so that neither can take the other's.
    let most_connections = usize::try_from(files / 2).unwrap_or(usize::MAX);
    let admission = Arc::new(Admission::new(&app, context.platform.now));
    let config = options.front.config(context.platform.now, &https)?;
    let config = Config { permits: Some(permits), admission: Some(admission), ..config };
    let Opened { server, shutdown } = open(context, &app, listeners, config, &https, &ending)?;
    let node_files = node_options::files(files, most_connections.min(options.front.connections()));
    if let Some(why) = standstill {
        running::note(&lock, &reach).map_err(Error::internal)?;
        if let Some(site) = site {
            https.start(&app, &site)?;
        }
        greet(&app, &reach, &https, context.now())?;
        return stand_still(&ended, &shutdown, server, why);
    }
    paths::remove_leftovers(&context.db);
    let node = built_in::start(&app, context, options.relay.clone(), node_files)?;
    running::note(&lock, &reach).map_err(Error::internal)?;
    https.note_in(lock.try_clone().map_err(Error::internal)?, reach.clone());
    if let Some(site) = site {
        https.start(&app, &site)?;
    }
    greet(&app, &reach, &https, context.now())?;
    if app.front.bare {
        complain(
            "warning: this listens beyond this machine without encryption: name a certificate with `--tls-cert` and \
             `--tls-key`, or put a proxy in front of it and name that with `--trusted-proxy`",
        );
    }
    notify::start(&app, context.db.clone(), context.platform.now, &options.notices()?)?;
    let dir = options.backup_dir.clone().unwrap_or_else(|| paths::backups(&context.db));
    let making = backups::Making::default();
    if dir.as_os_str() != "none" {
        backups::start(&app, context, dir, making.clone())?;
    }
    let mut outcome = Ok(());
    loop {
        match ended.recv().map_err(Error::internal)? {
            End::Asked => {
                log::info!("stopping");
                shutdown.fire();
            }
            End::Failed(error) => {
                outcome = Err(error);
                shutdown.fire();
            }
            End::Closed(closed) => {
                node.stop();
                server.stop();
                // A backup that still reads keeps the log from being emptied.
                let _none = making.hold();
                app.drop_download();
                paths::remove_leftovers(&context.db);
                return outcome.and(closed).and(app.store.checkpoint());
            }
        }
    }
}

/// Says where it listens, and how to begin.
fn greet(app: &App, reach: &Reach, https: &Keeper, now: Time) -> Result<()> {
    for address in reach.listening() {
        say(&format!("listening on {address}"));
    }
    if app.front.standstill.is_some() || auth::has_password(app)? {
        return Ok(());
    }
    match app.issue_setup_link(now) {
        Ok(secret) => {
            let certified = https.is_certified();
            https.set_up_with(&secret);
            for line in reach.ways(&format!("/login?setup={secret}"), certified) {
                say(&line);
            }
        }
        Err(error) => log::error!("there is no link to set the password: {error:?}"),
    }
    Ok(())
}

/// Goes on saying why nothing is done, until it is told to stop.
fn stand_still(ended: &Receiver<End>, shutdown: &Shutdown, server: Server, why: Fault) -> Result<()> {
    loop {
        match ended.recv().map_err(Error::internal)? {
            End::Asked => shutdown.fire(),
            End::Failed(error) => return Err(error),
            End::Closed(closed) => {
                server.stop();
                return closed.and(Err(why.into()));
            }
        }
    }
}

/// The first signal ends the server in order; the second ends the program at once. That its terminal was closed does
/// neither.
fn obey_signals(ending: &Sender<End>) -> Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&asked)).map_err(Error::internal)?;
        flag::register(signal, Arc::clone(&asked)).map_err(Error::internal)?;
    }
    flag::register(SIGHUP, Arc::default()).map_err(Error::internal)?;
    let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(Error::internal)?;
    let ending = ending.clone();
    let wait = move || signals.forever().next().map_or((), |_| drop(ending.send(End::Asked)));
    thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop).map_err(Error::internal)
}
