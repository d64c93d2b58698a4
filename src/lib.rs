//! mu-panel: users and traffic of a Shadowsocks or V2Ray node. One request goes one way, and each floor uses only those below it:

pub mod cli;
pub mod server;
pub mod routes;
pub mod api;
pub mod pages;
pub mod import;
pub mod auth;
pub mod app;
pub mod store;
pub mod share;
pub mod text;
pub mod http;
pub mod model;
pub mod error;
