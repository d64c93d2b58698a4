//! mu-panel: the users of a Shadowsocks or V2Ray node, and what they use. One request goes one way, door → server →
//! routes → api | pages → store, and its answer back. This is the map of the code, from top to bottom; a floor uses
//! only those below it.

/// The commands; the only place that wires things together.
pub mod cli;
/// The built-in Shadowsocks node: serves friends and counts what they move. Knows nothing of the panel.
pub mod node;
/// The public sockets: lets whole, bounded, well-formed requests in, and nothing else.
pub mod door;
/// The worker threads behind `tiny_http`: sockets become plain requests, and plain replies become answers.
pub mod server;
/// What the door and the server say to each other.
pub mod bridge;
/// The table of addresses, each with who may call it; and what an error looks like to the client.
pub mod routes;
/// What node programs call: the Mu API.
pub mod api;
/// What people see.
pub mod pages;
/// What watches over the panel asks.
pub mod monitor;
/// Users as JSON and as CSV.
pub mod export;
/// Users from the list of another panel.
pub mod import;
/// The proofs of who the caller is, and the passwords behind them.
pub mod auth;
/// Notices to the admin.
pub mod notify;
/// What the handlers share.
pub mod app;
/// What a friend connects with: links, QR codes, lists for apps, an invitation.
pub mod share;
/// All the SQL there is.
pub mod store;
/// Every sentence that a person reads.
pub mod text;
/// Requests and replies as plain values.
pub mod http;
/// Certificates from an ACME authority.
pub mod acme;
/// What goes out of this program: one HTTPS client, one resolver.
pub mod outbound;
/// The nouns.
pub mod model;
/// What can go wrong.
pub mod error;
