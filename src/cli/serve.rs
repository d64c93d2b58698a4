//! `mu-panel serve`.

use super::{Desk, admin, backups, complain, say};
use crate::{
    auth,
    error::{Error, Fault, Result},
    server::Server,
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};
use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
};

/// The characters of the secret in the set-up link: 190 random bits.
const SETUP_LETTERS: usize = 32;

#[derive(clap::Parser)]
pub(super) struct Options {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, env = "MU_PANEL_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR:PORT")]
    listen: String,
    /// Where a backup is put every day, the newest seven of which are kept; `none` for no backups [default: `backups` beside the database]
    #[arg(long, env = "MU_PANEL_BACKUP_DIR", value_name = "DIR|none")]
    backup_dir: Option<PathBuf>,
    /// How much to log on standard error
    #[arg(long, env = "MU_PANEL_LOG", default_value = "info", value_name = "LEVEL")]
    #[arg(value_parser = ["off", "error", "warn", "info", "debug"])]
    log: String,
}

pub(super) fn run(desk: &Desk, options: &Options) -> Result<()> {
    env_logger::Builder::new().parse_filters(&options.log).target(env_logger::Target::Stderr).init();
    let bad = |detail: String| Fault::ListenBad { address: options.listen.clone(), detail };
    let address: SocketAddr = options.listen.parse().map_err(|_| bad("it is no address with a port".to_owned()))?;
    let _lock = desk.lock()?;
    let app = Arc::new(desk.open()?);
    admin::from_environment(&app)?;
    let listener = TcpListener::bind(address).map_err(|error| bad(error.to_string()))?;
    let address = listener.local_addr().map_err(|error| bad(error.to_string()))?;
    let server = Server::start(listener, &app, desk.edge.now)?;
    say(&format!("listening on http://{address}"));
    if !auth::has_password(&app)? {
        let secret = app.letters(SETUP_LETTERS);
        app.setup.issue(&secret, desk.now());
        say(&format!(
            "set your password here (good once, for 30 minutes): http://{}/login?setup={secret}",
            reachable(address)
        ));
    }
    if !address.ip().is_loopback() {
        complain("warning: this listens beyond this machine without encryption: put a proxy with TLS in front of it");
    }
    let dir = options.backup_dir.clone().unwrap_or_else(|| desk.db.with_file_name("backups"));
    if dir.as_os_str() != "none" {
        backups::start(&app, desk, dir)?;
    }
    wait_for_signal()?;
    log::info!("stopping");
    server.stop();
    app.store.checkpoint()
}

/// Returns when the process is asked to end.
fn wait_for_signal() -> Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(Error::internal)?;
    signals.forever().next();
    Ok(())
}

/// The address as a browser on this machine can open it.
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    address
}
