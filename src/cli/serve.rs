//! `mu-panel serve`: the server behind its door, until it is told to stop.

use super::{Desk, admin, backups, beside, complain, say};
use crate::{
    app::App,
    auth,
    door::{self, BODY_HEADER, Bodies, Cidr, Config, Door, Limits, Listener, Stats, Tls},
    error::{Error, Fault, Result},
    model::Actor,
    monitor::Exposition,
    server::{Server, WORKERS},
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};
use std::{
    net::SocketAddr,
    os::unix::{fs::PermissionsExt, net::UnixListener},
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

/// The characters of the secret in the set-up link: 190 random bits.
const SETUP_LETTERS: usize = 32;

#[derive(clap::Parser)]
pub(super) struct Options {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, env = "MU_PANEL_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR:PORT|unix:/PATH")]
    listen: String,
    /// Where a backup is put every day, the newest seven of which are kept; `none` for no backups [default: `backups` beside the database]
    #[arg(long, env = "MU_PANEL_BACKUP_DIR", value_name = "DIR|none")]
    backup_dir: Option<PathBuf>,
    /// A certificate with its chain, in PEM: serve HTTPS; it is read again when it changes
    #[arg(long, env = "MU_PANEL_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, in PEM
    #[arg(long, env = "MU_PANEL_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy whose `X-Forwarded-For` and `X-Forwarded-Proto` count; may be named several times
    #[arg(long, env = "MU_PANEL_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',')]
    trusted_proxy: Vec<Cidr>,
    /// The most connections at once
    #[arg(long, env = "MU_PANEL_MAX_CONNECTIONS", default_value_t = 1024, value_name = "N")]
    max_connections: usize,
    /// The most connections at once from one address; this machine and trusted proxies are exempt
    #[arg(long, env = "MU_PANEL_MAX_PER_ADDRESS", default_value_t = 64, value_name = "N")]
    max_per_address: usize,
    /// How much to log on standard error
    #[arg(long, env = "MU_PANEL_LOG", default_value = "info", value_name = "LEVEL")]
    #[arg(value_parser = ["off", "error", "warn", "info", "debug"])]
    log: String,
}

impl Options {
    fn tls(&self) -> Result<Option<Tls>> {
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else { return Ok(None) };
        let bad = |detail| Fault::CertificateBad { file: certificate.display().to_string(), detail };
        Ok(Some(Tls::load(certificate, key).map_err(bad)?))
    }

    /// Whether what is sent can be read on the way.
    fn is_bare(&self, address: Option<SocketAddr>) -> bool {
        self.tls_cert.is_none()
            && self.trusted_proxy.is_empty()
            && address.is_some_and(|address| !address.ip().is_loopback())
    }

    fn scheme(&self) -> &'static str {
        if self.tls_cert.is_some() { "https" } else { "http" }
    }
}

pub(super) fn run(desk: &Desk, options: &Options) -> Result<()> {
    env_logger::Builder::new().parse_filters(&options.log).target(env_logger::Target::Stderr).init();
    if let Err(error) = door::raise_file_limit() {
        log::warn!("the limit on open files stays as it is: {error}");
    }
    let _lock = desk.lock()?;
    let app = Arc::new(desk.open_for(Actor::Page)?);
    admin::from_environment(&app)?;
    let listener = Listener::bind(&options.listen)
        .map_err(|error| Fault::ListenBad { address: options.listen.clone(), detail: error.to_string() })?;
    let address = listener.local_addr();
    // Asked for before anybody is told that it listens, so that no request to stop is missed.
    let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(Error::internal)?;
    let (server, door, shutdown) = open(desk, options, &app, listener)?;
    greet(desk, options, &app, address)?;
    let dir = options.backup_dir.clone().unwrap_or_else(|| desk.db.with_file_name("backups"));
    if dir.as_os_str() != "none" {
        backups::start(&app, desk, dir)?;
    }
    signals.forever().next();
    log::info!("stopping");
    shutdown.fire();
    let closed = door.join();
    server.stop();
    app.store.checkpoint()?;
    closed.map_err(|_| Error::internal("the door panicked"))?.map_err(Error::internal)
}

