//! The statement: what each user used in a month, to print and as CSV, and closing the period for all.

use super::{
    bulk,
    confirm::{ConfirmPage, Question},
    form::Choice,
    format::Size,
    frame::{Frame, View, with_security_headers},
    usage::Month,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::Result,
    export,
    http::{Reply, Request},
    model::{Date, Usage},
    store::Line,
    text::Text,
};
use askama::Template;

/// The most months to choose from: twenty years.
const MAX_MONTHS: usize = 240;

#[derive(Template)]
#[template(path = "statement.html")]
struct StatementPage {
    f: Frame,
    t: &'static Text,
    month: String,
    months: Vec<Choice>,
    earlier: String,
    later: String,
    running: String,
    rows: Vec<Row>,
    up: Size,
    down: Size,
    total: Size,
    csv: String,
}

struct Row {
    href: String,
    name: String,
    removed: bool,
    up: Size,
    down: Size,
    total: Size,
    percent: String,
    bar: i64,
}

/// `GET /statement`, with `month` such as `2026-11`.
pub fn show(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let begin = app.store.first_use()?.map_or(view.today(), |hour| view.zone.date(hour));
    let month = Month::asked(&view, begin);
    let (lines, sum) = lines(&view, &month)?;
    let rows = lines.iter().zip(shares(&lines)).map(|(line, share)| row(line, share, &view)).collect();
    let link = |date: Option<Date>| {
        date.map_or_else(String::new, |date| request.at(&format!("/statement?month={}", key(date))))
    };
    let present = view.today().first_of_month();
    let page = StatementPage {
        f: view.frame(view.text.statement.title, "statement"),
        t: view.text,
        month: month.name(&view),
        months: months(&view, begin, month.first),
        earlier: link(month.earlier),
        later: link(month.later),
        running: if month.first == present {
            (view.text.statement.running)(&view.today().to_string())
        } else {
            String::new()
        },
        rows,
        up: view.size(sum.u),
        down: view.size(sum.d),
        total: view.size(sum.total()),
        csv: request.at(&format!("/statement.csv?month={}", key(month.first))),
    };
    view.page(200, &page)
}

/// `GET /statement.csv`, with `month` such as `2026-11`.
pub fn csv(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let begin = app.store.first_use()?.map_or(view.today(), |hour| view.zone.date(hour));
    let month = Month::asked(&view, begin);
    let (lines, _) = lines(&view, &month)?;
    let rows = lines.iter().zip(shares(&lines)).map(|(line, share)| {
        let total = line.usage.total();
        [
            line.name.as_str().to_owned(),
            line.usage.u.get().to_string(),
            line.usage.d.get().to_string(),
            total.get().to_string(),
            percent(share),
        ]
    });
    let sheet = export::sheet(["name", "uploaded", "downloaded", "total", "percent"], rows)?;
    Ok(download("text/csv; charset=utf-8", &format!("statement-{}.csv", key(month.first)), sheet))
}

/// `GET /statement/close`.
pub fn ask_close(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.statement;
    let number = app.census(view.today(), view.now())?.count(None);
    let question = Question {
        before: text.ask_close,
        name: String::new(),
        after: "",
        lines: vec![(text.ask_close_what)(number), text.ask_close_kept.to_owned()],
        action: request.at("/statement/close"),
        go: text.ask_close_go,
        danger: false,
        cancel: request.at("/statement"),
    };
    view.page(200, &ConfirmPage { f: view.frame(text.ask_close_go, "statement"), t: view.text, question })
}

/// `POST /statement/close`.
pub fn close(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let number = app.store.reset_all_users(request.now)?;
    Ok(bulk::redirect_with_count(request, "reset", number, &request.at("/statement")))
}

/// A file to save, under that name.
pub fn download(kind: &str, name: &str, content: impl Into<Vec<u8>>) -> Reply {
    with_security_headers(Reply::new(200, kind, content))
        .with("Content-Disposition", format!("attachment; filename=\"{name}\""))
}

fn lines(view: &View<'_>, month: &Month) -> Result<(Vec<Line>, Usage)> {
    let end = month.first.plus_days(31).first_of_month();
    let lines = view.app.store.statement(view.zone.start_of(month.first), view.zone.start_of(end))?;
    let sum = lines.iter().fold(Usage::default(), |sum, line| sum.plus(line.usage));
    Ok((lines, sum))
}

fn row(line: &Line, share: i64, view: &View<'_>) -> Row {
    let total = line.usage.total();
    Row {
        href: view.request.at(&format!("/users/{}", line.id)),
        name: line.name.as_str().to_owned(),
        removed: line.removed,
        up: view.size(line.usage.u),
        down: view.size(line.usage.d),
        total: view.size(total),
        percent: percent(share),
        bar: (share + 5) / 10,
    }
}

/// What each line is of the whole, in thousandths that add up to 1000: each is rounded down, and what is missing goes to those that
/// lost most by it.
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

fn months(view: &View<'_>, begin: Date, chosen: Date) -> Vec<Choice> {
    let mut months = Vec::new();
    let mut first = view.today().first_of_month();
    while first >= begin.first_of_month() && months.len() < MAX_MONTHS {
        let (year, month) = first.year_month();
        months.push(Choice { value: key(first), label: (view.text.month)(year, month), selected: first == chosen });
        first = first.plus_days(-1).first_of_month();
        if first.year_month() == (1970, 1) {
            break;
        }
    }
    if months.is_empty() {
        let (year, month) = chosen.year_month();
        months.push(Choice { value: key(chosen), label: (view.text.month)(year, month), selected: true });
    }
    months
}

fn key(first: Date) -> String {
    let (year, month) = first.year_month();
    format!("{year:04}-{month:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Bytes, Name};

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
                name: Name::from_stored("x".to_owned()),
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
