//! HTTPS by itself, as pages and measurements see and steer it. What it is made of is wired together by the command
//! line.

use super::lock;
use crate::{
    acme::{Acme, Site, Status},
    error::{Error, Result},
};
use std::sync::Mutex;

/// Something done about a site.
pub type Step = Box<dyn Fn(&Site) -> Result<()> + Send + Sync>;

/// What lets pages begin it.
pub struct Offer {
    /// Says whether the ports for a site can be had, and changes nothing.
    pub check: Step,
    /// Opens them, and begins to get a certificate.
    pub begin: Step,
}

/// The certificate that the panel keeps for itself, if it does.
#[derive(Default)]
pub struct Https {
    offer: Option<Offer>,
    current: Mutex<Option<Current>>,
}

/// A site, and what gets its certificate.
struct Current {
    site: Site,
    acme: Acme,
}

impl Https {
    pub(super) fn new(offer: Option<Offer>) -> Self {
        Self { offer, current: Mutex::default() }
    }

    /// Whether it can be begun from a page.
    pub fn is_offered(&self) -> bool {
        self.offer.is_some()
    }

    /// Says whether it could be begun for a site.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn check(&self, site: &Site) -> Result<()> {
        (self.offered()?.check)(site)
    }

    fn offered(&self) -> Result<&Offer> {
        self.offer.as_ref().ok_or_else(|| Error::internal("HTTPS is not offered"))
    }

    /// Begins it for a site, in the place of the one before.
    ///
    /// # Errors
    /// When the ports cannot be had.
    pub fn begin(&self, site: &Site) -> Result<()> {
        (self.offered()?.begin)(site)
    }

    /// Takes over what keeps the certificate.
    pub fn keep(&self, site: Site, acme: Acme) {
        *lock(&self.current) = Some(Current { site, acme });
    }

    /// For what there is a certificate, or is to be one, and how it stands.
    pub fn state(&self) -> Option<(Site, Status)> {
        lock(&self.current).as_ref().map(|current| (current.site.clone(), current.acme.status()))
    }

    /// Whether a certificate is served.
    pub fn is_served(&self) -> bool {
        self.state().is_some_and(|(_, status)| status.valid.is_some())
    }

    /// Tries to get a certificate at once. `false` if none is kept.
    pub fn try_now(&self) -> bool {
        lock(&self.current).as_ref().map(|current| current.acme.try_now()).is_some()
    }
}