type OpenDoor = JoinHandle<std::io::Result<()>>;

/// Starts the server on its private socket, and the door in front of it.
fn open(
    desk: &Desk,
    options: &Options,
    app: &Arc<App>,
    listener: Listener,
) -> Result<(Server, OpenDoor, door::Shutdown)> {
    let private = beside(&desk.db, "-socket");
    let bodies = Arc::new(Bodies::default());
    let shelf = Arc::clone(&bodies);
    let hand_over = Box::new(move |body| (BODY_HEADER, shelf.put(body).to_string()));
    let server = Server::start(private_listener(&private)?, app, desk.edge.now, hand_over)?;
    let config = Config {
        limits: Limits {
            connections: options.max_connections,
            per_address: options.max_per_address,
            ..Limits::default()
        },
        trusted_proxies: options.trusted_proxy.clone(),
        tls: options.tls()?,
        upstream_connections: WORKERS,
        ..Config::default()
    };
    let door = Door::new(vec![listener], private, bodies, config).map_err(Error::internal)?;
    let (shutdown, stats) = (door.shutdown(), door.stats());
    app.meters.add(Box::new(move || measurements(&stats)));
    let thread = thread::Builder::new().name("door".to_owned()).spawn(move || door.run()).map_err(Error::internal)?;
    Ok((server, thread, shutdown))
}

/// The socket between the door and the server, which only this user can reach.
fn private_listener(path: &Path) -> Result<UnixListener> {
    let unusable =
        |error: std::io::Error| Fault::FileUnusable { file: path.display().to_string(), detail: error.to_string() };
    // What a process that was killed has left: the lock says that there is no other.
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path).map_err(unusable)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(unusable)?;
    Ok(listener)
}

/// Says where it listens, and how to begin.
fn greet(desk: &Desk, options: &Options, app: &App, address: Option<SocketAddr>) -> Result<()> {
    let scheme = options.scheme();
    let place = address.map_or_else(|| options.listen.clone(), |address| format!("{scheme}://{address}"));
    say(&format!("listening on {place}"));
    if !auth::has_password(app)? {
        let secret = app.letters(SETUP_LETTERS);
        app.setup.issue(&secret, desk.now());
        let here =
            address.map_or_else(|| "http://localhost".to_owned(), |address| format!("http://{}", reachable(address)));
        say(&format!("set your password here (good once, for 30 minutes): {here}/login?setup={secret}"));
    }
    if options.is_bare(address) {
        complain(
            "warning: this listens beyond this machine without encryption: name a certificate with `--tls-cert` and `--tls-key`, or put a proxy in front of it and name that with `--trusted-proxy`",
        );
    }
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

/// What the door has counted, for `/metrics`.
fn measurements(stats: &Stats) -> String {
    let mut page = Exposition::default();
    for (name, kind, help, value) in [
        ("mu_panel_connections", "gauge", "Connections that are open.", stats.open()),
        ("mu_panel_connections_accepted_total", "counter", "Connections that were let in.", stats.accepted()),
        ("mu_panel_connections_evicted_total", "counter", "Connections that had to make room.", stats.evicted()),
        ("mu_panel_connections_timed_out_total", "counter", "Connections that were too slow.", stats.timed_out()),
        ("mu_panel_requests_total", "counter", "Requests that were let in.", stats.requests()),
        ("mu_panel_requests_queued", "gauge", "Requests that wait for a worker.", stats.queued()),
        ("mu_panel_requests_busy", "gauge", "Requests that a worker is at.", stats.upstream_busy()),
    ] {
        page.family(name, kind, help);
        page.sample(name, &[], value);
    }
    page.family("mu_panel_requests_refused_total", "counter", "Requests that were not let in, by the status they got.");
    for (status, count) in stats.refused() {
        page.sample("mu_panel_requests_refused_total", &[("code", &status.to_string())], count);
    }
    page.0
}
