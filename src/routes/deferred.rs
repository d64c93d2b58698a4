//! Answers to reports: a write begins when its answer is asked for, and while another is under way no worker waits for
//! the disk.

use super::answered;
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
        answered(app, &request, outcome(report.wait()))
    }

    /// Begins the write, and calls `answer` with the answer once it is on the disk: in this thread or in the writer's,
    /// so that `answer` must not write to the database.
    pub fn then(self, app: &Arc<App>, answer: impl FnOnce(Reply) + Send + 'static) {
        let (Self { report, request }, app) = (self, Arc::clone(app));
        report.then(move |report| answer(answered(&app, &request, outcome(report))));
    }
}

fn outcome(report: Result<Verdict<Reply>>) -> Result<Reply> {
    match report? {
        Verdict::Accepted(reply) => Ok(reply),
        Verdict::Refused(fault) => Err(fault.into()),
    }
}
