//! Usage over any days: by user, by node or by day, to look at, to print and as CSV.

use super::{
    chart::Chart,
    form::Choice,
    format::{Size, grouped, node_name},
    frame::Frame,
    months::{by_day, day_chart},
    reply::with_security_headers,
    span::{Span, ranges},
    view::View,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::Result,
    export,
    http::{Reply, Request, id},
    model::{Date, Usage},
    store::Scope,
    text::Text,
};
use askama::Template;
use std::collections::BTreeMap;

/// The most rows on one page.
const MAX_ROWS: usize = 100;
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
    so_far: String,
    head: &'static str,
    chart: Option<Chart>,
    rows: Vec<Row>,
    up: Size,
    down: Size,
    total: Size,
    nothing: bool,
    range: String,
    paging: Vec<Tab>,
    csv: String,
}

/// A link to the same page with something else in it.
struct Tab {
    /// Empty: it leads nowhere.
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
    up: Size,
    down: Size,
    total: Size,
    percent: String,
    bar: i64,
}

/// What the rows are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    User,
    Node,
    Day,
}

const GROUPS: [(&str, By); 3] = [("user", By::User), ("node", By::Node), ("day", By::Day)];

/// One row before it is shown.
struct Line {
    name: String,
    /// The id of the user or the node; 0 for a day.
    id: i64,
    removed: bool,
    usage: Usage,
}

/// What was asked for.
struct Asked {
    span: Span,
    by: By,
    key: &'static str,
    scope: Scope,
    quiet: bool,
}

impl Asked {
    fn read(view: &View<'_>) -> Self {
        let query = &view.request.query;
        let span = Span::asked(view, query);
        let (key, by) = *GROUPS.iter().find(|(key, _)| *key == query.text("by")).unwrap_or(&GROUPS[0]);
        let (from, to) = span.times(view);
        let one = |key| id(key, query.text(key)).ok();
        let scope = Scope { from, to, user: one("user"), node: one("node") };
        Self { span, by, key, scope, quiet: query.text("all") == "1" }
    }

    /// Each row of it, and what they are in all.
    fn lines(&self, view: &View<'_>) -> Result<(Vec<Line>, Usage)> {
        let store = &view.app.store;
        let lines: Vec<Line> = match self.by {
            By::User => store
                .usage_by_user(&self.scope, self.quiet)?
                .into_iter()
                .map(|user| Line {
                    name: user.name.as_str().to_owned(),
                    id: user.id,
                    removed: user.removed,
                    usage: user.usage,
                })
                .collect(),
            By::Node => store
                .usage_by_node(&self.scope)?
                .into_iter()
                .map(|node| Line {
                    name: if node.name.is_empty() { (view.text.nodes.unnamed)(node.id) } else { node.name },
                    id: node.id,
                    removed: false,
                    usage: node.usage,
                })
                .collect(),
            By::Day => self
                .days(view)?
                .iter()
                .rev()
                .map(|(date, usage)| Line { name: date.to_string(), id: 0, removed: false, usage: *usage })
                .collect(),
        };
        let sum = lines.iter().fold(Usage::default(), |sum, line| sum.plus(line.usage));
        Ok((lines, sum))
    }

    /// What was used on each day on which anything was.
    fn days(&self, view: &View<'_>) -> Result<BTreeMap<Date, Usage>> {
        Ok(by_day(view, &view.app.store.usage_by_row(&self.scope)?))
    }
}

/// `GET /usage`, with `range` or `from` and `to`, `by`, `node`, `user`, `all` and `page`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.usage;
    let asked = Asked::read(&view);
    let (lines, sum) = asked.lines(&view)?;
    let shares = shares(&lines);
    let pages = lines.len().div_ceil(MAX_ROWS).max(1);
    let page = request.query.text("page").parse().unwrap_or(1).clamp(1, pages);
    let skip = (page - 1) * MAX_ROWS;
    let rows: Vec<Row> = lines
        .iter()
        .zip(shares)
        .skip(skip)
        .take(MAX_ROWS)
        .map(|(line, share)| row(&asked, line, share, &view))
        .collect();
    let Asked { span, by, key, scope, quiet } = &asked;
    let chart = match span.dates(MAX_CHART_DAYS) {
        Some(dates) if *by == By::Day => day_chart(&view, (text.chart)(&span.name(&view)), &dates, &asked.days(&view)?),
        _ => None,
    };
    let only = match scope.user.map(|user| app.store.user(user, view.now())).transpose()?.flatten() {
        Some(user) => (text.only)(user.name.as_str()),
        None => scope.user.map_or_else(String::new, |id| (text.only)(&format!("#{id}"))),
    };
    let number = |number: usize| grouped(i64::try_from(number).unwrap_or(i64::MAX));
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
        so_far: if span.goes_on(&view) { (text.so_far)(&view.today().to_string()) } else { String::new() },
        head: match by {
            By::User => view.text.form.name,
            By::Node => text.node,
            By::Day => text.day,
        },
        chart,
        up: view.size(sum.u),
        down: view.size(sum.d),
        total: view.size(sum.total()),
        nothing: rows.is_empty(),
        range: (view.text.users.range)(&number(skip + 1), &number(skip + rows.len()), &number(lines.len())),
        paging: if pages > 1 { paging(&view, page, pages) } else { Vec::new() },
        rows,
        csv: csv_link(&view),
        span: asked.span,
    };
    view.page(if page.span.is_wrong() { 400 } else { 200 }, &page)
}

