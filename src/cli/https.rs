//! HTTPS by itself: the ports, the certificate that is kept for them, and what the options say of both.

use super::{Platform, complain, port_holder, reach::Reach, running, say};
use crate::{
    acme::{self, Acme, Edge, Hooks, Host, LETS_ENCRYPT, LETS_ENCRYPT_STAGING, Plan, Shelf, Site},
    app::{App, Offer},
    auth,
    door::{Directions, Elsewhere, Listener, Opener, Speaks, Tls},
    error::{Error, Fault, Result},
    outbound,
    store::{Setting, Store, paths},
    text::ENGLISH,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
};

/// The port on which authorities look, and from which browsers are sent on.
const HTTP_PORT: u16 = 80;

#[derive(clap::Args, Clone)]
pub(super) struct HttpsOptions {
    /// Serve HTTPS for this name or address, on port 443 unless another is given, with a certificate that is obtained
    /// and renewed automatically; port 80 redirects there
    #[arg(long, env = "MU_PANEL_HTTPS", value_name = "NAME|IP[:PORT]", conflicts_with = "tls_cert")]
    https: Option<Site>,
    /// The ACME directory of the certificate authority; `staging` is Let's Encrypt's test environment
    #[arg(long, env = "MU_PANEL_ACME_URL", value_name = "URL|staging", default_value = LETS_ENCRYPT)]
    acme_url: String,
    /// The certificate profile [default: `shortlived` for an address, else the authority's choice]
    #[arg(long, env = "MU_PANEL_ACME_PROFILE", value_name = "NAME")]
    acme_profile: Option<String>,
    /// Your e-mail address, for the authority
    #[arg(long, env = "MU_PANEL_ACME_CONTACT", value_name = "ADDRESS")]
    acme_contact: Option<String>,
    /// The ID of an account created at the authority beforehand (external account binding)
    #[arg(long, env = "MU_PANEL_ACME_EAB_ID", value_name = "ID", requires = "acme_eab_key")]
    acme_eab_id: Option<String>,
    /// A file with the key of that account (base64url)
    #[arg(long, env = "MU_PANEL_ACME_EAB_KEY", value_name = "FILE", requires = "acme_eab_id")]
    acme_eab_key: Option<PathBuf>,
    /// Trust these certificates (PEM) for the authority's own server, instead of the public ones
    #[arg(long, env = "MU_PANEL_ACME_CA", value_name = "FILE")]
    acme_ca: Option<PathBuf>,
}

/// What keeps the certificate, and the ports that are open for it.
pub(super) struct Keeper {
    options: HttpsOptions,
    /// The certificate's plan but for the site.
    plan: Plan,
    edge: Edge,
    shelf: Arc<Shelf>,
    root: Arc<str>,
    /// What there is a certificate for.
    served: Mutex<Option<Site>>,
    ports: Mutex<BTreeSet<u16>>,
    /// The secret of the set-up link, if one was given out.
    setup: Mutex<Option<String>>,
    opener: OnceLock<Opener>,
    app: OnceLock<Weak<App>>,
    note: OnceLock<(File, Reach)>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Keeper {
    pub(super) fn new(options: &HttpsOptions, db: &Path, platform: Platform, root: Arc<str>) -> Result<Arc<Self>> {
        let unusable = |file: &Path, detail: String| Fault::FileUnusable { file: file.display().to_string(), detail };
        let external = match (&options.acme_eab_id, &options.acme_eab_key) {
            (Some(id), Some(file)) => {
                let text = fs::read_to_string(file).map_err(|error| unusable(file, error.to_string()))?;
                let key = BASE64_URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('='));
                Some((id.clone(), key.map_err(|_| unusable(file, "it is not base64url".to_owned()))?))
            }
            _ => None,
        };
        let authorities = match &options.acme_ca {
            Some(file) => Some(outbound::authorities(file).map_err(|detail| unusable(file, detail))?),
            None => None,
        };
        let directory = match options.acme_url.as_str() {
            "staging" => LETS_ENCRYPT_STAGING.to_owned(),
            url => url.to_owned(),
        };
        let plan = Plan {
            // In its place comes the one that is wanted.
            site: Site { host: Host::Name(String::new()), port: acme::HTTPS_PORT },
            directory,
            profile: options.acme_profile.clone(),
            external,
            contact: options.acme_contact.clone(),
            folder: paths::certificates(db),
            client: outbound::Options { authorities, ..outbound::Options::default() },
            http: false,
        };
        Ok(Arc::new(Self {
            options: options.clone(),
            plan,
            edge: Edge { now: platform.now, random: platform.random },
            shelf: Arc::default(),
            root,
            served: Mutex::default(),
            ports: Mutex::default(),
            setup: Mutex::default(),
            opener: OnceLock::new(),
            app: OnceLock::new(),
            note: OnceLock::new(),
        }))
    }

