//! The pages of a long list: which part of it is shown, and the ways to the others.

use super::{format::grouped, view::View};
use std::ops::Range;

/// Where a reader is in a long list.
pub struct Paging {
    /// What is shown, such as "51–100 of 256".
    pub range: String,
    /// The other pages; none if there is but one.
    pub links: Vec<PageLink>,
    /// How many come before those that are shown.
    pub skip: i64,
    /// How many are shown at the most.
    pub most: i64,
    total: i64,
}

/// The way to another page.
pub struct PageLink {
    /// Empty: there is no such page.
    pub href: String,
    /// What it is called.
    pub label: &'static str,
}

impl Paging {
    /// The page of a list of `total` that the address names by `page`, with `most` on each; `link` makes the address of
    /// another.
    pub fn of(view: &View<'_>, total: i64, most: i64, link: impl Fn(&str) -> String) -> Self {
        let pages = ((total + most - 1) / most).max(1);
        let page = view.request.query.text("page").parse().unwrap_or(1).clamp(1, pages);
        let skip = (page - 1) * most;
        let text = &view.text.users;
        let to = |label, target: i64| PageLink {
            href: if target != page && (1..=pages).contains(&target) {
                link(&target.to_string())
            } else {
                String::new()
            },
            label,
        };
        let all = [(text.first, 1), (text.previous, page - 1), (text.next, page + 1), (text.last, pages)];
        Self {
            range: (text.range)(&grouped(skip + 1), &grouped((skip + most).min(total)), &grouped(total)),
            links: if pages > 1 { all.map(|(label, target)| to(label, target)).into() } else { Vec::new() },
            skip,
            most,
            total,
        }
    }

    /// The places of those that are shown, in the whole list.
    pub fn shown(&self) -> Range<usize> {
        let place = |number: i64| usize::try_from(number.clamp(0, self.total)).unwrap_or(usize::MAX);
        place(self.skip)..place(self.skip + self.most)
    }
}
