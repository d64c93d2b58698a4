//! The server on its private socket, and the door in front of it.

use super::{Context, front::MAX_UPLOAD_BYTES, https::Keeper};
use crate::{
    app::App,
    bridge::Bridge,
    door::{Config, Door, Listener, Shutdown, Stats, UploadPermits},
    error::{Error, Result},
    monitor::Exposition,
    server::Server,
    store::paths,
};
use std::{
    os::unix::{fs::PermissionsExt, net::UnixListener},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, mpsc::Sender},
    thread,
};

/// What ends the server, or has ended.
pub(super) enum End {
    /// It was told to stop.
    Asked,
    /// It cannot take any more requests.
    Failed(Error),
    /// The door is closed.
    Closed(Result<()>),
}

/// A server that is reached through its door.
pub(super) struct Opened {
    pub(super) server: Server,
    pub(super) shutdown: Shutdown,
}

/// Starts the server on its private socket, and the door in front of it.
pub(super) fn open(
    context: &Context,
    app: &Arc<App>,
    listeners: Vec<Listener>,
    config: Config,
    https: &Keeper,
    ending: &Sender<End>,
) -> Result<Opened> {
    let private = paths::socket(&context.db);
    let bridge = Arc::new(Bridge::default());
    let (failing, closing) = (ending.clone(), ending.clone());
    let server = Server::start(
        private_listener(&private)?,
        app,
        context.platform.now,
        Arc::clone(&bridge),
        Box::new(move |error| drop(failing.send(End::Failed(error)))),
    )?;
    let door = Door::new(listeners, private, bridge, config).map_err(Error::internal)?;
    let (shutdown, stats) = (door.shutdown(), door.stats());
    https.run_with(app, door.opener());
    app.meters.add(Box::new(move || measurements(&stats)));
    let run = move || {
        let closed = catch_unwind(AssertUnwindSafe(|| door.run()));
        let closed = closed.map_err(|_| Error::internal("the door panicked"));
        drop(closing.send(End::Closed(closed.and_then(|closed| closed.map_err(Error::internal)))));
    };
    thread::Builder::new().name("door".to_owned()).spawn(run).map_err(Error::internal)?;
    Ok(Opened { server, shutdown })
}

/// Where large bodies may come, which go into a file beside the database.
pub(super) fn permits(database: &Path) -> Result<Arc<UploadPermits>> {
    let file = paths::upload(database);
    UploadPermits::new(&file, MAX_UPLOAD_BYTES).map_err(Error::file(&file))
}

/// The socket between the door and the server, which only this user can reach.
fn private_listener(path: &Path) -> Result<UnixListener> {
    let unusable = Error::file(path);
    // What a process that was killed has left: the lock says that there is no other.
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path).map_err(&unusable)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(unusable)?;
    Ok(listener)
}

/// What the door has counted, for `/metrics`.
fn measurements(stats: &Stats) -> String {
    let mut page = Exposition::default();
    for (name, kind, help, value) in [
        ("mu_panel_connections", "gauge", "Connections that are open.", stats.open.get()),
        ("mu_panel_connections_accepted_total", "counter", "Connections that were let in.", stats.accepted.get()),
        ("mu_panel_connections_evicted_total", "counter", "Connections that had to make room.", stats.evicted.get()),
        ("mu_panel_connections_timed_out_total", "counter", "Connections that were too slow.", stats.timed_out.get()),
        ("mu_panel_requests_total", "counter", "Requests that were let in.", stats.requests.get()),
        (
            "mu_panel_requests_repeated_total",
            "counter",
            "Requests that had an answer again which still held.",
            stats.repeated.get(),
        ),
        ("mu_panel_requests_queued", "gauge", "Requests that wait for a worker.", stats.queued.get()),
        ("mu_panel_requests_busy", "gauge", "Requests that a worker is at.", stats.upstream_busy.get()),
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
