//! The node in this process: which one it is, and whether it is on.

use super::App;
use crate::{
    error::Result,
    model::{Address, NodeDraft, NodeName, Time},
    store::Setting,
};

/// The node in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BuiltIn {
    /// Its number, once there has been one.
    pub node: Option<i64>,
    /// Whether it is to run.
    pub on: bool,
    /// Whether the command line decides that, and the page cannot.
    pub is_fixed: bool,
}

impl App {
    /// What is said of the node in this process.
    pub fn built_in(&self) -> Result<BuiltIn> {
        let settings = self.settings()?;
        let node = settings.get(Setting::BuiltInNode).and_then(|id| id.parse().ok());
        let switch = settings.get(Setting::BuiltInSwitch) == Some("on");
        let fixed = self.front.built_in;
        Ok(BuiltIn { node, on: fixed.unwrap_or(switch), is_fixed: fixed.is_some() })
    }

    /// Switches the node in this process on or off. If there has never been one, it is added, under that address.
    pub fn switch_built_in(&self, on: bool, name: NodeName, address: Address, now: Time) -> Result<Option<i64>> {
        let mut node = self.built_in()?.node;
        let mut settings = vec![(Setting::BuiltInSwitch, Some(if on { "on" } else { "off" }.to_owned()))];
        if on && node.is_none() {
            let added = self.store.add_node(NodeDraft { name, address, ..NodeDraft::default() }, now)?.id;
            settings.push((Setting::BuiltInNode, Some(added.to_string())));
            node = Some(added);
        }
        self.store.change_settings(settings, now)?;
        Ok(node)
    }
}
