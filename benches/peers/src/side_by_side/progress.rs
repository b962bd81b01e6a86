//! How far a run has got, on the standard error.

use indicatif::{ProgressBar, ProgressStyle};

/// Shown until dropped. What is not a terminal gets a line for each step.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Begins a run of so many steps.
    #[must_use]
    pub fn of(steps: usize) -> Self {
        let bar = ProgressBar::new(steps as u64);
        if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Says that the next step begins.
    pub fn next(&self, step: &str) {
        if self.bar.is_hidden() {
            eprintln!("{step}");
        }
        self.bar.set_message(step.to_owned());
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