    /// The site that is to be served, and whether the command line says so.
    fn wanted(&self, store: &Store) -> Result<Option<(Site, bool)>> {
        if let Some(site) = &self.options.https {
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
        Tls::with(Arc::clone(&self.shelf) as _).map_err(Error::internal)
    }

    /// What port 80 says.
    pub(super) fn elsewhere(self: &Arc<Self>) -> Elsewhere {
        Elsewhere(Some(Arc::clone(self) as _))
    }

    /// Binds the ports of a site, but for those that are open already.
    ///
    /// # Errors
    /// When one that is needed is taken, or must not be opened.
    fn bind(&self, site: &Site) -> Result<Vec<Listener>> {
        let ports = lock(&self.ports);
        let mut listeners = Vec::new();
        if !ports.contains(&site.port) {
            listeners.push(bind(site.port, Speaks::Https).map_err(|error| refused(site.port, &error))?);
        }
        if !ports.contains(&HTTP_PORT) {
            match bind(HTTP_PORT, Speaks::Elsewhere) {
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
        let _first_stays = self.app.set(Arc::downgrade(app));
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
        let acme = Acme::start(plan, Arc::clone(&self.shelf), self.edge, hooks).map_err(unusable)?;
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

    /// Lets the pages begin it while the door is open, unless its certificate is named on the command line.
    pub(super) fn offer(self: &Arc<Self>, app: &Arc<App>, opener: Opener, has_certificate: bool) {
        let _first_stays = self.opener.set(opener);
        if self.options.https.is_some() || has_certificate {
            return;
        }
        let (checking, keeper, app_again) = (Arc::clone(self), Arc::clone(self), Arc::downgrade(app));
        app.https.offer(Offer {
            check: Box::new(move |site| checking.bind(site).map(drop)),
            begin: Box::new(move |site| {
                let app = app_again.upgrade().ok_or_else(|| Error::internal("it is ending"))?;
                let listeners = keeper.bind(site)?;
                keeper.keep_open(&listeners);
                let opener = keeper.opener.get().ok_or_else(|| Error::internal("no door"))?;
                opener.open(listeners).map_err(Error::internal)?;
                keeper.start(&app, site)?;
                let site = vec![(Setting::HttpsSite, Some(site.to_string()))];
                app.store.change_settings(site, (keeper.edge.now)())
            }),
        });
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
        let (Some(app), Some(secret)) = (self.app.get().and_then(Weak::upgrade), lock(&self.setup).take()) else {
            return;
        };
        if let (Ok(false), Some(site)) = (auth::has_password(&app), lock(&self.served).clone()) {
            if let Err(error) = app.accept_setup_link(&secret, (self.edge.now)()) {
                log::warn!("the set-up link lasts no longer: {error:?}");
            }
            let reach = Reach { site: Some(site), root: self.root.to_string(), ..Reach::default() };
            for line in reach.ways(&format!("/login?setup={secret}"), true) {
                say(&line);
            }
        }
    }
}

impl Directions for Keeper {
    fn origin(&self) -> Option<String> {
        lock(&self.served).as_ref().map(Site::origin)
    }

    fn challenge(&self, token: &str) -> Option<String> {
        self.shelf.answer(token)
    }
}

/// On every address of this machine, which may be without IPv6.
fn bind(port: u16, speaks: Speaks) -> io::Result<Listener> {
    Ok(Listener::bind(&format!(":{port}"))?.speaking(speaks))
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
