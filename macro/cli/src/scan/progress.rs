//! Shows on a terminal that a long scan goes on.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a scan must take for a line on the terminal.
const SHOW: Duration = Duration::from_secs(1);

/// A line on the terminal. It is gone when this is dropped.
pub(super) struct Progress {
    started: Instant,
    line: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new() -> Progress {
        Progress {
            started: Instant::now(),
            line: None,
        }
    }

    /// Shows how many instructions were decoded.
    pub(super) fn show(&mut self, decoded: u64) {
        if self.started.elapsed() < SHOW {
            return;
        }
        let line = self.line.get_or_insert_with(|| {
            // It is hidden if standard error is no terminal.
            let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            line.with_style(
                ProgressStyle::with_template("{spinner} {msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            )
        });
        line.set_message(format!("{decoded} instructions decoded"));
        line.tick();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}
