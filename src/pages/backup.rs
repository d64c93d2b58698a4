//! A backup to download: made at once if the database is small, else while a page says how far it is.

use super::{
    prelude::*,
    progress,
    reply::{redirect, with_security_headers},
};
use crate::{
    app::{Download, Status},
    model::Bytes,
};

const HERE: &str = "/backup";

#[derive(Template)]
#[template(path = "backup.html")]
struct BackupPage {
    f: Frame,
    t: &'static Text,
    fetch: String,
}

page!(BackupPage);

/// `POST /settings/backup`: a checked copy of the database, or the page that says how far it is.
pub fn make(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    app.start_download(request.now)?;
    if app.downloads.making.wait() {
        return Ok(redirect(&request.at(HERE)));
    }
    // Nothing is left of it once it has been sent: the file has no name any more then.
    let reply = app.download()?.map(|ready| sent(&ready));
    app.drop_download();
    reply.ok_or(Error::NotFound)?
}

/// `GET /backup`: how far it is, and then where it is.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    if let Status::Running(progress) = app.downloads.making.status() {
        return progress::page(&view, view.text.work.making, progress, HERE);
    }
    let ready = app.download()?;
    let size = ready.as_ref().map(|ready| Bytes::new(i64::try_from(ready.bytes).unwrap_or(i64::MAX)));
    let page = BackupPage {
        f: view.frame(view.text.files.backup, "settings")?,
        t: view.text,
        fetch: size.map_or_else(String::new, |size| (view.text.work.fetch)(&size.to_string())),
    };
    let reply = view.page(200, &page)?;
    // A download leaves the page where it is.
    Ok(if ready.is_some() { reply.with("Refresh", format!("1; url={}", request.at("/backup/file"))) } else { reply })
}

/// `GET /backup/file`: the one that was made.
pub fn file(app: &App, _: &SignedIn, _: &Request) -> Result<Reply> {
    sent(&app.download()?.ok_or(Error::NotFound)?)
}

fn sent(ready: &Download) -> Result<Reply> {
    let reply = Reply::file("application/vnd.sqlite3", ready.open()?).map_err(Error::internal)?;
    let name = format!("attachment; filename=\"mu-panel-{}.db\"", ready.day);
    Ok(with_security_headers(reply).with("Content-Disposition", name))
}
