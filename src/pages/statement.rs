//! The statement: what each user used in a month, to print and as CSV, and closing the period for all.

use super::{
    ask::{Ask, AskPage},
    form::Choice,
    frame::{Frame, View, guarded},
    several,
    show::Size,
    usage::Month,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::Result,
    export,
    http::{Reply, Request},
    model::{Bytes, Date, Usage},
    store::Line,
    text::Text,
};
use askama::Template;

/// The most months to choose from: twenty years.
const MOST: usize = 240;

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
    let rows = lines.iter().map(|line| row(line, sum.total(), &view)).collect();
    let link = |date: Option<Date>| {
        date.map_or_else(String::new, |date| request.at(&format!("/statement?month={}", key(date))))
    };
    let present = view.today().first_of_month();
    let page = StatementPage {
        f: view.frame(view.text.office.statement.title, "statement"),
        t: view.text,
        month: month.name(&view),
        months: months(&view, begin, month.first),
        earlier: link(month.earlier),
        later: link(month.later),
        running: if month.first == present {
            (view.text.office.statement.running)(&view.today().to_string())
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
    let (lines, sum) = lines(&view, &month)?;
    let rows = lines.iter().map(|line| {
        let total = line.usage.total();
        [
            line.name.as_str().to_owned(),
            line.usage.u.get().to_string(),
            line.usage.d.get().to_string(),
            total.get().to_string(),
            percent(total, sum.total()),
        ]
    });
    let sheet = export::sheet(["name", "uploaded", "downloaded", "total", "percent"], rows)?;
    Ok(download("text/csv; charset=utf-8", &format!("statement-{}.csv", key(month.first)), sheet))
}

/// `GET /statement/close`.
pub fn ask_close(app: &App, signed_in: &SignedIn, request: &Request) -> Result<Reply> {
    let view = View::admin(app, signed_in, request)?;
    let text = &view.text.office.statement;
    let number = app.census(view.today(), view.now())?.count(None);
    let ask = Ask {
        before: text.ask_close,
        name: String::new(),
        after: "",
        lines: vec![(text.ask_close_what)(number), text.ask_close_kept.to_owned()],
        action: request.at("/statement/close"),
        go: text.ask_close_go,
        danger: false,
        cancel: request.at("/statement"),
    };
    view.page(200, &AskPage { f: view.frame(text.ask_close_go, "statement"), t: view.text, ask })
}

/// `POST /statement/close`.
pub fn close(app: &App, _: &SignedIn, request: &Request) -> Result<Reply> {
    let number = app.store.reset_everybody(request.now)?;
    Ok(several::and_tell_number(request, "reset", number, &request.at("/statement")))
}

/// A file to save, under that name.
pub fn download(kind: &str, name: &str, content: impl Into<Vec<u8>>) -> Reply {
    guarded(Reply::new(200, kind, content)).with("Content-Disposition", format!("attachment; filename=\"{name}\""))
}

fn lines(view: &View<'_>, month: &Month) -> Result<(Vec<Line>, Usage)> {
    let end = month.first.plus_days(31).first_of_month();
    let lines = view.app.store.statement(view.zone.start_of(month.first), view.zone.start_of(end))?;
    let sum = lines.iter().fold(Usage::default(), |sum, line| sum.plus(line.usage));
    Ok((lines, sum))
}

fn row(line: &Line, whole: Bytes, view: &View<'_>) -> Row {
    let total = line.usage.total();
    Row {
        href: view.request.at(&format!("/users/{}", line.id)),
        name: line.name.as_str().to_owned(),
        removed: line.removed,
        up: view.size(line.usage.u),
        down: view.size(line.usage.d),
        total: view.size(total),
        percent: percent(total, whole),
        bar: super::show::part(total, whole, 100),
    }
}

/// A share of the whole in percent, to one place.
fn percent(part: Bytes, whole: Bytes) -> String {
    let whole = i128::from(whole.get().max(1));
    let thousandths = (i128::from(part.get()) * 1000 + whole / 2) / whole;
    format!("{}.{}", thousandths / 10, thousandths % 10)
}

fn months(view: &View<'_>, begin: Date, chosen: Date) -> Vec<Choice> {
    let mut months = Vec::new();
    let mut first = view.today().first_of_month();
    while first >= begin.first_of_month() && months.len() < MOST {
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

    #[test]
    fn shares_are_rounded_to_one_place() {
        let bytes = Bytes::new;
        for (part, whole, text) in [(1, 3, "33.3"), (2, 3, "66.7"), (5, 5, "100.0"), (0, 5, "0.0"), (0, 0, "0.0")] {
            assert_eq!(percent(bytes(part), bytes(whole)), text);
        }
        assert_eq!(percent(bytes(i64::MAX), bytes(i64::MAX)), "100.0");
    }
}
