//! Reports of traffic, of one user and of many.

use super::{fields::Fields, rows, words};
use crate::{
    app::App,
    auth::KnownNode,
    error::{Error, Fault, Result},
    http::{self, Reply, Request},
    model::{Key, LeftOut, Report, Row, Skipped, Verdict},
    store::{Messages, Pending},
    text::ENGLISH,
};

/// The longest `Idempotency-Key`.
const MAX_KEY_BYTES: usize = 255;
/// How many of the rows that were left out are named on the node's page.
const NAMED: usize = 5;

const MESSAGES: Messages = Messages { answer, refusal, fault: ENGLISH.fault };

/// What becomes an answer, or what is wrong with the report, once it is on the disk.
pub type PendingReport = Pending<Verdict<Reply>>;

/// `POST /users/{id}/traffic` with `u`, `d` and `node_id`, as a form, as JSON or in the query.
pub fn of_user(app: &App, known: &KnownNode, request: &Request) -> Result<PendingReport> {
    let fields = Fields::of(request)?;
    let node = fields.text("node_id").ok_or(Fault::CountMissing { key: "node_id" })?;
    let node = http::id("node_id", &node)?;
    let user = request.id("user id");
    let call = format!("users/{}/traffic of node {node}", user.as_ref().unwrap_or(&0));
    let row = user.and_then(|user| Ok(Row { user, u: fields.count("u")?, d: fields.count("d")? }));
    let rows = row.map(|row| (vec![row], LeftOut::default())).map_err(Error::from);
    take_in(app, known, request, node, rows, call)
}

/// `POST /nodes/{id}/traffic` with a JSON array, whatever its Content-Type says.
pub fn of_node(app: &App, known: &KnownNode, request: &Request) -> Result<PendingReport> {
    let node = request.id("node_id")?;
    let rows = rows::read(&request.body).map_err(Error::from);
    take_in(app, known, request, node, rows, format!("nodes/{node}/traffic"))
}

fn take_in(
    app: &App,
    known: &KnownNode,
    request: &Request,
    node: i64,
    rows: Result<(Vec<Row>, LeftOut)>,
    call: String,
) -> Result<PendingReport> {
    let refused = move |why: &str| log::warn!("node {node}: a report was refused: {why}");
    app.node_calls.report_from(request.peer, node);
    let (zone, closing) = (known.settings().zone.clone(), app.must_close_first());
    let report = rows.map(|(rows, skipped)| Report { node, rows, skipped, zone, closing });
    match report.and_then(|report| Ok((report, key(request, call)?))) {
        Ok((report, key)) => Ok(app.store.take_in(report, key, MESSAGES, request.now).map(move |verdict| {
            if let Verdict::Refused(fault) = &verdict {
                refused(&(ENGLISH.fault)(fault));
            }
            verdict.map(|answer| Reply::json(200, answer))
        })),
        Err(error) => {
            if let Error::Invalid(_) = &error {
                let why = words(&error);
                refused(&why);
                // The node's page tells of it; if that cannot be written down, the log has it.
                let _ = app.store.note_refusal(node, why, request.now);
            }
            Err(error)
        }
    }
}

fn key(request: &Request, call: String) -> Result<Option<Key>> {
    match request.header("idempotency-key") {
        None => Ok(None),
        Some(key) if key.is_empty() || key.len() > MAX_KEY_BYTES => {
            Err(Fault::KeyTooLong { most: MAX_KEY_BYTES }.into())
        }
        Some(key) => Ok(Some(Key { call, name: key.to_owned() })),
    }
}

/// Beyond those that are named `skipped_more` says how many there are.
fn answer(skipped: &LeftOut) -> String {
    if skipped.count() == 0 {
        return r#"{"ret":1,"msg":"ok"}"#.to_owned();
    }
    let rows: Vec<String> = skipped
        .named
        .iter()
        .map(|Skipped { user_id, why }| {
            let why = serde_json::Value::String((ENGLISH.fault)(why));
            format!(r#"{{"user_id":{user_id},"why":{why}}}"#)
        })
        .collect();
    let more = if skipped.more > 0 { format!(r#","skipped_more":{}"#, skipped.more) } else { String::new() };
    format!(r#"{{"ret":1,"msg":"ok","skipped":[{}]{more}}}"#, rows.join(","))
}

fn refusal(skipped: &LeftOut) -> String {
    let named: Vec<String> = skipped
        .named
        .iter()
        .take(NAMED)
        .map(|Skipped { user_id, why }| format!("user_id {user_id}: {}", (ENGLISH.fault)(why)))
        .collect();
    let more = skipped.count().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let line = format!("left out of a batch: {}{more}", named.join("; "));
    log::warn!("{line}");
    line
}
