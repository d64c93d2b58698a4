//! Usage over any days: by user, by node or by day, to look at, to print and as CSV.

use super::{
    chart::Chart,
    days::day_chart,
    form::Choice,
    format::{Sizes, node_name},
    paging::Paging,
    prelude::*,
    reply::with_security_headers,
    span::{Span, ranges},
    usage_lines::{Asked, By, GROUPS, Line, percent, shares, with_sign},
};
use crate::{export, model::Date};

/// The most rows on one page.
const MAX_ROWS: i64 = 100;
/// A chart has no more days than can be told apart.
const MAX_CHART_DAYS: i32 = 62;

#[derive(Template)]
#[template(path = "usage.html")]
struct UsagePage {
    f: Frame,
    t: &'static Text,
    days: String,
    ranges: Vec<Tab>,
    groups: Vec<Tab>,
    earlier: String,
    later: String,
    span: Span,
    by: &'static str,
    nodes: Vec<Choice>,
    quiet: bool,
    user: String,
    only: String,
    all_users: String,
    hint: String,
    head: &'static str,
    chart: Option<Chart>,
    rows: Vec<Row>,
    used: Sizes,
    nothing: bool,
    paging: Paging,
    csv: String,
}

page!(UsagePage);

/// A link to the same page with something else in it.
struct Tab {
    href: String,
    label: &'static str,
    selected: bool,
}

struct Row {
    /// Empty: there is no page about it.
    href: String,
    name: String,
    removed: bool,
    /// The same usage in more detail; empty if there is none.
    detail: String,
    detail_label: String,
    used: Sizes,
    percent: String,
    bar: i64,
}

/// `GET /usage`, with `range` or `from` and `to`, `by`, `node`, `user`, `all` and `page`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.usage;
    let asked = Asked::read(&view);
    let (lines, sum) = asked.lines(&view)?;
    let shares = shares(lines.iter().map(|line| line.usage));
    let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let paging = Paging::of(&view, count, MAX_ROWS, |page| link(&view, &[("page", page)]));
    let shown = paging.shown();
    let rows: Vec<Row> =
        lines[shown.clone()].iter().zip(&shares[shown]).map(|(line, share)| row(&asked, line, *share, &view)).collect();
    let Asked { span, by, key, scope, quiet } = &asked;
    let chart = match span.dates(MAX_CHART_DAYS) {
        Some(dates) if *by == By::Day => day_chart(&view, (text.chart)(&span.name(&view)), &dates, &asked.days(&view)?),
        _ => None,
    };
    let only = match scope.user.map(|user| app.store.user(user, view.now())).transpose()?.flatten() {
        Some(user) => (text.only)(user.name.as_str()),
        None => scope.user.map_or_else(String::new, |id| (text.only)(&format!("#{id}"))),
    };
    let tab = |label, href, selected| Tab { href, label, selected };
    let page = UsagePage {
        f: view.frame(text.title, "usage")?,
        t: view.text,
        days: span.name(&view),
        ranges: ranges(&view)
            .iter()
            .map(|(range, label, ..)| {
                let href = link(&view, &[("range", range), ("from", ""), ("to", ""), ("page", "")]);
                tab(label, href, span.key == *range)
            })
            .collect(),
        groups: GROUPS
            .iter()
            .zip([text.by_user, text.by_node, text.by_day])
            .map(|((group, _), label)| tab(label, link(&view, &[("by", group), ("page", "")]), key == group))
            .collect(),
        earlier: span_link(&view, span.earlier()),
        later: if span.later().0 <= view.today() { span_link(&view, span.later()) } else { String::new() },
        nodes: node_choices(&view, scope.node)?,
        by: key,
        quiet: *quiet,
        user: scope.user.map_or_else(String::new, |id| id.to_string()),
        only,
        all_users: link(&view, &[("user", ""), ("page", "")]),
        hint: if span.goes_on(&view) { (text.so_far)(&view.today().to_string()) } else { text.hint.to_owned() },
        head: match by {
            By::User => view.text.form.name,
            By::Node => text.node,
            By::Day => text.day,
        },
        chart,
        used: view.sizes(sum),
        nothing: rows.is_empty(),
        paging,
        rows,
        csv: view.link("/usage.csv", &[("page", "")]),
        span: asked.span,
    };
    view.page(if page.span.is_wrong() { 400 } else { 200 }, &page)
}

/// `GET /usage.csv`, with the same.
pub fn csv(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let asked = Asked::read(&view);
    let (lines, _) = asked.lines(&view)?;
    let rows = lines.iter().zip(shares(lines.iter().map(|line| line.usage))).map(|(line, share)| {
        let total = line.usage.total();
        [
            line.name.clone(),
            line.usage.u.get().to_string(),
            line.usage.d.get().to_string(),
            total.get().to_string(),
            percent(share),
        ]
    });
    let first = match asked.by {
        By::User => "name",
        By::Node => "node",
        By::Day => "day",
    };
    let sheet = export::sheet([first, "uploaded", "downloaded", "total", "percent"], rows)?;
    Ok(download("text/csv; charset=utf-8", &format!("usage-{}.csv", asked.span.file_name()), sheet))
}

/// A file to save, under that name.
pub fn download(kind: &'static str, name: &str, content: impl Into<Vec<u8>>) -> Reply {
    with_security_headers(Reply::new(200, kind, content))
        .with("Content-Disposition", format!("attachment; filename=\"{name}\""))
}

/// The address of the page as it is, but for what is given.
fn link(view: &View<'_>, changes: &[(&str, &str)]) -> String {
    view.link("/usage", changes)
}

fn span_link(view: &View<'_>, days: (Date, Date)) -> String {
    let (first, last) = days;
    link(view, &[("range", ""), ("from", &first.to_string()), ("to", &last.to_string()), ("page", "")])
}

fn node_choices(view: &View<'_>, chosen: Option<i64>) -> Result<Vec<Choice>> {
    let all = Choice { value: "".into(), label: view.text.usage.every_node.into(), selected: chosen.is_none() };
    let nodes = view.app.store.nodes()?;
    let nodes = nodes.iter().map(|node| Choice {
        value: node.id.to_string().into(),
        label: node_name(node, view.text).into(),
        selected: chosen == Some(node.id),
    });
    Ok(std::iter::once(all).chain(nodes).collect())
}

fn row(asked: &Asked, line: &Line, share: i64, view: &View<'_>) -> Row {
    let text = &view.text.usage;
    let of_user = |by: &str| link(view, &[("user", &line.id.to_string()), ("by", by), ("page", "")]);
    let (href, detail, detail_label) = match asked.by {
        By::User => (format!("/users/{}", line.id), of_user("day"), (text.days_of)(&line.name)),
        By::Node => {
            let detail = link(view, &[("node", &line.id.to_string()), ("by", "user"), ("page", "")]);
            (format!("/nodes/{}", line.id), detail, (text.users_of)(&line.name))
        }
        By::Day => {
            let by = if asked.scope.user.is_some() { "node" } else { "user" };
            let day =
                [("range", ""), ("from", line.name.as_str()), ("to", line.name.as_str()), ("by", by), ("page", "")];
            (String::new(), link(view, &day), (text.users_of)(&line.name))
        }
    };
    Row {
        href: if href.is_empty() { href } else { view.request.at(&href) },
        name: line.name.clone(),
        removed: line.removed,
        detail,
        detail_label,
        used: view.sizes(line.usage),
        percent: with_sign(share),
        bar: (share + 5) / 10,
    }
}
