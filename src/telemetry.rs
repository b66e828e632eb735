//! The log: one subscriber for the whole program, to standard error.
//!
//! Lines are sentences; identifiers are also fields, with fixed names (`attempt.id`, `occurrence.id`,
//! `call.id`, `call.mode`, `duration_ms`). Numbers in full, transcripts, tokens and bodies never get here.

pub mod metrics;

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::config::{LogFormat, LogSettings};

/// A tap that is forgotten in a long-running program must not eat its memory.
const TAPPED_LINES_MAX: usize = 100_000;

/// Starts logging for the whole process; fails when somebody has done so already.
pub fn init(settings: &LogSettings) -> Result<(), TryInitError> {
    let registry = tracing_subscriber::registry();
    match settings.format {
        LogFormat::Text => {
            registry.with(text(colours_wanted()).with_filter(settings.filter.clone())).try_init()
        }
        LogFormat::Json => registry.with(json().with_filter(settings.filter.clone())).try_init(),
    }
}

fn text<S: Subscriber + for<'a> LookupSpan<'a>>(colours: bool) -> impl Layer<S> {
    tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(colours).with_target(false)
}

fn json<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(io::stderr)
}

/// Colours only where somebody sees them, and not for those who have asked for none.
fn colours_wanted() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Keeps every line that is logged, at any level and by anybody, with all its fields and those of the
/// spans around it: for tests that ask whether an error was logged, or a secret was not.
#[derive(Clone, Default)]
pub struct LogTap(Arc<Mutex<VecDeque<TappedLine>>>);

/// One event as it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TappedLine {
    /// How serious it was.
    pub level: Level,
    /// The module that logged it.
    pub target: String,
    /// The sentence, its fields, then the fields of the spans around it.
    pub text: String,
}

impl LogTap {
    /// Listens on this thread (a test's whole runtime, unless it has several) until the guard is dropped.
    #[must_use = "listening ends when the guard is dropped"]
    pub fn listen(&self) -> DefaultGuard {
        static EVERYTHING: Once = Once::new();
        // Each logging statement remembers whether anybody is interested, for all threads at once. With a
        // listener that is always there, no other test's silence can make it remember "nobody".
        EVERYTHING.call_once(|| {
            // Somebody else's global subscriber does as well.
            let _already_there = tracing::subscriber::set_global_default(tracing_subscriber::registry());
        });
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(self.clone()));
        // For a statement that was just being reached for the first time.
        tracing::callsite::rebuild_interest_cache();
        guard
    }

    /// Everything logged so far, oldest first.
    pub fn lines(&self) -> Vec<TappedLine> {
        self.locked().iter().cloned().collect()
    }

    /// What was logged at `error`.
    pub fn errors(&self) -> Vec<TappedLine> {
        self.locked().iter().filter(|line| line.level == Level::ERROR).cloned().collect()
    }

    /// Whether `needle` stands anywhere in the log.
    pub fn contains(&self, needle: &str) -> bool {
        self.locked().iter().any(|line| line.text.contains(needle))
    }

    // A test that panicked while it held the lock has failed already; what was logged is still true.
    fn locked(&self) -> MutexGuard<'_, VecDeque<TappedLine>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LogTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogTap({} lines)", self.locked().len())
    }
}

/// A span's fields, kept with it while it lives.
struct SpanText(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogTap {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut text = Text(span.name().to_owned());
        attributes.record(&mut text);
        span.extensions_mut().insert(SpanText(text.0));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(kept) = extensions.get_mut::<SpanText>() else { return };
        let mut text = Text(std::mem::take(&mut kept.0));
        values.record(&mut text);
        kept.0 = text.0;
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<SpanText>() {
                text.0.push_str(" | ");
                text.0.push_str(&fields.0);
            }
        }
        let metadata = event.metadata();
        let mut lines = self.locked();
        if lines.len() == TAPPED_LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(TappedLine {
            level: *metadata.level(),
            target: metadata.target().to_owned(),
            text: text.0,
        });
    }
}

/// Fields as text: the message bare, the others as ` name=value`.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let written = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
        written.expect("writing to a String cannot fail");
    }

    // Without this the text would be quoted, and a needle with a quote in it not found.
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tap_sees_messages_fields_and_spans_at_every_level() {
        let tap = LogTap::default();
        let listening = tap.listen();
        let span = tracing::info_span!("attempt", attempt.id = 7, call.id = tracing::field::Empty);
        let entered = span.enter();
        span.record("call.id", "CA\"1");
        tracing::trace!(secret = "canary", "Whispered");
        tracing::error!(reason = ?Some(1), "Something broke in {}", "the kitchen");
        drop((entered, listening));
        tracing::error!("Nobody listens any more");
        let lines = tap.lines();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].text, "Whispered secret=canary | attempt attempt.id=7 call.id=CA\"1");
        assert_eq!(
            lines[1].text,
            "Something broke in the kitchen reason=Some(1) | attempt attempt.id=7 call.id=CA\"1"
        );
        assert_eq!(tap.errors(), lines[1..]);
        assert!(tap.contains("canary") && !tap.contains("nothing of the sort"));
        assert_eq!(format!("{tap:?}"), "LogTap(2 lines)");
    }

    #[test]
    fn a_forgotten_tap_keeps_the_newest_lines_only() {
        let tap = LogTap::default();
        let _listening = tap.listen();
        for number in 0..=TAPPED_LINES_MAX {
            tracing::info!(number, "Again");
        }
        assert_eq!(tap.lines().len(), TAPPED_LINES_MAX);
        assert!(!tap.contains("number=0") && tap.lines()[0].text.ends_with("number=1"));
    }
}
