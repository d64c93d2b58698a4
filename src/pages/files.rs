//! Users as files: lists to download, and a list to take in.

use super::{
    form::{Input, refused},
    format::Size,
    prelude::*,
    progress,
    reply::redirect,
    usage::download,
};
use crate::{
    app::{FIELD, Status},
    export, import,
    model::{Filter, NewUser, Progress, Stage, User, untold},
};
use std::sync::Arc;

const PROGRESS: &str = "/import/progress";
#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    f: Frame,
    t: &'static Text,
    list: Input,
    ask: String,
    unusable: Vec<String>,
    rows: Vec<Row>,
    field: &'static str,
}

page!(ImportPage);

struct Row {
    name: String,
    port: String,
    used: Size,
    quota: String,
}

/// `GET /export.json`: all users, as `import` reads them.
pub fn json(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let list = export::list(&everybody(app, request)?, app.today(request.now)?, &untold());
    Ok(download("application/json; charset=utf-8", "mu-panel-users.json", list))
}

/// `GET /export.csv`: all users as a table.
pub fn csv(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let sheet = export::csv(&everybody(app, request)?, app.today(request.now)?, &untold())?;
    Ok(download("text/csv; charset=utf-8", "mu-panel-users.csv", sheet))
}

fn everybody(app: &App, request: &Request) -> Result<Vec<User>> {
    app.store.users(&Filter { most: i64::MAX, ..Filter::default() }, app.today(request.now)?)
}

/// `GET /import`.
pub fn ask_import(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    page(&view, 200, Input::default(), &[], Vec::new())
}

/// `POST /import` with `list`: says who would be added; with `sure` it adds them, all or none.
pub fn import(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let (view, file) = (View::admin(app, signed_in, request)?, request.chosen(FIELD));
    // A file is chosen again.
    let view = if matches!(file, Ok(None)) { view.keeping(&[]) } else { view };
    let form = view.form();
    let mut list = Input::with(form.text("list"));
    let users = file.map_err(Into::into).and_then(|file| {
        if let Some(file) = file {
            list.value = import::decoded(&file)?.into_owned();
        }
        import::read(app, list.value.as_bytes(), request.now)
    });
    let users = match users {
        Ok(users) => users,
        Err(error) => return unusable(&view, list, error),
    };
    if form.text("sure") != "1" || view.is_shown_again() {
        return page(&view, 200, list, &users, Vec::new());
    }
    let (store, now, today) = (Arc::clone(&app.store), request.now, view.today());
    let busy = app.node_states.busy_ports(now);
    app.importing.begin(Progress::at(Stage::Adding), move |tell| {
        let added = store.add_users_apart(users, busy, now, today, tell)?;
        Ok(i64::try_from(added.len()).unwrap_or(i64::MAX))
    })?;
    if app.importing.wait() { Ok(redirect(&request.at(PROGRESS))) } else { imported(&view) }
}

/// `GET /import/progress`: how far it is, and then what came of it.
pub fn importing(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    match app.importing.status() {
        Status::Running(progress) => progress::page(&view, view.text.work.adding, progress, PROGRESS),
        Status::Idle | Status::Ended => imported(&view),
    }
}

fn imported(view: &View<'_>) -> Result<Reply> {
    let to_users = view.request.at("/users");
    match view.app.importing.take() {
        Some(Ok(number)) => Ok(flash::redirect(view.request, Flash::Imported, number, &to_users)),
        // The outcome has been told already.
        None => Ok(redirect(&to_users)),
        Some(Err(error)) => unusable(view, Input::default(), error),
    }
}

/// The list comes back with what is wrong with it.
fn unusable(view: &View<'_>, mut list: Input, error: Error) -> Result<Reply> {
    let Some(fault) = error.fault() else { return Err(error) };
    let sentence = |fault: &Fault| (view.text.sentence)(&(view.text.fault)(fault));
    let said = |fault: &Fault| match fault {
        Fault::ImportRow { row, fault } => (view.text.files.row)(*row, &sentence(fault)),
        fault => sentence(fault),
    };
    let rows = match fault {
        Fault::ImportRows { faults, more } => {
            let rest = i64::try_from(*more).ok().filter(|more| *more > 0).map(view.text.files.more);
            faults.iter().map(said).chain(rest).collect()
        }
        fault => {
            list.refuse(fault, view.text);
            Vec::new()
        }
    };
    page(view, refused(&error), list, &[], rows)
}

fn page(view: &View<'_>, status: u16, list: Input, users: &[NewUser], unusable: Vec<String>) -> Result<Reply> {
    let number = i64::try_from(users.len()).unwrap_or(i64::MAX);
    let page = ImportPage {
        f: view.frame(view.text.files.import, "settings")?.back_to("/import").wrong_with(
            "list",
            view.text.files.list,
            &list.error,
        ),
        t: view.text,
        list,
        ask: (view.text.files.ask)(number),
        unusable,
        rows: users.iter().map(|user| row(user, view)).collect(),
        field: FIELD,
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
