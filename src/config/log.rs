//! What is logged, and how.

use std::str::FromStr as _;

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::reader::Reader;

/// Libraries that repeat themselves below `warn`, or print what went over the wire: tokens, transcripts,
/// audio. They speak lower only when `RUST_LOG` names them.
const QUIET: [&str; 9] = [
    "hyper",
    "hyper_util",
    "reqwest",
    "rustls",
    "sqlx",
    "tokio_cron_scheduler",
    "tokio_tungstenite",
    "tungstenite",
    "h2",
];

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// Which targets speak from which level on.
    pub filter: Targets,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { filter: with_quiet(Targets::new().with_default(LevelFilter::INFO)), format: LogFormat::Text }
    }
}

pub(super) fn read(read: &mut Reader) -> LogSettings {
    let default = LogSettings::default();
    LogSettings {
        filter: read.parsed("RUST_LOG", parse_filter).unwrap_or(default.filter),
        format: read.parsed("LOG_FORMAT", parse_format).unwrap_or_default(),
    }
}

fn parse_filter(text: &str) -> Result<Targets, String> {
    let wrong =
        |_| format!("`{text}` is not a filter: write a level such as info, or info,wakeup_coach=debug");
    let asked = Targets::from_str(text).map_err(wrong)?;
    let default = asked.default_level().unwrap_or(LevelFilter::INFO);
    Ok(with_quiet(asked.with_default(default)))
}

fn with_quiet(asked: Targets) -> Targets {
    let named: Vec<String> = asked.iter().map(|(target, _)| target.to_owned()).collect();
    let unnamed = QUIET.iter().filter(|quiet| !named.iter().any(|name| name == *quiet));
    let ceiling = asked.default_level().unwrap_or(LevelFilter::INFO).min(LevelFilter::WARN);
    unnamed.fold(asked, |filter, quiet| filter.with_target(*quiet, ceiling))
}

fn parse_format(text: &str) -> Result<LogFormat, String> {
    match text.to_ascii_lowercase().as_str() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("`{text}` is not a format: write text or json")),
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    fn check(filter: &str, target: &str, level: Level, expected: bool) {
        let targets = parse_filter(filter).unwrap();
        assert_eq!(targets.would_enable(target, &level), expected, "{filter}: {target} at {level}");
    }

    #[test]
    fn chatty_libraries_stay_quiet_unless_they_are_named() {
        check("debug", "wakeup_coach::calls", Level::DEBUG, true);
        check("debug", "sqlx::query", Level::INFO, false);
        check("trace", "tungstenite::protocol", Level::TRACE, false);
        check("trace", "tungstenite::protocol", Level::WARN, true);
        check("info,tungstenite=trace", "tungstenite::protocol", Level::TRACE, true);
        check("info,sqlx=debug", "sqlx::query", Level::DEBUG, true);
        check("wakeup_coach=debug", "wakeup_coach", Level::DEBUG, true);
        check("wakeup_coach=debug", "axum", Level::INFO, true);
        check("error", "sqlx", Level::WARN, false);
        check("off", "sqlx", Level::ERROR, false);
    }

    #[test]
    fn the_default_is_info() {
        let filter = LogSettings::default().filter;
        assert!(filter.would_enable("wakeup_coach", &Level::INFO));
        assert!(!filter.would_enable("wakeup_coach", &Level::DEBUG));
        assert!(!filter.would_enable("hyper::proto", &Level::INFO));
    }

    #[test]
    fn other_texts_are_refused() {
        for wrong in ["wakeup_coach=loud", "info,x=y=z", "sqlx=9"] {
            assert!(parse_filter(wrong).is_err(), "{wrong}");
        }
        assert!(parse_format("xml").is_err());
    }
}