/// `GET /usage.csv`, with the same.
pub fn csv(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let asked = Asked::read(&view);
    let (lines, _) = asked.lines(&view)?;
    let rows = lines.iter().zip(shares(&lines)).map(|(line, share)| {
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
pub fn download(kind: &str, name: &str, content: impl Into<Vec<u8>>) -> Reply {
    with_security_headers(Reply::new(200, kind, content))
        .with("Content-Disposition", format!("attachment; filename=\"{name}\""))
}

/// The address of the page as it is, but for what is given.
fn link(view: &View<'_>, changes: &[(&str, &str)]) -> String {
    let mut query = view.request.query.clone();
    for (name, value) in changes {
        query = query.with(name, value);
    }
    let query = query.encode();
    view.request.at(&if query.is_empty() { "/usage".to_owned() } else { format!("/usage?{query}") })
}

fn span_link(view: &View<'_>, (first, last): (Date, Date)) -> String {
    link(view, &[("range", ""), ("from", &first.to_string()), ("to", &last.to_string()), ("page", "")])
}

fn csv_link(view: &View<'_>) -> String {
    let query = view.request.query.clone().with("page", "").encode();
    view.request.at(&if query.is_empty() { "/usage.csv".to_owned() } else { format!("/usage.csv?{query}") })
}

fn node_choices(view: &View<'_>, chosen: Option<i64>) -> Result<Vec<Choice>> {
    let all = Choice { value: String::new(), label: view.text.usage.every_node.to_owned(), selected: chosen.is_none() };
    let nodes = view.app.store.nodes()?;
    let nodes = nodes.iter().map(|node| Choice {
        value: node.id.to_string(),
        label: node_name(node, view.text),
        selected: chosen == Some(node.id),
    });
    Ok(std::iter::once(all).chain(nodes).collect())
}

fn paging(view: &View<'_>, page: usize, pages: usize) -> Vec<Tab> {
    let text = &view.text.users;
    let to = |label, target: usize, there: bool| Tab {
        href: if there { link(view, &[("page", &target.to_string())]) } else { String::new() },
        label,
        selected: false,
    };
    vec![
        to(text.first, 1, page > 1),
        to(text.previous, page - 1, page > 1),
        to(text.next, page + 1, page < pages),
        to(text.last, pages, page < pages),
    ]
}

fn row(asked: &Asked, line: &Line, share: i64, view: &View<'_>) -> Row {
    let (text, total) = (&view.text.usage, line.usage.total());
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
        up: view.size(line.usage.u),
        down: view.size(line.usage.d),
        total: view.size(total),
        percent: percent(share),
        bar: (share + 5) / 10,
    }
}

/// What each line is of the whole, in thousandths that add up to 1000: each is rounded down, and what is missing goes
/// to those that lost most by it.
fn shares(lines: &[Line]) -> Vec<i64> {
    let totals: Vec<i128> = lines.iter().map(|line| i128::from(line.usage.total().get())).collect();
    let whole: i128 = totals.iter().sum();
    if whole == 0 {
        return vec![0; totals.len()];
    }
    let mut shares: Vec<i64> = totals.iter().map(|total| i64::try_from(total * 1000 / whole).unwrap_or(0)).collect();
    let missing = usize::try_from(1000 - shares.iter().sum::<i64>()).unwrap_or(0);
    let mut by_loss: Vec<usize> = (0..totals.len()).collect();
    by_loss.sort_by_key(|line| std::cmp::Reverse(totals[*line] * 1000 % whole));
    for line in by_loss.into_iter().take(missing) {
        shares[line] += 1;
    }
    shares
}

/// Thousandths as a percentage.
fn percent(thousandths: i64) -> String {
    format!("{}.{}", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Bytes;

    #[test]
    fn shares_add_up_to_the_whole() {
        for (totals, said) in [
            (vec![], ""),
            (vec![0, 0], "0.0 0.0"),
            (vec![5], "100.0"),
            (vec![1, 1, 1], "33.4 33.3 33.3"),
            (vec![2, 1], "66.7 33.3"),
            (vec![1, 1, 1, 1, 1, 1, 1], "14.3 14.3 14.3 14.3 14.3 14.3 14.2"),
            (vec![9999, 1], "100.0 0.0"),
            (vec![i64::MAX, i64::MAX, 0], "50.0 50.0 0.0"),
        ] {
            let line = |total: &i64| Line {
                id: 1,
                name: "x".to_owned(),
                removed: false,
                usage: Usage { u: Bytes::new(0), d: Bytes::new(*total) },
            };
            let lines: Vec<Line> = totals.iter().map(line).collect();
            let shares = shares(&lines);
            assert_eq!(shares.iter().map(|share| percent(*share)).collect::<Vec<_>>().join(" "), said);
            assert!(shares.iter().sum::<i64>() == 1000 || totals.iter().all(|total| *total == 0));
        }
    }
}
