//! Users and the database as files: a backup and lists to download, and a list of users to take in.

use super::{
    form::Input,
    frame::{Frame, View},
    several,
    show::Size,
    statement::download,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::{Error, Fault, Result},
    export,
    http::{Reply, Request},
    import,
    model::{Filter, NewUser, User},
    text::Text,
};
use askama::Template;
use std::path::PathBuf;

/// A backup is held in memory while it is sent: larger ones are for the command line.
const LARGEST: u64 = 64 << 20;

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    f: Frame,
    t: &'static Text,
    list: Input,
    ask: String,
    collisions: Vec<String>,
    rows: Vec<Row>,
    sound: bool,
}

struct Row {
    name: String,
    port: String,
    used: Size,
    quota: String,
}

/// `POST /settings/backup`: a checked copy of the database.
pub fn backup(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let size = app.store.size();
    if size > LARGEST {
        return Err(Fault::BackupTooLarge { most: LARGEST >> 20 }.into());
    }
    let file = Passing(PathBuf::from(format!("{}.download-{}", app.store.path().display(), app.letters(12))));
    app.store.backup(&file.0)?;
    let bytes = std::fs::read(&file.0).map_err(Error::internal)?;
    let day = app.today(request.now)?;
    Ok(download("application/vnd.sqlite3", &format!("mu-panel-{day}.db"), bytes))
}

/// A file that is gone when it is done with.
struct Passing(PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// `GET /export.json`: all users, as `import` reads them.
pub fn json(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let list = export::list(&everybody(app, request)?, app.today(request.now)?);
    Ok(download("application/json; charset=utf-8", "mu-panel-users.json", list))
}

/// `GET /export.csv`: all users as a table.
pub fn csv(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let sheet = export::csv(&everybody(app, request)?, app.today(request.now)?)?;
    Ok(download("text/csv; charset=utf-8", "mu-panel-users.csv", sheet))
}

fn everybody(app: &App, request: &Request) -> Result<Vec<User>> {
    app.store.users(&Filter { most: i64::MAX, ..Filter::default() }, app.today(request.now)?)
}

/// `GET /import`.
pub fn ask_import(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    page(&view, 200, Input::default(), &[], &[])
}

/// `POST /import` with `list`: says who would be added; with `sure` it adds them, all or none.
pub fn import(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let form = request.form();
    let mut list = Input::with(form.text("list"));
    let users = match import::read(app, list.value.as_bytes()) {
        Ok(users) => users,
        Err(error) => {
            let Some(fault) = error.fault() else { return Err(error) };
            list.refuse(fault, view.text);
            return page(&view, 400, list, &[], &[]);
        }
    };
    let collisions = app.store.collisions(&users, request.now)?;
    if form.text("sure") != "1" || !collisions.is_empty() {
        let status = if collisions.is_empty() { 200 } else { 409 };
        return page(&view, status, list, &users, &collisions);
    }
    let added = app.store.add_users(users, request.now, view.today())?;
    let number = i64::try_from(added.len()).unwrap_or(i64::MAX);
    Ok(several::and_tell_number(request, "import", number, &request.at("/users")))
}

fn page(view: &View<'_>, status: u16, list: Input, users: &[NewUser], collisions: &[Fault]) -> Result<Reply> {
    let said = |fault: &Fault| (view.text.sentence)(&(view.text.fault)(fault));
    let number = i64::try_from(users.len()).unwrap_or(i64::MAX);
    let page = ImportPage {
        f: view.frame(view.text.office.files.import, "settings").back_to("/import"),
        t: view.text,
        list,
        ask: (view.text.office.files.ask)(number),
        sound: collisions.is_empty() && !users.is_empty(),
        collisions: collisions.iter().map(said).collect(),
        rows: users.iter().map(|user| row(user, view)).collect(),
    };
    view.page(status, &page)
}

fn row(user: &NewUser, view: &View<'_>) -> Row {
    let quota = user.draft.quota.map_or_else(|| view.text.form.no_limit.to_owned(), |quota| quota.to_string());
    Row {
        name: user.draft.name.as_str().to_owned(),
        port: user.draft.port.map_or_else(String::new, |port| port.to_string()),
        used: view.size(user.used.total()),
        quota,
    }
}
