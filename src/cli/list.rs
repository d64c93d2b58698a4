//! Users as the command line shows them, as lines.

use super::Context;
use crate::{
    app::App,
    error::Result,
    model::{Date, Kind, Method, State, User, Zone},
};

/// Users as a table of lines.
pub(super) fn table(users: &[User], today: Date, zone: &Zone) -> String {
    let head = ["ID", "NAME", "PORT", "METHOD", "UP", "DOWN", "QUOTA", "LAST USED", "STATE"].map(str::to_owned);
    let rows = users.iter().map(|user| {
        [
            user.id.to_string(),
            user.name.as_str().to_owned(),
            user.port.to_string(),
            user.method.name().to_owned(),
            user.used.u.to_string(),
            user.used.d.to_string(),
            user.quota.map_or_else(|| "none".to_owned(), |quota| quota.to_string()),
            if user.t == 0 { "never".to_owned() } else { zone.minute(user.t) },
            state(user.state(today)).to_owned(),
        ]
    });
    aligned(std::iter::once(head).chain(rows))
}

/// Everything about one user, a line each.
pub(super) fn card(app: &App, user: &User, context: &Context) -> Result<String> {
    let zone = &app.settings()?.zone;
    let never = || "never".to_owned();
    let lines = [
        ("name", user.name.as_str().to_owned()),
        ("id", user.id.to_string()),
        ("state", state(user.state(zone.date(context.now()))).to_owned()),
        ("port", user.port.to_string()),
        ("password", user.password.as_str().to_owned()),
        ("method", user.method.name().to_owned()),
        ("uuid", user.uuid.clone()),
        ("uploaded", user.used.u.to_string()),
        ("downloaded", user.used.d.to_string()),
        ("quota", user.quota.map_or_else(|| "none".to_owned(), |quota| quota.to_string())),
        ("counting since", zone.minute(user.period_started)),
        ("next reset", user.next_reset.map_or_else(never, |date| date.to_string())),
        ("expires", user.expires.map_or_else(never, |date| date.to_string())),
        ("last used", if user.t == 0 { never() } else { zone.minute(user.t) }),
        ("note", user.note.as_str().replace('\n', "\n                ")),
    ];
    let lines: Vec<String> =
        lines.iter().map(|(name, value)| format!("{name:<15} {value}").trim_end().to_owned()).collect();
    Ok(lines.join("\n"))
}

/// What to say of a method that should not be used any more.
pub(super) fn warning(method: Method) -> Option<String> {
    (method.kind() == Kind::Stream).then(|| {
        format!(
            "warning: `{}` does not protect against tampering: use `chacha20-ietf-poly1305` if you can",
            method.name()
        )
    })
}

fn state(state: State) -> &'static str {
    match state {
        State::On => "on",
        State::Off => "off",
        State::Expired => "expired",
        State::OverQuota => "over quota",
        State::Deleted => "removed",
    }
}

/// Columns, each as wide as its widest cell.
pub(super) fn aligned<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = rows.collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; N]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
