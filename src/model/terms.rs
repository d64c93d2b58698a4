//! What is agreed with a user beside quota and last day: from when on the days count, whether they go on by
//! themselves, and where.

use super::{Date, narrow};
use crate::error::Fault;
use std::{collections::BTreeSet, fmt};

/// What is agreed with a user beside quota and last day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// The last day is so many days after the first use; `None` once it is known, and where it is set by hand.
    pub valid_days: Option<i32>,
    /// Whether the last day moves on with each monthly reset, to the day before the next one.
    pub renews: bool,
    /// The nodes that the user may use.
    pub nodes: NodeAccess,
}

impl Terms {
    /// The most days from the first use: ten years.
    pub const MAX_DAYS: i32 = 3653;

    /// Reads a number of days from the first use.
    ///
    /// # Errors
    /// [`Fault::DaysBad`].
    pub fn days(text: &str) -> Result<i32, Fault> {
        match narrow(text).parse() {
            Ok(days @ 1..=Self::MAX_DAYS) => Ok(days),
            _ => Err(Fault::DaysBad { given: text.chars().take(40).collect(), most: Self::MAX_DAYS }),
        }
    }

    /// The last day while the counters are reset next on `next`: the day before, if it moves on by itself.
    pub fn renewed(&self, next: Option<Date>) -> Option<Date> {
        next.filter(|_| self.renews).map(|next| next.plus_days(-1))
    }
}

/// Which nodes a user may use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NodeAccess {
    /// All of them, also those that are yet to come.
    #[default]
    All,
    /// These.
    Only(BTreeSet<i64>),
}

impl NodeAccess {
    /// Reads `1, 3`, or `all` or nothing for all.
    ///
    /// # Errors
    /// [`Fault::NodesBad`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let narrow = narrow(text).to_lowercase();
        match narrow.as_str() {
            "" | "all" | "全部" => return Ok(Self::All),
            "none" | "无" => return Ok(Self::Only(BTreeSet::new())),
            _ => {}
        }
        let ids = narrow.split([',', ';', ' ', '、', '#']).filter(|part| !part.is_empty());
        let ids: Option<BTreeSet<i64>> = ids.map(|id| id.parse().ok().filter(|id| *id > 0)).collect();
        let bad = || Fault::NodesBad { given: text.chars().take(60).collect() };
        ids.filter(|ids| !ids.is_empty()).map(Self::Only).ok_or_else(bad)
    }

    /// Whether a node is among them.
    pub fn allows(&self, node: i64) -> bool {
        match self {
            Self::All => true,
            Self::Only(nodes) => nodes.contains(&node),
        }
    }

    /// As it is stored: `,1,3,`; `None` for all.
    pub fn stored(&self) -> Option<String> {
        let Self::Only(nodes) = self else { return None };
        Some(nodes.iter().fold(",".to_owned(), |text, node| format!("{text}{node},")))
    }

    /// One from the database.
    pub fn from_stored(stored: Option<&str>) -> Self {
        stored.map_or(Self::All, |nodes| Self::Only(nodes.split(',').filter_map(|node| node.parse().ok()).collect()))
    }
}

impl fmt::Display for NodeAccess {
    /// `1, 3`, `all` or `none`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Only(nodes) if nodes.is_empty() => f.write_str("none"),
            Self::Only(nodes) => f.write_str(&nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// Whether a node is among those that are [stored](NodeAccess::stored), without reading them all.
pub(super) fn stored_allows(stored: Option<&str>, node: i64) -> bool {
    stored.is_none_or(|nodes| nodes.split(',').any(|id| id.parse() == Ok(node)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_read_back_as_the_same() {
        for (text, shown) in [
            ("", "all"),
            ("All", "all"),
            ("全部", "all"),
            ("none", "none"),
            ("3", "3"),
            ("3,1, 3", "1, 3"),
            ("１、２", "1, 2"),
        ] {
            let access = NodeAccess::parse(text).unwrap();
            assert_eq!(access.to_string(), shown, "{text}");
            assert_eq!(NodeAccess::parse(&access.to_string()), Ok(access.clone()));
            assert_eq!(NodeAccess::from_stored(access.stored().as_deref()), access);
            for node in [1, 3, 13] {
                assert_eq!(stored_allows(access.stored().as_deref(), node), access.allows(node), "{text} {node}");
            }
        }
        for bad in ["x", "0", "-1", "1,x", ",", "1.5"] {
            assert!(NodeAccess::parse(bad).is_err(), "{bad}");
        }
    }
}
