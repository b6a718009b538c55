//! How far a long list has come: a bar on a terminal, and nothing anywhere else.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error; hidden where that is no terminal, for one domain, or with `--quiet`.
pub struct Progress(ProgressBar);

impl Progress {
    pub fn over(all: usize, quiet: bool) -> Self {
        if quiet || all < 2 {
            return Self(ProgressBar::hidden());
        }
        let length = u64::try_from(all).unwrap_or(u64::MAX);
        let bar =
            ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(10));
        let style = ProgressStyle::with_template("{bar:30} {pos} / {len}  {per_sec}  {eta}");
        Self(match style {
            Ok(style) => bar.with_style(style.progress_chars("━━─")),
            Err(_) => bar,
        })
    }

    pub fn step(&self) {
        self.0.inc(1);
    }

    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}
