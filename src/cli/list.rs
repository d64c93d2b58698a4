//! Users as the command line shows them, as lines.

use super::{Context, running};
use crate::{
    acme::Site,
    app::App,
    error::Result,
    model::{Bytes, Date, Kind, Method, State, User, Zone},
    share::{Access, Server},
    store::Setting,
    text::ENGLISH,
};

/// Users as a table of lines.
pub(super) fn table(users: &[User], today: Date, zone: &Zone) -> String {
    let head =
        ["ID", "NAME", "PORT", "CIPHER", "UP", "DOWN", "QUOTA", "EXPIRES", "LAST USED", "STATE"].map(str::to_owned);
    let rows = users.iter().map(|user| {
        [
            user.id.to_string(),
            user.name.as_str().to_owned(),
            user.port.to_string(),
            user.method.name().to_owned(),
            user.used.u.to_string(),
            user.used.d.to_string(),
            user.quota.map_or_else(|| "none".to_owned(), |quota| quota.to_string()),
            expiry(user),
            if user.t == 0 { "never".to_owned() } else { zone.minute(user.t) },
            state(user.state(today)).to_owned(),
        ]
    });
    aligned(std::iter::once(head).chain(rows))
}

/// Everything about one user, a line each.
pub(super) fn card(app: &App, user: &User, context: &Context) -> Result<String> {
    let zone = &app.settings()?.zone;
    let (never, none) = (|| "never".to_owned(), || "none".to_owned());
    let lines = [
        ("name", user.name.as_str().to_owned()),
        ("id", user.id.to_string()),
        ("state", state(user.state(zone.date(context.now()))).to_owned()),
        ("port", user.port.to_string()),
        ("password", user.password.as_str().to_owned()),
        ("cipher", user.method.name().to_owned()),
        ("uuid", user.uuid.clone()),
        ("uploaded", user.used.u.to_string()),
        ("downloaded", user.used.d.to_string()),
        ("quota", user.quota.map_or_else(|| "none".to_owned(), Bytes::typed)),
        ("counting since", zone.minute(user.period_started)),
        ("next reset", user.next_reset.map_or_else(never, |date| date.to_string())),
        ("expires", expiry(user)),
        ("renews", if user.terms.renews { "with each reset" } else { "no" }.to_owned()),
        ("nodes", user.terms.nodes.to_string()),
        ("speed limit", if user.speed == 0 { none() } else { format!("{} Mbit/s", user.speed) }),
        ("devices", if user.devices == 0 { none() } else { user.devices.to_string() }),
        ("last used", if user.t == 0 { never() } else { zone.minute(user.t) }),
        ("note", user.note.as_str().replace('\n', "\n                ")),
    ];
    let links = servers(app, user)?.into_iter().map(|server| ("link", server.link()));
    let page = std::iter::once(("page", page_address(app, user, context)?));
    let lines: Vec<String> = lines
        .into_iter()
        .chain(links)
        .chain(page)
        .map(|(name, value)| format!("{name:<15} {value}").trim_end().to_owned())
        .collect();
    Ok(lines.join("\n"))
}

/// Where a user connects to, also while they are not let in, nodes that have never connected last; nowhere as long as
/// no node has an address.
pub(super) fn servers(app: &App, user: &User) -> Result<Vec<Server>> {
    let access = Access::for_admin(user, &app.store.nodes()?, &app.settings()?.zone);
    let nodes = app.store.vmess_nodes()?;
    let access = nodes.iter().fold(access, |access, (node, settings)| access.with_vmess(*node, settings));
    let mut servers = access.servers;
    servers.sort_by_key(|server| server.last_seen == 0);
    Ok(servers)
}

/// The address of a user's page and subscription: below the public address that is set, or else the name for which the
/// panel serves HTTPS.
pub(super) fn page_address(app: &App, user: &User, context: &Context) -> Result<String> {
    let settings = app.settings()?;
    // A panel that does not run says nothing of how it is reached.
    let running = running::reach(context).unwrap_or_default();
    let site = settings.get(Setting::HttpsSite).and_then(|site| site.parse::<Site>().ok());
    let base = settings.get(Setting::PublicAddress).map(str::to_owned).or_else(|| running.public());
    let base = base.or_else(|| site.map(|site| format!("{}{}", site.origin(), running.root)));
    let base = base.unwrap_or_else(|| format!("https://<address of the panel>{}", running.root));
    Ok(format!("{base}/u/{}", user.secret))
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

/// Why a user cannot connect at present, if so.
pub(super) fn shut_out(state: State) -> Option<&'static str> {
    match state {
        State::On => None,
        State::Off => Some("is switched off"),
        State::Expired => Some("has expired"),
        State::OverQuota => Some("has used up the quota"),
        State::Deleted => Some("is removed"),
    }
}

/// When a user expires.
fn expiry(user: &User) -> String {
    match (user.expires, user.terms.valid_days) {
        (Some(day), _) if user.terms.renews => format!("{day}, then renews"),
        (Some(day), _) => day.to_string(),
        (None, Some(days)) => (ENGLISH.users.from_first_use)(days),
        (None, None) => "never".to_owned(),
    }
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
