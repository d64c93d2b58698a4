//! HTTPS by itself: the ports, and the certificate that is kept for them.

use super::{complain, https_options::HttpsOptions, port_holder, reach::Reach, running, say};
use crate::{
    acme::{self, Acme, CertResolver, Hooks, Host, Plan, Site},
    app::{App, Offer},
    auth,
    door::{Listener, Opener, Redirect, RedirectTarget, Scheme, Tls},
    error::{Error, Fault, Result},
    model::{Platform, lock},
    store::{Setting, Store},
    text::ENGLISH,
};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, ErrorKind},
    path::Path,
    sync::{Arc, Mutex, OnceLock, Weak},
};

/// The port on which authorities look, and from which browsers are sent on.
const HTTP_PORT: u16 = 80;

/// What keeps the certificate, and the ports that are open for it.
pub(super) struct Keeper {
    /// The site that the options name.
    named: Option<Site>,
    /// The certificate's plan but for the site.
    plan: Plan,
    platform: Platform,
    resolver: Arc<CertResolver>,
    root: Arc<str>,
    /// What there is a certificate for.
    served: Mutex<Option<Site>>,
    ports: Mutex<BTreeSet<u16>>,
    /// The secret of the set-up link, if one was given out.
    setup: Mutex<Option<String>>,
    running: OnceLock<Running>,
    note: OnceLock<(File, Reach)>,
}

/// The panel whose certificate it is, and its open door.
struct Running {
    app: Weak<App>,
    opener: Opener,
}

impl Keeper {
    pub(super) fn new(options: &HttpsOptions, db: &Path, platform: Platform, root: Arc<str>) -> Result<Arc<Self>> {
        let plan = options.plan(db)?;
        Ok(Arc::new(Self {
            named: options.https.clone(),
            plan,
            platform,
            resolver: Arc::default(),
            root,
            served: Mutex::default(),
            ports: Mutex::default(),
            setup: Mutex::default(),
            running: OnceLock::new(),
            note: OnceLock::new(),
        }))
    }

    /// The site that is to be served, and whether the command line says so.
    fn wanted(&self, store: &Store) -> Result<Option<(Site, bool)>> {
        if let Some(site) = &self.named {
            return Ok(Some((site.clone(), true)));
        }
        Ok(store.settings()?.get(Setting::HttpsSite).and_then(|text| text.parse().ok()).map(|site| (site, false)))
    }

    /// Adds the listeners of the site that is to be served, if one is. What was set on a page does not keep the panel,
    /// and with it that page, from being reached.
    pub(super) fn open(&self, store: &Store, listeners: &mut Vec<Listener>) -> Result<Option<Site>> {
        let Some((site, asked)) = self.wanted(store)? else { return Ok(None) };
        match self.bind(&site) {
            Ok(more) => {
                self.keep_open(&more);
                listeners.extend(more);
                Ok(Some(site))
            }
            Err(error) if asked => Err(error),
            Err(error) => {
                complain(&format!("warning: https:// is not served: {}", words(&error)));
                Ok(None)
            }
        }
    }

    /// What the listeners speak TLS with.
    pub(super) fn tls(&self) -> Result<Tls> {
        Tls::with(Arc::clone(&self.resolver) as _).map_err(Error::internal)
    }

    /// Where port 80 redirects to.
    pub(super) fn redirect(self: &Arc<Self>) -> Redirect {
        Redirect(Some(Arc::clone(self) as _))
    }

    /// Binds the ports of a site, but for those that are open already.
    ///
    /// # Errors
    /// When one that is needed is taken, or must not be opened.
    fn bind(&self, site: &Site) -> Result<Vec<Listener>> {
        let ports = lock(&self.ports);
        let mut listeners = Vec::new();
        if !ports.contains(&site.port) {
            listeners.push(bind(site.port, Scheme::Https).map_err(|error| refused(site.port, &error))?);
        }
        if !ports.contains(&HTTP_PORT) {
            match bind(HTTP_PORT, Scheme::Redirect) {
                Ok(listener) => listeners.push(listener),
                // A name can be proved on port 443 as well.
                Err(error) if matches!(site.host, Host::Name(_)) && site.port == acme::HTTPS_PORT => {
                    log::warn!("nothing redirects to https://: {}", words(&refused(HTTP_PORT, &error)));
                }
                Err(error) => return Err(refused(HTTP_PORT, &error)),
            }
        }
        Ok(listeners)
    }

    /// Remembers which ports are open from now on.
    fn keep_open(&self, listeners: &[Listener]) {
        let opened = listeners.iter().filter_map(Listener::local_addr).map(|address| address.port());
        lock(&self.ports).extend(opened);
    }

    /// Keeps in mind where it is noted where the panel listens.
    pub(super) fn note_in(&self, lock: File, reach: Reach) {
        let _first_stays = self.note.set((lock, reach));
    }

