//! Putting a backup back: a file is sent, looked at, asked about, and put in the place of the database while the panel
//! runs.

use super::{
    form::{Input, refused},
    format::Moment,
    prelude::*,
    progress,
    reply::redirect,
};
use crate::{
    app::{FIELD, Held, Restored, Status},
    model::Bytes,
    store::Checked,
};

const HERE: &str = "/restore";

#[derive(Template)]
#[template(path = "restore.html")]
struct RestorePage {
    f: Frame,
    t: &'static Text,
    field: &'static str,
    /// Where the file is sent to.
    action: String,
    file: Input,
    /// What is asked, if a file waits for an answer.
    ask: Option<Question>,
    /// Why the last one was not put back; empty if it was.
    failed: String,
    done: Option<Told>,
}

page!(RestorePage);

struct Question {
    rows: Vec<Row>,
    lines: Vec<String>,
}

/// One thing of the backup, and of the present database.
struct Row {
    what: &'static str,
    backup: String,
    present: String,
}

struct Told {
    words: String,
    kept: String,
}

/// `GET /restore`: what there is to be said at present, be it a form, a question, how far it is, or what came of it.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    present(&view, signed_in)
}

/// `POST /restore/file/{ticket}`: a form with the file in it.
pub fn receive(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let boundary = request.boundary().unwrap_or_default();
    if let Err(error) = app.look_at_file(request.file.as_deref(), &request.body, boundary, request.now) {
        return page(&view, signed_in, Some(&error), String::new());
    }
    if app.restore.looking.wait() { Ok(to_here(request)) } else { present(&view, signed_in) }
}

/// `POST /restore`: yes.
pub fn put_back(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    app.put_back(signed_in.session(), request.now)?;
    app.restore.putting.wait();
    Ok(to_here(request))
}

/// `POST /restore/cancel`: no.
pub fn cancel(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    app.drop_file();
    Ok(redirect(&request.at("/settings")))
}

fn to_here(request: &Request) -> Reply {
    redirect(&request.at(HERE))
}

fn present(view: &View<'_>, signed_in: &SignedIn) -> Result<Reply> {
    let (app, words) = (view.app, &view.text.work);
    if let Status::Running(progress) = app.restore.putting.status() {
        return progress::page(view, words.putting, progress, HERE);
    }
    if let Status::Running(progress) = app.restore.looking.status() {
        return progress::page(view, words.checking, progress, HERE);
    }
    let failed = match app.restored(view.now()) {
        Ok(_) => String::new(),
        Err(error) => (words.failed)(&said(&error, view)),
    };
    let looked = app.held_file();
    page(view, signed_in, looked.err().as_ref(), failed)
}

/// The page, with what is wrong with the file that was sent.
fn page(view: &View<'_>, signed_in: &SignedIn, error: Option<&Error>, failed: String) -> Result<Reply> {
    let (app, words) = (view.app, &view.text.work);
    let mut file = Input::default();
    if let Some(error) = error {
        file.error = said(error, view);
    }
    let held = app.held_file()?;
    let restored = app.restored(view.now())?;
    let asks = held.is_some();
    let page = RestorePage {
        f: view.frame(words.title, "settings")?.back_to(HERE),
        t: view.text,
        field: FIELD,
        action: if asks { String::new() } else { view.request.at(&app.expect_file(signed_in.session(), view.now())) },
        file,
        ask: held.map(|held| ask(&held, view)).transpose()?,
        failed,
        done: restored.filter(|_| !asks).map(|restored| told(&restored, view)),
    };
    view.page(error.map_or(200, refused), &page)
}

/// What was wrong; what is no person's business is written down.
fn said(error: &Error, view: &View<'_>) -> String {
    let words = match (error, error.fault()) {
        (_, Some(fault)) => (view.text.fault)(fault),
        (Error::NotFound, _) => view.text.not_found.to_owned(),
        (error, _) => {
            log::error!("a backup could not be put back: {error}");
            view.text.internal.to_owned()
        }
    };
    (view.text.sentence)(&words)
}

fn ask(held: &Held, view: &View<'_>) -> Result<Question> {
    let (store, words) = (&view.app.store, &view.text.work);
    let now = store.contents()?;
    let size = |bytes: u64| Bytes::new(i64::try_from(bytes).unwrap_or(i64::MAX)).to_string();
    let last = |checked: &Checked| view.moment(checked.last);
    let row = |what, of: &dyn Fn(&Checked) -> String| Row { what, backup: of(&held.checked), present: of(&now) };
    let exact = |Moment { words, exact }: Moment| if exact.is_empty() { words } else { exact.into() };
    let rows = vec![
        row(view.text.common.users, &|of| of.users.to_string()),
        row(view.text.common.nodes, &|of| of.nodes.to_string()),
        row(words.last, &|of| exact(last(of)).into_owned()),
        Row { what: words.size, backup: size(held.bytes), present: size(store.size()) },
        row(words.schema, &|of| of.version.to_string()),
    ];
    let name = store.path().file_name().unwrap_or_default().to_string_lossy();
    let older = (held.checked.version < now.version).then(|| words.older.to_owned());
    let lines = [
        Some((words.lost)(&last(&held.checked).words)),
        Some((words.kept)(&format!("{name}.before-restore-…"))),
        Some(words.signs.to_owned()),
        older,
    ];
    Ok(Question { rows, lines: lines.into_iter().flatten().collect() })
}

fn told(restored: &Restored, view: &View<'_>) -> Told {
    Told {
        words: (view.text.work.done)(restored.checked.users, &view.moment(restored.at).words),
        kept: restored.kept.display().to_string(),
    }
}
