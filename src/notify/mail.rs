//! A notice by e-mail. The server's name is looked up by our own resolver; it is only told to the library for TLS.

use super::{
    Message,
    channel::{Mail, Security},
    refusal::Refusal,
};
use crate::outbound::{Options, lookup_blocking};
use lettre::{
    Message as Letter, SmtpTransport, Transport,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
        extension::ClientId,
    },
};

/// The most addresses of a server that are tried.
const MAX_ADDRESSES: usize = 3;

pub(super) fn send(settings: &Mail, message: &Message, options: &Options) -> Result<(), Refusal> {
    let time = options.time;
    let words = |error: &dyn std::fmt::Display| Refusal::new(error.to_string());
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|error| Refusal::new(format!("`{text}`: {error}")));
    let from = mailbox(&settings.from)?;
    let mut letter = Letter::builder().from(from.clone()).subject(&message.title).header(ContentType::TEXT_PLAIN);
    for to in settings.to.split(',').map(str::trim).filter(|to| !to.is_empty()) {
        letter = letter.to(mailbox(to)?);
    }
    let letter = letter.body(message.text.clone()).map_err(|error| words(&error))?;
    let addresses = lookup_blocking(&settings.host, time).map_err(Refusal::from)?;
    let mut last = None;
    for address in addresses.into_iter().take(MAX_ADDRESSES) {
        let mut server = SmtpTransport::builder_dangerous(address.to_string())
            .port(settings.port)
            .timeout(Some(time))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .tls(tls(settings, options)?);
        if !settings.user.is_empty() {
            server = server.credentials(Credentials::new(settings.user.clone(), settings.password.clone()));
        }
        match server.build().send(&letter) {
            Ok(_) => return Ok(()),
            // It has been heard: another address of it would say the same.
            Err(error) if error.is_permanent() || error.is_transient() => return Err(words(&error)),
            Err(error) => last = Some(words(&error)),
        }
    }
    Err(last.unwrap_or_else(|| Refusal::new("the server has no address")))
}

fn tls(settings: &Mail, options: &Options) -> Result<Tls, Refusal> {
    let mut parameters = TlsParameters::builder(settings.host.clone());
    if let Some(authorities) = &options.authorities {
        parameters = parameters.certificate_store(CertificateStore::None);
        for authority in authorities {
            let certificate = Certificate::from_der(authority.to_vec());
            parameters = parameters.add_root_certificate(certificate.map_err(|error| Refusal::new(error.to_string()))?);
        }
    } else {
        parameters = parameters.certificate_store(CertificateStore::WebpkiRoots);
    }
    let parameters = parameters.build_rustls().map_err(|error| Refusal::new(error.to_string()))?;
    Ok(match settings.security {
        Security::Tls => Tls::Wrapper(parameters),
        Security::StartTls => Tls::Required(parameters),
        Security::None => Tls::None,
    })
}
