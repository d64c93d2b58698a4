//! Requests and replies as plain values; the socket they come over is the business of `server`.

pub mod form;
pub mod multipart;
mod reply;
mod request;

pub use form::Pairs;
pub use reply::{Body, CacheStamp, Reply};
pub use request::{Request, Verb, for_log, id, no_body};
