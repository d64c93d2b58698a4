//! What the options say of HTTPS by itself: the site, and how its certificate is got.

use crate::{
    acme::{self, Host, LETS_ENCRYPT, LETS_ENCRYPT_STAGING, Plan, Site},
    error::{Fault, Result},
    outbound,
    store::paths,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(clap::Args, Clone)]
pub(super) struct HttpsOptions {
    /// Serve HTTPS for this name or address, on port 443 unless another is given, with a certificate that is obtained
    /// and renewed automatically; port 80 redirects there
    #[arg(long, env = "MU_PANEL_HTTPS", value_name = "NAME|IP[:PORT]", conflicts_with = "tls_cert")]
    pub(super) https: Option<Site>,
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

impl HttpsOptions {
    /// What is ordered, but for the site; everything is kept beside the database `db`.
    pub(super) fn plan(&self, db: &Path) -> Result<Plan> {
        let unusable = |file: &Path, detail: String| Fault::FileUnusable { file: file.display().to_string(), detail };
        let external = match (&self.acme_eab_id, &self.acme_eab_key) {
            (Some(id), Some(file)) => {
                let text = fs::read_to_string(file).map_err(|error| unusable(file, error.to_string()))?;
                let key = BASE64_URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('='));
                Some((id.clone(), key.map_err(|_| unusable(file, "it is not base64url".to_owned()))?))
            }
            _ => None,
        };
        let authorities = match &self.acme_ca {
            Some(file) => Some(outbound::authorities(file).map_err(|detail| unusable(file, detail))?),
            None => None,
        };
        let directory = match self.acme_url.as_str() {
            "staging" => LETS_ENCRYPT_STAGING.to_owned(),
            url => url.to_owned(),
        };
        Ok(Plan {
            // In its place comes the one that is wanted.
            site: Site { host: Host::Name(String::new()), port: acme::HTTPS_PORT },
            directory,
            profile: self.acme_profile.clone(),
            external,
            contact: self.acme_contact.clone(),
            folder: paths::certificates(db),
            client: outbound::Options { authorities, ..outbound::Options::default() },
            http: false,
        })
    }
}
