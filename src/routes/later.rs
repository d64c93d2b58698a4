//! Answers that have to wait for the disk, so that no thread has to.

use super::refuse;
use crate::{
    api::traffic::Taken,
    app::App,
    error::{Fault, Result},
    http::{Reply, Request},
};
use std::sync::Arc;

/// An answer, or what will become one.
pub enum Answer {
    /// It is there.
    Now(Reply),
    /// Something has to be on the disk first.
    Later(Later),
}

/// An answer that there is once something is on the disk.
pub struct Later {
    taken: Taken,
    request: Request,
}

impl Later {
    pub(super) fn new(taken: Taken, request: Request) -> Self {
        Self { taken, request }
    }

    /// Waits for it.
    pub fn wait(self, app: &App) -> Reply {
        let Self { taken, request } = self;
        answered(app, &request, taken.wait())
    }

    /// Has somebody told who must not write anything himself.
    pub fn then(self, app: &Arc<App>, tell: impl FnOnce(Reply) + Send + 'static) {
        let (Self { taken, request }, app) = (self, Arc::clone(app));
        taken.then(move |taken| tell(answered(&app, &request, taken)));
    }
}

fn answered(app: &App, request: &Request, taken: Result<std::result::Result<Reply, Fault>>) -> Reply {
    let reply = taken.and_then(|taken| Ok(taken?));
    reply.unwrap_or_else(|error| refuse(app, request, &error))
}
