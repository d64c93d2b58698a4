//! How a node of our own says that it is, every few seconds. None of it is written down.

use super::Time;

/// What a node last said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeState {
    /// When it said so.
    pub at: Time,
    /// The users who are connected through it, and from how many addresses at once. Which addresses these are stays
    /// with the node.
    pub online: Vec<(i64, u32)>,
    /// The users whose ports are open there, and which these are.
    pub listening: Vec<(i64, u16)>,
    /// Ports that it could not have.
    pub ports: Vec<PortTrouble>,
    /// Methods of users that it does not know.
    pub lacking: Vec<String>,
    /// Users whose connections were turned away since there were too many.
    pub full: Vec<i64>,
    /// How often its relay has failed and been started again.
    pub restarts: u64,
}

/// A port that a node could not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortTrouble {
    /// The user whose port it is.
    pub user: i64,
    /// Which one.
    pub port: u16,
    /// `TCP` or `UDP`.
    pub kind: String,
    /// What the system says.
    pub why: String,
    /// Since when the node says so.
    pub since: Time,
}
