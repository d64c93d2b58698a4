//! How clients reach the panel, as far as handlers have to know.

use super::https::Offer;
use crate::error::Fault;
use std::sync::Arc;

/// How clients reach the panel.
#[derive(Default)]
pub struct Front {
    /// What stands before every path: empty, or like `/panel`.
    pub root: Arc<str>,
    /// Whether it listens beyond this machine without encryption.
    pub bare: bool,
    /// Whether it serves HTTPS by itself.
    pub tls: bool,
    /// The public address of this machine, if one can be told.
    pub own_address: Option<String>,
    /// The environment variables that set a secret.
    pub environment: Vec<&'static str>,
    /// Lets one large body come to a path.
    pub permit: Option<Permit>,
    /// Why every request is answered with nothing but this, if it is.
    pub standstill: Option<Fault>,
    /// What lets pages begin HTTPS; `None`: it is none of their business.
    pub https: Option<Offer>,
    /// Whether the command line switches the node in this process on or off; `None`: it leaves that to the setting.
    pub built_in: Option<bool>,
}

/// Lets one large body come to the path that it is given.
pub type Permit = Box<dyn Fn(&str) + Send + Sync>;
