//! One order, from the account to the certificate in its file. What it needs to be gone on with is kept on disk on the
//! way.

use super::{
    Plan,
    cert_resolver::CertResolver,
    certificate::Certificate,
    client::{Client, Directory},
    folder::{Folder, ORDER, OpenOrder, account_file, certificate_file},
    identifier::{HTTPS_PORT, Host},
    trouble::{Kind, Trouble},
};
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, CertificateIdentifier, ChallengeType, Error, ExternalAccountKey,
    Identifier, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls::pki_types::Der;
use std::time::Duration;

/// The profile in which addresses get certificates.
const ADDRESS_PROFILE: &str = "shortlived";

/// How long an authority may take for its checks, and for a signature.
const ORDER_RETRY: RetryPolicy = RetryPolicy::new().timeout(Duration::from_mins(2));

/// One attempt at a certificate: what it is made with.
pub(super) struct Attempt<'a> {
    pub plan: &'a Plan,
    pub client: &'a Client,
    pub directory: &'a Directory,
    pub folder: &'a Folder,
    pub resolver: &'a CertResolver,
    /// The ways of proof, the one to be tried first in front.
    pub challenges: Vec<ChallengeType>,
    /// What is renewed.
    pub old: Option<&'a Certificate>,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(problem) => Self::of(&problem),
            Error::Other(other) => Self::new(Kind::Authority, other.to_string()),
            Error::Timeout(_) => Self::new(Kind::Authority, "it took too long with the order"),
            other => Self::new(Kind::Other, other.to_string()),
        }
    }
}

/// Whether an order may have been refused for the certificate that it names as renewed (RFC 9773, 5).
fn may_be_about_the_old(error: &Error) -> bool {
    let problem = match error {
        Error::Api(problem) => problem,
        // One that does not say in its answer what is replaced.
        Error::Other(other) => return other.to_string().starts_with("replaces "),
        other => return matches!(other, Error::Unsupported(_)),
    };
    let kind = problem.r#type.as_deref().unwrap_or_default().rsplit(':').next().unwrap_or_default();
    matches!(kind, "alreadyReplaced" | "malformed" | "unauthorized" | "")
}

/// The ways in which a host can be proved, in the order of preference; after a failure the next comes first.
pub(super) fn challenges(plan: &Plan, failures: u32) -> Vec<ChallengeType> {
    let mut ways = vec![ChallengeType::Http01];
    if matches!(plan.site.host, Host::Name(_)) && plan.site.port == HTTPS_PORT {
        ways.push(ChallengeType::TlsAlpn01);
    }
    if !plan.http {
        ways.retain(|way| *way != ChallengeType::Http01);
    }
    let first = if ways.is_empty() { 0 } else { failures as usize % ways.len() };
    ways.rotate_left(first);
    ways
}

