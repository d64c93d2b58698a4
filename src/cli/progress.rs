//! How far long work is, in a line on standard error that is written over, if that is a terminal.

use crate::{
    model::{Progress, Tell, lock, untold},
    text::ENGLISH,
};
use std::{
    io::{IsTerminal, Write, stderr},
    sync::{Arc, Mutex},
};

/// Cells of the bar.
const CELLS: usize = 30;

/// Shows it while this lives.
pub(super) struct Bar {
    tell: Tell,
    shown: bool,
}

impl Bar {
    pub(super) fn new() -> Self {
        let shown = stderr().is_terminal();
        if !shown {
            return Self { tell: untold(), shown };
        }
        let last = Mutex::new(None);
        let tell = move |progress: Progress| {
            let now = (progress.stage, progress.percent());
            // A terminal is slow, and a percent is all that is to be seen.
            if lock(&last).replace(now) != Some(now) {
                draw(&line(progress));
            }
        };
        Self { tell: Arc::new(tell), shown }
    }

    /// The callback that draws the bar.
    pub(super) fn tell(&self) -> &Tell {
        &self.tell
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.shown {
            draw("");
        }
    }
}

/// Writes over what stands in the line.
fn draw(text: &str) {
    let mut out = stderr().lock();
    let _ = write!(out, "\r\x1b[K{text}").and_then(|()| out.flush());
}

fn line(progress: Progress) -> String {
    let words = (ENGLISH.work.stage)(progress.stage);
    let Some(percent) = progress.percent() else { return format!("{words}…") };
    let full = CELLS * usize::try_from(percent).unwrap_or(0) / 100;
    format!("{words} [{}{}] {percent:3} %", "#".repeat(full), "-".repeat(CELLS - full))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stage;

    #[test]
    fn a_bar_fills_up() {
        let at = |done, of| line(Progress { stage: Stage::Copying, done, of });
        assert_eq!(at(0, 0), "Copying the database…");
        assert_eq!(at(0, 3), "Copying the database [------------------------------]   0 %");
        assert_eq!(at(2, 4), "Copying the database [###############---------------]  50 %");
        assert_eq!(at(9, 4), "Copying the database [##############################] 100 %");
    }
}
