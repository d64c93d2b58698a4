//! Usage over some days, by user, by node or by day: what was asked for, and each line of it.

use super::{days::by_day, span::Span, view::View};
use crate::{
    error::Result,
    http::id,
    model::{Date, Usage},
    store::Scope,
};
use std::collections::BTreeMap;

/// What the rows are about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    User,
    Node,
    Day,
}

pub const GROUPS: [(&str, By); 3] = [("user", By::User), ("node", By::Node), ("day", By::Day)];

/// One row before it is shown.
pub struct Line {
    pub name: String,
    /// The id of the user or the node; 0 for a day.
    pub id: i64,
    pub removed: bool,
    pub usage: Usage,
}

/// What was asked for.
pub struct Asked {
    pub span: Span,
    pub by: By,
    pub key: &'static str,
    pub scope: Scope,
    pub quiet: bool,
}

impl Asked {
    /// What the address says.
    pub fn read(view: &View<'_>) -> Self {
        let query = &view.request.query;
        let span = Span::asked(view, query);
        let (key, by) = *GROUPS.iter().find(|(key, _)| *key == query.text("by")).unwrap_or(&GROUPS[0]);
        let (from, to) = span.times(view);
        let one = |key| id(key, query.text(key)).ok();
        let scope = Scope { from, to, user: one("user"), node: one("node") };
        Self { span, by, key, scope, quiet: query.text("all") == "1" }
    }

    /// Each row of it, and what they are in all.
    pub fn lines(&self, view: &View<'_>) -> Result<(Vec<Line>, Usage)> {
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
    pub fn days(&self, view: &View<'_>) -> Result<BTreeMap<Date, Usage>> {
        Ok(by_day(view, &view.app.store.usage_by_row(&self.scope)?))
    }
}

/// What each is of the whole, in thousandths that add up to 1000: each is rounded down, and what is missing goes
/// to those that lost most by it.
pub fn shares(usages: impl Iterator<Item = Usage>) -> Vec<i64> {
    let totals: Vec<i128> = usages.map(|usage| i128::from(usage.total().get())).collect();
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

/// Thousandths as a page shows them.
pub fn with_sign(thousandths: i64) -> String {
    if thousandths == 1000 { "100%".to_owned() } else { percent(thousandths) + "%" }
}

/// Thousandths as a percentage.
pub fn percent(thousandths: i64) -> String {
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
            let usage = |total: &i64| Usage { u: Bytes::new(0), d: Bytes::new(*total) };
            let shares = shares(totals.iter().map(usage));
            assert_eq!(shares.iter().map(|share| percent(*share)).collect::<Vec<_>>().join(" "), said);
            assert!(shares.iter().sum::<i64>() == 1000 || totals.iter().all(|total| *total == 0));
        }
    }
}
