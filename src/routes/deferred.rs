//! Answers that have to wait for the disk, so that no thread has to.

use super::{for_program, refuse};
use crate::{
    api::traffic::PendingReport,
    app::App,
    error::Result,
    http::{Reply, Request},
    model::Verdict,
};
use std::sync::Arc;

/// An answer, or what will become one.
pub enum Answer {
    /// It is there.
    Now(Reply),
    /// Something has to be on the disk first.
    Deferred(Deferred),
}

/// An answer that there is once something is on the disk.
pub struct Deferred {
    report: PendingReport,
    request: Request,
}

impl Deferred {
    pub(super) fn new(report: PendingReport, request: Request) -> Self {
        Self { report, request }
    }

    /// Waits for it.
    pub fn wait(self, app: &App) -> Reply {
        let Self { report, request } = self;
        answered(app, &request, report.wait())
    }

    /// Calls `answer` with the answer, on the writer's thread: it must not write to the database.
    pub fn then(self, app: &Arc<App>, answer: impl FnOnce(Reply) + Send + 'static) {
        let (Self { report, request }, app) = (self, Arc::clone(app));
        report.then(move |report| answer(answered(&app, &request, report)));
    }
}

fn answered(app: &App, request: &Request, report: Result<Verdict<Reply>>) -> Reply {
    match report {
        Ok(Verdict::Accepted(reply)) => for_program(reply),
        Ok(Verdict::Refused(fault)) => refuse(app, request, &fault.into()),
        Err(error) => refuse(app, request, &error),
    }
}
