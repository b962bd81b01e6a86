//! What is going on: a bar on a terminal, else a line for each step.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// The progress of one step, shown until dropped.
pub struct Progress {
    bar: ProgressBar,
    unseen: u64,
}

impl Progress {
    pub fn of(title: &str, calls: usize) -> Self {
        if !io::stderr().is_terminal() {
            eprintln!("{title}: {calls} calls");
            return Self { bar: ProgressBar::hidden(), unseen: 0 };
        }
        let bar = ProgressBar::new(calls as u64).with_message(title.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{msg:50} {wide_bar} {pos:>7}/{len:7}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, unseen: 0 }
    }

    /// Notes an answered call.
    pub fn tick(&mut self) {
        self.unseen += 1;
        // In steps: the bar should not be part of what is measured.
        if self.unseen == 100 {
            self.bar.inc(std::mem::take(&mut self.unseen));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