impl Attempt<'_> {
    /// Gets a certificate and puts it into its file.
    pub(super) async fn obtain(&self) -> Result<Certificate, Trouble> {
        if self.challenges.is_empty() {
            let why = "port 80 is not ours, and port 443 neither";
            return Err(Trouble::new(Kind::NoChallenge, why));
        }
        let offered = &self.directory.meta.profiles;
        if let Some(profile) = self.plan.profile.as_deref().filter(|profile| !offered.contains_key(*profile)) {
            let mut names: Vec<&str> = offered.keys().map(String::as_str).collect();
            names.sort_unstable();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(Trouble::new(Kind::Rejected, format!("no profile `{profile}` is offered; offered: {names}")));
        }
        let account = self.account().await?;
        let (mut order, key) = self.order(&account).await?;
        let outcome = self.go_through(&mut order, &key).await;
        self.resolver.forget_challenges();
        // An order that has failed cannot be gone on with; one that only could not be asked about can.
        if outcome.as_ref().is_err_and(|trouble| trouble.kind != Kind::Authority) || outcome.is_ok() {
            self.folder.remove(ORDER);
        }
        outcome
    }

    async fn account(&self) -> Result<Account, Trouble> {
        let file = account_file(&self.plan.directory);
        let builder = || Account::builder_with_http(Box::new(self.client.clone()));
        if let Some(kept) = self.folder.json::<AccountCredentials>(&file)? {
            return Ok(builder().from_credentials(kept).await?);
        }
        let external = self.plan.external.as_ref().map(|(id, key)| ExternalAccountKey::new(id.clone(), key));
        if self.directory.meta.external_account_required && external.is_none() {
            return Err(Trouble::new(Kind::Account, ""));
        }
        let contact = self.plan.contact.as_ref().map(|address| format!("mailto:{address}"));
        let contact: Vec<&str> = contact.as_deref().into_iter().collect();
        let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let made = builder().create(&new, self.plan.directory.clone(), external.as_ref()).await?;
        self.folder.write_json(&file, &made.1)?;
        Ok(made.0)
    }

    /// The order that is open, or a new one, with its private key.
    async fn order(&self, account: &Account) -> Result<(Order, KeyPair), Trouble> {
        let (host, directory) = (self.plan.site.host.to_string(), self.plan.directory.clone());
        let bad_key = |error: rcgen::Error| Trouble::new(Kind::Other, error.to_string());
        if let Some(open) = self.folder.json::<OpenOrder>(ORDER)?
            && (&open.host, &open.directory) == (&host, &directory)
            && let Ok(key) = KeyPair::from_pem(&open.key)
            && let Ok(mut order) = account.order(open.url).await
            && order.state().status != OrderStatus::Invalid
        {
            log::info!("going on with the order for {host} that was open");
            return Ok((order, key));
        }
        let identifiers = [match &self.plan.site.host {
            Host::Name(name) => Identifier::Dns(name.clone()),
            Host::Address(address) => Identifier::Ip(*address),
        }];
        let order = match self.new_order(account, &identifiers, self.old).await {
            // It may have been renewed already, or be of another authority.
            Err(error) if self.old.is_some_and(|old| old.id.is_some()) && may_be_about_the_old(&error) => {
                log::info!("ordering anew, not as a renewal: {error}");
                self.new_order(account, &identifiers, None).await
            }
            made => made,
        };
        let order = match order {
            Err(Error::Api(problem))
                if problem.r#type.as_deref().is_some_and(|kind| kind.ends_with(":accountDoesNotExist")) =>
            {
                // It has been removed over there: the next try makes another.
                self.folder.remove(&account_file(&directory));
                return Err(Trouble::of(&problem));
            }
            order => order?,
        };
        let key = KeyPair::generate().map_err(bad_key)?;
        let open = OpenOrder { host, directory, url: order.url().to_owned(), key: key.serialize_pem() };
        self.folder.write_json(ORDER, &open)?;
        Ok((order, key))
    }

    async fn new_order(
        &self,
        account: &Account,
        identifiers: &[Identifier],
        old: Option<&Certificate>,
    ) -> Result<Order, Error> {
        let mut new = NewOrder::new(identifiers);
        if let Some((authority, serial)) = old.and_then(|old| old.id.as_ref())
            && self.directory.renewal_info.is_some()
        {
            let id = CertificateIdentifier::new(Der::from_slice(authority), Der::from_slice(serial));
            new = new.replaces(id);
        }
        let offered = |profile: &str| self.directory.meta.profiles.contains_key(profile);
        let needed =
            matches!(self.plan.site.host, Host::Address(_)).then_some(ADDRESS_PROFILE).filter(|it| offered(it));
        if let Some(profile) = self.plan.profile.as_deref().or(needed) {
            new = new.profile(profile);
        }
        account.new_order(&new).await
    }

    async fn go_through(&self, order: &mut Order, key: &KeyPair) -> Result<Certificate, Trouble> {
        if order.state().status == OrderStatus::Pending {
            self.prove(order).await?;
            if order.poll_ready(&ORDER_RETRY).await? == OrderStatus::Invalid {
                return Err(self.why_invalid(order).await);
            }
        }
        if order.state().status == OrderStatus::Ready {
            let failed = |error: rcgen::Error| Trouble::new(Kind::Other, error.to_string());
            let mut params = CertificateParams::new(vec![self.plan.site.host.to_string()]).map_err(failed)?;
            params.distinguished_name = DistinguishedName::new();
            let request = params.serialize_request(key).map_err(failed)?;
            order.finalize_csr(request.der()).await?;
        }
        let chain = order.poll_certificate(&ORDER_RETRY).await?;
        let pem = format!("{}{chain}", key.serialize_pem());
        let certificate = Certificate::read(pem.as_bytes(), &self.plan.site.host);
        let certificate = certificate.map_err(|why| Trouble::new(Kind::Other, why))?;
        self.folder.write(&certificate_file(&self.plan.site.host), pem.as_bytes())?;
        Ok(certificate)
    }

    /// Puts out the answers to the challenges, and says that they are there.
    async fn prove(&self, order: &mut Order) -> Result<(), Trouble> {
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let offered = |way: &&ChallengeType| authorization.challenges.iter().any(|it| it.r#type == **way);
            let Some(way) = self.challenges.iter().find(offered).cloned() else {
                let kinds: Vec<_> = authorization.challenges.iter().map(|it| format!("{:?}", it.r#type)).collect();
                return Err(Trouble::new(Kind::NoChallenge, kinds.join(", ")));
            };
            let Some(mut challenge) = authorization.challenge(way.clone()) else { continue };
            let proof = challenge.key_authorization();
            if way == ChallengeType::Http01 {
                self.resolver.put_token(&challenge.token, proof.as_str());
            } else {
                let host = self.plan.site.host.to_string();
                let put = self.resolver.put_challenge(&host, proof.digest().as_ref());
                put.map_err(|why| Trouble::new(Kind::Other, why))?;
            }
            challenge.set_ready().await?;
        }
        Ok(())
    }

    /// What the authority found when it looked.
    async fn why_invalid(&self, order: &mut Order) -> Trouble {
        let mut authorizations = order.authorizations();
        while let Some(Ok(mut authorization)) = authorizations.next().await {
            let Ok(state) = authorization.refresh().await else { continue };
            if let Some(problem) = state.challenges.iter().find_map(|challenge| challenge.error.as_ref()) {
                return Trouble::of(problem);
            }
        }
        Trouble::new(Kind::Other, "the order is invalid, for no reason that was given")
    }
}
