//! What the person at the terminal sees: text, colours where they are wanted, JSON where it was asked for.
//!
//! Text is always painted; `anstream` takes the paint off again where the output is a file, a pipe, or a
//! terminal whose owner set `NO_COLOR`.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

/// What went well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default();
/// What somebody should look at.
pub const CARE: Style = AnsiColor::Yellow.on_default();
/// What is there for completeness.
pub const FAINT: Style = Style::new().dimmed();
/// What the eye should find first.
pub const STRONG: Style = Style::new().bold();

/// The text in that style.
pub fn paint(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// Prints one line, or several.
pub fn say(text: &str) {
    // A closed pipe is the reader's wish.
    let _ = writeln!(anstream::stdout().lock(), "{text}");
}

/// Prints one JSON document.
pub fn say_json(document: &impl Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string_pretty(document)?);
    Ok(())
}

/// How many columns a line may have; `None` where nobody looks at it in a window.
pub fn width() -> Option<usize> {
    let terminal = console::Term::stdout();
    terminal.is_term().then(|| usize::from(terminal.size().1))
}
