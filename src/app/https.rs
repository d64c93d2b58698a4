//! HTTPS by itself, as pages and measurements see and steer it. What it is made of is wired together by the command
//! line.

use super::lock;
use crate::{
    acme::{Acme, Site, Status},
    error::{Error, Result},
};
use std::sync::{Mutex, OnceLock};

/// Opens the ports for a site and begins to get a certificate for it.
pub type Begin = Box<dyn Fn(&Site) -> Result<()> + Send + Sync>;

/// The certificate that the panel keeps for itself, if it does.
#[derive(Default)]
pub struct Https {
    kept: Mutex<Option<Kept>>,
    begin: OnceLock<Begin>,
}

struct Kept {
    site: Site,
    acme: Acme,
}

impl Https {
    /// Whether it can be begun from a page.
    pub fn is_offered(&self) -> bool {
        self.begin.get().is_some()
    }

    /// Lets pages begin it so.
    pub fn offer(&self, begin: Begin) {
        let _first_stays = self.begin.set(begin);
    }

    /// Begins it for a site, in the place of the one before.
    ///
    /// # Errors
    /// When the ports cannot be had.
    pub fn begin(&self, site: &Site) -> Result<()> {
        self.begin.get().ok_or_else(|| Error::internal("HTTPS is not offered"))?(site)
    }

    /// Takes over what keeps the certificate.
    pub fn keep(&self, site: Site, acme: Acme) {
        *lock(&self.kept) = Some(Kept { site, acme });
    }

    /// For what there is a certificate, or is to be one, and how it stands.
    pub fn state(&self) -> Option<(Site, Status)> {
        lock(&self.kept).as_ref().map(|kept| (kept.site.clone(), kept.acme.status()))
    }

    /// Whether a certificate is served.
    pub fn is_served(&self) -> bool {
        self.state().is_some_and(|(_, status)| status.valid.is_some())
    }

    /// Tries to get a certificate at once. `false` if none is kept.
    pub fn try_now(&self) -> bool {
        lock(&self.kept).as_ref().map(|kept| kept.acme.try_now()).is_some()
    }
}
