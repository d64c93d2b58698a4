//! What the list of users can be narrowed to, and how many each filter finds.

use super::{format::grouped, view::View};
use crate::{
    app::{ONLINE_WINDOW, Online},
    error::Result,
    model::{Census, State},
    text::Text,
};
use std::sync::Arc;

/// A filter as it is shown.
pub(super) struct Tab {
    pub(super) key: &'static str,
    pub(super) href: String,
    pub(super) label: &'static str,
    pub(super) count: String,
    pub(super) selected: bool,
}

/// What the list can be narrowed to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Only {
    State(State),
    /// Users who expire within a week.
    Soon,
    /// Users who are online.
    Online,
}

/// The filters, as they stand in the address.
pub(super) const ONLY: [(&str, Only); 7] = [
    ("on", Only::State(State::On)),
    ("online", Only::Online),
    ("soon", Only::Soon),
    ("off", Only::State(State::Off)),
    ("over", Only::State(State::OverQuota)),
    ("expired", Only::State(State::Expired)),
    ("removed", Only::State(State::Deleted)),
];

impl Only {
    fn label(self, text: &Text) -> &'static str {
        match self {
            Self::State(State::On) => text.state.on,
            Self::State(State::Off) => text.state.off,
            Self::State(State::OverQuota) => text.state.over_quota,
            Self::State(State::Expired) => text.state.expired,
            Self::State(State::Deleted) => text.state.deleted,
            Self::Soon => text.users.soon,
            Self::Online => text.users.active,
        }
    }

    pub(super) fn count(self, counts: &Counts) -> i64 {
        match self {
            Self::State(state) => counts.census.count(Some(state)),
            Self::Soon => counts.census.soon,
            Self::Online => counts.online,
        }
    }
}

/// How many users there are, of all or of those that a search finds.
pub(super) struct Counts {
    pub(super) census: Arc<Census>,
    pub(super) online: i64,
}

impl Counts {
    pub(super) fn new(view: &View<'_>, census: Arc<Census>, search: &str, online: &Online) -> Result<Self> {
        let online = match online.exact() {
            Some(users) => view.app.store.count_users(search, &users)?,
            None => i64::try_from(census.used_since(view.now() - ONLINE_WINDOW)).unwrap_or(i64::MAX),
        };
        Ok(Self { census, online })
    }
}

/// The filters that find anything, and the chosen one.
pub(super) fn tabs(view: &View<'_>, all: &Counts, found: &Counts, chosen: Option<Only>) -> Vec<Tab> {
    let tab = |key, label, count, selected| Tab {
        key,
        href: list_link(view, &[("state", key), ("page", ""), ("tick", "")]),
        label,
        count: grouped(count),
        selected,
    };
    let mut tabs = vec![tab("", view.text.users.all, found.census.count(None), chosen.is_none())];
    for (key, only) in ONLY {
        let selected = chosen == Some(only);
        if only.count(all) > 0 || selected || matches!(only, Only::State(State::On | State::Off)) {
            tabs.push(tab(key, only.label(view.text), only.count(found), selected));
        }
    }
    tabs
}

/// The address of the list as it is, but for what is given.
pub(super) fn list_link(view: &View<'_>, changes: &[(&str, &str)]) -> String {
    view.link("/users", changes)
}
