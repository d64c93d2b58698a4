//! Looks names up for friends, without holding up other friends.

use crate::outbound::Resolver;
use std::{future::Future, io, net::IpAddr, pin::Pin, sync::Arc, time::Duration};

/// How long a client waits for a name.
pub const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);

/// The addresses of a name, in the order in which they are to be tried.
pub type Lookup = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Looks names up.
pub trait Resolve: Send + Sync {
    /// The addresses of `name`.
    fn look_up(&self, name: &str) -> Lookup;
}

impl Resolve for Arc<Resolver> {
    fn look_up(&self, name: &str) -> Lookup {
        let (resolver, name) = (Self::clone(self), name.to_owned());
        Box::pin(async move { resolver.lookup(&name).await.map_err(io::Error::other) })
    }
}
