//! The files that pages load. Their addresses carry a hash of what is in them, so that a browser keeps them until they
//! change.

use crate::{
    app::App,
    error::Result,
    http::{Reply, Request},
    model::hex,
};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A file as it is sent.
pub struct Asset {
    /// Its path, with the hash.
    pub path: String,
    hash: String,
    kind: &'static str,
    content: &'static str,
}

/// The looks.
pub static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("style.css", "text/css; charset=utf-8", include_str!("../../templates/style.css")));
/// The copy buttons.
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("panel.js", "text/javascript; charset=utf-8", include_str!("../../templates/panel.js"))
});
/// The sign of the panel.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("favicon.svg", "image/svg+xml", include_str!("../../templates/favicon.svg")));

impl Asset {
    fn new(name: &str, kind: &'static str, content: &'static str) -> Self {
        let hash = hex(&Sha256::digest(content)[..6]);
        Self { path: format!("/{name}?v={hash}"), hash, kind, content }
    }

    fn reply(&self, request: &Request) -> Reply {
        let kept =
            if request.query.text("v") == self.hash { "public, max-age=31536000, immutable" } else { "no-cache" };
        Reply::new(200, self.kind, self.content).with("Cache-Control", kept).with("X-Content-Type-Options", "nosniff")
    }
}

/// `GET /style.css`.
pub fn style(_: &App, request: &Request) -> Result<Reply> {
    Ok(STYLE.reply(request))
}

/// `GET /panel.js`.
pub fn script(_: &App, request: &Request) -> Result<Reply> {
    Ok(SCRIPT.reply(request))
}

/// `GET /favicon.svg`.
pub fn icon(_: &App, request: &Request) -> Result<Reply> {
    Ok(ICON.reply(request))
}

/// `GET /robots.txt`: nothing here is for search engines.
pub fn robots(_: &App, _: &Request) -> Result<Reply> {
    Ok(Reply::new(200, "text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n")
        .with("X-Content-Type-Options", "nosniff"))
}