    /// Begins to keep a certificate for a site whose ports are open.
    pub(super) fn start(self: &Arc<Self>, app: &Arc<App>, site: &Site) -> Result<()> {
        let http = lock(&self.ports).contains(&HTTP_PORT);
        let plan = Plan { site: site.clone(), http, ..self.plan.clone() };
        let (keeper, obtained, failing) = (Arc::clone(self), site.clone(), Arc::downgrade(app));
        let hooks = Hooks {
            obtained: Box::new(move || {
                keeper.serves(&obtained);
                keeper.greet();
            }),
            // The admin is told at once.
            failed: Box::new(move |_| {
                if let Some(app) = failing.upgrade() {
                    app.notices.look();
                }
            }),
        };
        let folder = plan.folder.display().to_string();
        let unusable = |trouble: acme::Trouble| Fault::FileUnusable { file: folder, detail: trouble.detail };
        let acme = Acme::start(plan, Arc::clone(&self.resolver), self.platform, hooks).map_err(unusable)?;
        if acme.status().valid.is_some() {
            self.serves(site);
        }
        app.https.keep(site.clone(), acme);
        Ok(())
    }

    /// Leads there from now on.
    fn serves(&self, site: &Site) {
        *lock(&self.served) = Some(site.clone());
        let Some((lock, reach)) = self.note.get() else { return };
        let reach = Reach { site: Some(site.clone()), ..reach.clone() };
        if let Err(error) = running::note(lock, &reach) {
            log::warn!("where the panel listens cannot be noted: {error}");
        }
    }

    /// What lets the pages begin it, unless the command line names a site or a certificate.
    pub(super) fn offer(self: &Arc<Self>, has_certificate: bool) -> Option<Offer> {
        let (checking, beginning) = (Arc::clone(self), Arc::clone(self));
        (self.named.is_none() && !has_certificate).then(|| Offer {
            check: Box::new(move |site| checking.bind(site).map(drop)),
            begin: Box::new(move |site| beginning.begin(site)),
        })
    }

    /// Takes the panel and its door, before the first client comes.
    pub(super) fn run_with(&self, app: &Arc<App>, opener: Opener) {
        let _first_stays = self.running.set(Running { app: Arc::downgrade(app), opener });
    }

    fn running(&self) -> Result<(Arc<App>, &Opener)> {
        let running = self.running.get().ok_or_else(|| Error::internal("the door is not open yet"))?;
        Ok((running.app.upgrade().ok_or_else(|| Error::internal("the panel is ending"))?, &running.opener))
    }

    /// Opens the ports of a site while the panel runs, and begins to keep a certificate for it.
    fn begin(self: &Arc<Self>, site: &Site) -> Result<()> {
        let (app, opener) = self.running()?;
        let listeners = self.bind(site)?;
        self.keep_open(&listeners);
        opener.open(listeners).map_err(Error::internal)?;
        self.start(&app, site)?;
        let site = vec![(Setting::HttpsSite, Some(site.to_string()))];
        app.store.change_settings(site, (self.platform.now)())
    }

    /// Whether there is a certificate to serve.
    pub(super) fn is_certified(&self) -> bool {
        lock(&self.served).is_some()
    }

    /// Keeps in mind what the set-up link was given out with.
    pub(super) fn set_up_with(&self, secret: &str) {
        *lock(&self.setup) = Some(secret.to_owned());
    }

    /// Says the set-up link again when it can be opened without a tunnel, as long as no password is set.
    fn greet(&self) {
        let (Ok((app, _)), Some(secret)) = (self.running(), lock(&self.setup).take()) else {
            return;
        };
        if let (Ok(false), Some(site)) = (auth::has_password(&app), lock(&self.served).clone()) {
            if let Err(error) = app.accept_setup_link(&secret, (self.platform.now)()) {
                log::warn!("the set-up link lasts no longer: {error:?}");
            }
            let reach = Reach { site: Some(site), root: self.root.to_string(), ..Reach::default() };
            for line in reach.ways(&format!("/login?setup={secret}"), true) {
                say(&line);
            }
        }
    }
}

impl RedirectTarget for Keeper {
    fn origin(&self) -> Option<String> {
        lock(&self.served).as_ref().map(Site::origin)
    }

    fn challenge(&self, token: &str) -> Option<String> {
        self.resolver.answer(token)
    }
}

/// On every address of this machine, which may be without IPv6.
fn bind(port: u16, scheme: Scheme) -> io::Result<Listener> {
    Ok(Listener::bind(&format!(":{port}"))?.with_scheme(scheme))
}

fn refused(port: u16, error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::AddrInUse => Fault::PortInUse { port, by: port_holder::holder(port) },
        ErrorKind::PermissionDenied => Fault::PortForbidden { port },
        _ => Fault::ListenBad { address: format!("port {port}"), detail: error.to_string() },
    }
    .into()
}

fn words(error: &Error) -> String {
    error.fault().map_or_else(|| error.to_string(), ENGLISH.fault)
}
