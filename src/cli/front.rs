//! Where the panel is reached: its sockets, TLS, proxies, and the path below which it lives.

use super::https::Keeper;
use crate::{
    app::{self, UPLOADS},
    bridge::Lane,
    door::{self, Config, Limits, Listener, Scheme, Tls},
    error::{Error, Fault, Result},
    http::for_log,
    model::{Cidr, Time},
    text::Language,
};
use listenfd::ListenFd;
use std::{num::NonZeroUsize, path::PathBuf, sync::Arc};

/// The largest database that can be sent to be put back, in bytes.
pub(super) const MAX_UPLOAD_BYTES: u64 = 1 << 30;

#[derive(clap::Args)]
pub(super) struct Front {
    /// The address to listen on; `:8080` is every address of this machine, port 0 any free port. May be given several
    /// times; sockets passed by systemd replace it
    #[arg(long, env = "MU_PANEL_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR:PORT|unix:/PATH")]
    #[arg(value_delimiter = ',')]
    listen: Vec<String>,
    /// The path of the panel, for a proxy that forwards only what is below it
    #[arg(long, env = "MU_PANEL_BASE_PATH", default_value = "/", value_name = "PATH", value_parser = base_path)]
    base_path: Arc<str>,
    /// Serve HTTPS with this certificate and its chain, in PEM; it is reloaded when it changes
    #[arg(long, env = "MU_PANEL_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, in PEM
    #[arg(long, env = "MU_PANEL_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted; may be given several times
    #[arg(long, env = "MU_PANEL_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',')]
    trusted_proxy: Vec<Cidr>,
    /// The most connections at once
    #[arg(long, env = "MU_PANEL_MAX_CONNECTIONS", default_value = "1024", value_name = "N")]
    max_connections: NonZeroUsize,
    /// The most connections at once from one address, except this machine and trusted proxies
    #[arg(long, env = "MU_PANEL_MAX_PER_ADDRESS", default_value = "64", value_name = "N")]
    max_per_address: NonZeroUsize,
}

/// Reads `/panel`; a slash at the end does not matter, so that `/` is no path at all.
fn base_path(text: &str) -> std::result::Result<Arc<str>, &'static str> {
    let path = text.trim_end_matches('/');
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~".contains(&b);
    let segments = path.split('/').skip(1);
    let sound = path.is_empty() || path.starts_with('/') && path.bytes().all(plain);
    if sound && segments.into_iter().all(|segment| !matches!(segment, "" | "." | "..")) {
        Ok(path.into())
    } else {
        Err("name a path such as `/panel`, of letters, digits and `-._~`")
    }
}

impl Front {
    /// What stands before every path.
    pub(super) fn root(&self) -> Arc<str> {
        Arc::clone(&self.base_path)
    }

    /// The sockets that were handed over, or else those that are asked for.
    pub(super) fn listeners(&self) -> Result<Vec<Listener>> {
        let scheme = if self.tls_cert.is_some() { Scheme::Https } else { Scheme::Http };
        let handed = handed_over().map_err(|error| unusable("LISTEN_FDS", &error))?;
        if !handed.is_empty() {
            return Ok(handed.into_iter().map(|listener| listener.with_scheme(scheme)).collect());
        }
        let bound = Listener::bind_all(&self.listen).map_err(|(place, error)| unusable(&place, &error))?;
        Ok(bound.into_iter().map(|listener| listener.with_scheme(scheme)).collect())
    }

    /// Whether it has a certificate of the admin's.
    pub(super) fn has_certificate(&self) -> bool {
        self.tls_cert.is_some()
    }

    /// The most connections at once.
    pub(super) fn connections(&self) -> usize {
        self.max_connections.get()
    }

    /// What the door is to do.
    pub(super) fn config(&self, clock: fn() -> Time, https: &Arc<Keeper>) -> Result<Config> {
        Ok(Config {
            limits: Limits {
                connections: self.max_connections.get(),
                per_address: self.max_per_address.get(),
                ..Limits::default()
            },
            trusted_proxies: self.trusted_proxy.clone(),
            base_path: self.base_path.to_string(),
            tls: Some(self.tls()?.map_or_else(|| https.tls(), Ok)?),
            redirect: https.redirect(),
            upstream_connections: Lane::Node.max_in_flight(),
            refusal,
            shown: for_log,
            clock: Some(clock),
            ..Config::default()
        })
    }

    fn tls(&self) -> Result<Option<Tls>> {
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else { return Ok(None) };
        let bad = |detail| Fault::CertificateBad { file: certificate.display().to_string(), detail };
        Ok(Some(Tls::load(certificate, key).map_err(bad)?))
    }

    /// What the pages have to know of it.
    pub(super) fn seen_by_pages(&self, listeners: &[Listener]) -> app::Front {
        let clear = listeners.iter().filter(|listener| listener.scheme() == Scheme::Http);
        let mut addresses = clear.filter_map(Listener::local_addr);
        let bare = addresses.any(|address| !address.ip().is_loopback()) && self.trusted_proxy.is_empty();
        let tls = listeners.iter().any(|listener| listener.scheme() == Scheme::Https);
        app::Front { root: Arc::clone(&self.base_path), bare, tls, ..app::Front::default() }
    }
}

/// Puts a refusal of the door's into words: the door's own, but for people in both languages, since the door does not
/// know who asks, where a large file is no longer expected, or where too many sign in at once.
fn refusal(path: &str, status: u16, words: &str) -> (&'static str, String) {
    let fault = match status {
        413 if path.contains(UPLOADS) => Fault::UploadRefused { most: MAX_UPLOAD_BYTES },
        429 if path.trim_start_matches('/').starts_with("login") => Fault::Wait { seconds: 5 },
        _ => return door::plain(path, status, words),
    };
    let said = |language: Language| {
        let text = language.text();
        (text.sentence)(&(text.fault)(&fault))
    };
    ("text/plain; charset=utf-8", format!("{}\n{}\n", said(Language::English), said(Language::Chinese)))
}

fn unusable(place: &str, error: &std::io::Error) -> Error {
    Fault::ListenBad { address: place.to_owned(), detail: error.to_string() }.into()
}

/// The sockets that the starting process has opened: `LISTEN_FDS` and `LISTEN_PID`, see `sd_listen_fds(3)`.
fn handed_over() -> std::io::Result<Vec<Listener>> {
    let mut files = ListenFd::from_env();
    let count = files.len();
    let mut take = |at| match files.take_tcp_listener(at) {
        Ok(socket) => socket.map(Listener::from_tcp).transpose(),
        Err(_) => files.take_unix_listener(at)?.map(Listener::from_unix).transpose(),
    };
    (0..count).filter_map(|at| take(at).transpose()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_is_a_path_or_nothing() {
        for (text, path) in
            [("/", Some("")), ("", Some("")), ("/panel", Some("/panel")), ("/a/b-c.d/", Some("/a/b-c.d"))]
        {
            assert_eq!(base_path(text).ok().as_deref(), path, "{text}");
        }
        for bad in ["panel", "/a//b", "/a/../b", "/.", "/a b", "/ä", "/a?b", "/a;b", "https://x/panel"] {
            assert!(base_path(bad).is_err(), "{bad}");
        }
    }
}
