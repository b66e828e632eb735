//! Questions to whoever typed the command, and the sign that we are waiting.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::usage::Usage;

/// How fast the spinner turns.
const SPINNER_TICK: Duration = Duration::from_millis(120);

/// Asks before something is gone for good. Where nobody can be asked, `--yes` must have been said.
pub fn confirm(question: &str, yes: bool) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Usage(format!("{question} Say so with --yes, since nobody can be asked here")).into());
    }
    let _ = write!(anstream::stderr().lock(), "{question} [y/N] ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Whether what somebody typed may mean the thing of this name and identifier; the desk knows for sure.
pub fn may_mean(typed: &str, name: &str, id: &str) -> bool {
    let typed = typed.trim().to_lowercase();
    name.to_lowercase() == typed || id.contains(&typed)
}

/// A spinner on a terminal until it is dropped; nothing elsewhere.
pub struct Waiting(ProgressBar);

impl Waiting {
    /// Says what is waited for.
    pub fn on(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(what);
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(SPINNER_TICK);
        Self(bar)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Tells something beside the result, where a script that reads the result does not trip over it.
pub fn remark(text: &str) {
    // Nobody may be reading any more.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}
