//! Long work goes on: a page that looks again by itself, and leads to what came of it.

use super::prelude::*;
use crate::model::Progress;

/// How often it looks, in seconds.
const REFRESH_INTERVAL: u32 = 1;

#[derive(Template)]
#[template(path = "progress.html")]
struct ProgressPage {
    f: Frame,
    t: &'static Text,
    title: &'static str,
    stage: &'static str,
    /// The percents that are done; empty if that is not known.
    percent: String,
}

page!(ProgressPage);

/// The page. `path` is where it looks again, and where in the end there is something else.
pub fn page(view: &View<'_>, title: &'static str, progress: Progress, path: &str) -> Result<Reply> {
    let page = ProgressPage {
        f: view.frame(title, "settings")?.back_to(path),
        t: view.text,
        title,
        stage: (view.text.work.stage)(progress.stage),
        percent: progress.percent().map_or_else(String::new, |percent| percent.to_string()),
    };
    let again = format!("{REFRESH_INTERVAL}; url={}", view.request.at(path));
    Ok(view.page(200, &page)?.with("Refresh", again))
}
