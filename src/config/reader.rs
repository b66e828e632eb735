//! Reads variables one by one and remembers everything that is wrong with them.

use std::ops::RangeInclusive;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::environment::Environment;
use super::problems::{ConfigProblems, Problem};
use super::trial;

/// Our own names begin with this; the others are older than this program, or everybody's.
const PREFIX: &str = "WAKEUP_";

/// The names with our prefix that mean something.
const OWN_NAMES: [&str; 18] = [
    "WAKEUP_BACKUPS",
    "WAKEUP_BACKUP_DIR",
    "WAKEUP_CALLS_PER_SECOND",
    "WAKEUP_CHAT_EFFORT",
    "WAKEUP_CLOUDFLARED_METRICS",
    "WAKEUP_ENFORCE_STREAM_SIGNATURE",
    "WAKEUP_HISTORY_DAYS",
    "WAKEUP_MACHINE_DETECTION",
    "WAKEUP_NGROK_API",
    "WAKEUP_NOTIFY_NTFY",
    "WAKEUP_NOTIFY_NTFY_TOKEN",
    "WAKEUP_NOTIFY_SECRET",
    "WAKEUP_NOTIFY_WEBHOOK",
    "WAKEUP_SETTLE_SECS",
    "WAKEUP_SNOOZE_KEY",
    "WAKEUP_STOP_GRACE_SECS",
    "WAKEUP_TRANSCRIPT_DAYS",
    "WAKEUP_ZONEINFO",
];

/// The names we share with the original program and with common habit.
const SHARED_NAMES: [&str; 32] = [
    "ADMIN_LISTEN",
    "ADMIN_TOKEN",
    "BASE_URL",
    "DATABASE_URL",
    "DOORBELL_ACTIVATION_TIMEOUT",
    "DOORBELL_EVENTS",
    "DOORBELL_HMAC_SECRET",
    "DOORBELL_TOKEN",
    "FALLBACK_URL",
    "FOLLOW_TUNNEL",
    "HOST",
    "LOG_FORMAT",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_CHAT_MODEL",
    "OPENAI_REALTIME_MODEL",
    "OPENAI_VOICE",
    "PHONE_NUMBER",
    "PORT",
    "PUBLIC_DOMAIN",
    "PUBLIC_URL",
    "REALTIME_API_PROBABILITY",
    "RUST_LOG",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_API_KEY",
    "TWILIO_API_SECRET",
    "TWILIO_API_URL",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_AUTH_TOKEN_SECONDARY",
    "TWILIO_PHONE_NUMBER",
    "TZ",
    "WAKE_UP_TIME",
];

/// How far a name may be from one of ours to be a slip of the pen.
const SLIP_MAX: usize = 2;
/// Shorter names are near to too many others to be told apart by their letters.
const TELLING_LENGTH: usize = 8;

/// Whether we read, or would complain about, a variable of this name.
pub fn is_ours(name: &str) -> bool {
    name.starts_with(PREFIX) || SHARED_NAMES.contains(&name)
}

/// Every name that means something.
pub(super) fn all_names() -> impl Iterator<Item = &'static str> {
    OWN_NAMES.into_iter().chain(SHARED_NAMES)
}

/// One pass over the environment.
pub(super) struct Reader<'a> {
    environment: &'a Environment,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    /// Names that are nearly ours: worth a remark, and the likely cause when something is missing.
    slips: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// A pass that also looks for names that were meant to be ours.
    pub(super) fn new(environment: &'a Environment) -> Self {
        let mut reader = Self::of_a_part(environment);
        for name in environment.names().filter(|name| !is_ours(name) || name.starts_with(PREFIX)) {
            if name.starts_with(PREFIX) && !OWN_NAMES.contains(&name) && !trial::NAMES.contains(&name) {
                let hint = match meant(name) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => format!("the known names are {}", OWN_NAMES.join(", ")),
                };
                reader.problem(name, format!("is unknown; {hint}"));
            } else if let Some(meant) = meant(name).filter(|meant| environment.get(meant).is_none()) {
                reader.slips.push(Problem {
                    variable: name.to_owned(),
                    message: format!("is not read: did you mean {meant}?"),
                });
            }
        }
        reader
    }

    /// A pass over the few variables somebody needs, whatever else is wrong.
    pub(super) fn of_a_part(environment: &'a Environment) -> Self {
        let problems = environment.unreadable.clone();
        Self { environment, problems, warnings: Vec::new(), slips: Vec::new() }
    }

    /// Everything that was wrong, or the warnings when nothing was.
    pub(super) fn finish(mut self) -> Result<Vec<String>, ConfigProblems> {
        if !self.problems.is_empty() {
            self.problems.append(&mut self.slips);
            return Err(ConfigProblems(self.problems));
        }
        let slips = self.slips.iter().map(|slip| format!("{} {}", slip.variable, slip.message));
        self.warnings.extend(slips);
        Ok(self.warnings)
    }

    pub(super) fn problem(&mut self, variable: &str, message: impl Into<String>) {
        self.problems.push(Problem { variable: variable.to_owned(), message: message.into() });
    }

    pub(super) fn warning(&mut self, sentence: String) {
        self.warnings.push(sentence);
    }

    /// The variable's text without blanks around it; empty counts as unset.
    pub(super) fn text(&mut self, name: &str) -> Option<&'a str> {
        let text = self.environment.get(name)?.trim();
        let unquoted = without_quotes(text);
        if unquoted.len() < text.len() {
            // Docker's --env-file keeps quotes that a shell would take away.
            self.warning(format!("{name} stands in quotes; they are taken as wrapping, not as part of it"));
        }
        if looks_like_a_placeholder(unquoted) {
            self.problem(
                name,
                "still holds the example's placeholder: write the real value, or leave it empty",
            );
            return None;
        }
        (!unquoted.is_empty()).then_some(unquoted)
    }

    /// Whether the variable holds anything, right or wrong.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.environment.get(name).is_some_and(|text| !without_quotes(text.trim()).is_empty())
    }

    /// The variable read by `parse`, whose error says what is wrong and what to write instead.
    pub(super) fn parsed<T, E: ToString>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name)?;
        parse(text).map_err(|error| self.problem(name, error.to_string())).ok()
    }

    /// A secret that fits into an HTTP header; never shown, not even when it is wrong.
    pub(super) fn secret(&mut self, name: &str) -> Option<SecretString> {
        let text = self.text(name)?;
        if text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Some(text.into());
        }
        self.problem(
            name,
            "holds blanks or letters that no token has: copy it again, without anything around it",
        );
        None
    }

    /// Yes or no, in the usual spellings.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(format!("`{text}` is neither yes nor no: write true or false")),
        };
        self.parsed(name, parse).unwrap_or(default)
    }

    /// A number within `range`, with or without a fraction.
    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let parse = |text: &str| {
            let number = text.parse().ok().filter(|number| range.contains(number));
            number.ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                format!("`{text}` is not a possible number: write one from {least} to {most}")
            })
        };
        self.parsed(name, parse)
    }

    /// A number of whole seconds within `range`.
    pub(super) fn seconds(&mut self, name: &str, range: RangeInclusive<u64>) -> Option<Duration> {
        let parse = |text: &str| {
            let secs = text.parse().ok().filter(|secs| range.contains(secs));
            secs.map(Duration::from_secs).ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                format!("`{text}` is not a possible number of seconds: write one from {least} to {most}")
            })
        };
        self.parsed(name, parse)
    }
}

/// The name of ours that this one was probably meant to be.
fn meant(name: &str) -> Option<&'static str> {
    let upper = name.to_ascii_uppercase();
    let near = all_names().filter(|ours| *ours != name && ours.len() >= TELLING_LENGTH);
    near.map(|ours| (strsim::damerau_levenshtein(&upper, ours), ours))
        .filter(|(distance, _)| *distance <= SLIP_MAX)
        .min()
        .map(|(_, ours)| ours)
}

/// An absolute http(s) address of a vendor or of a page; without anything that could hide a password.
pub(super) fn parse_web_address(text: &str) -> Result<Url, String> {
    let wrong = |what: &str| format!("`{text}` {what}: write an address such as https://example.com/path");
    let url = Url::parse(text).map_err(|_| wrong("is not a web address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong("is not a web address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // Not shown: the part before the @ is a password.
        return Err(
            "holds a user name or password: write the address without the part before the @".to_owned()
        );
    }
    Ok(url)
}

pub(super) fn without_quotes(text: &str) -> &str {
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).map_or(text, str::trim)
}

fn looks_like_a_placeholder(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let text = text.strip_prefix("https://").unwrap_or(&text);
    ["your_", "your-", "<your", "changeme", "xxxx", "acxxxx", "sk-xxxx", "sk-your", "sk-..."]
        .iter()
        .any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_left_by_the_shell_are_wrapping() {
        for (text, expected) in [
            ("\"a\"", "a"),
            ("'a'", "a"),
            ("' a '", "a"),
            ("\"a'", "\"a'"),
            ("\"", "\""),
            ("''", ""),
            ("a", "a"),
        ] {
            assert_eq!(without_quotes(text), expected, "{text}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_told_from_a_name_of_another_program() {
        for (name, expected) in [
            ("TWILO_ACCOUNT_SID", Some("TWILIO_ACCOUNT_SID")),
            ("WAKE_UP_TIM", Some("WAKE_UP_TIME")),
            ("phone_number", Some("PHONE_NUMBER")),
            ("OPENAI_APIKEY", Some("OPENAI_API_KEY")),
            ("WAKEUP_SETLE_SECS", Some("WAKEUP_SETTLE_SECS")),
            ("WAKEUP_COFFEE_CUPS", None),
            ("WAKEUP_STOP_GRACE_SEC", Some("WAKEUP_STOP_GRACE_SECS")),
            ("HOSTS", None),
            ("PATH", None),
            ("PHONE_NUMBER", None),
            ("TWILIO_WORKSPACE_SID", None),
        ] {
            assert_eq!(meant(name), expected, "{name}");
        }
    }

    #[test]
    fn the_placeholders_of_example_files_are_known() {
        for text in [
            "your_account_sid",
            "ACxxxxxxxx",
            "https://your-domain.com",
            "sk-your-key",
            "sk-...",
            "<your key>",
        ] {
            assert!(looks_like_a_placeholder(text), "{text}");
        }
        for text in ["https://yourself.example.com", "sk-proj-abc", "AC0123", "+14155552671", ""] {
            assert!(!looks_like_a_placeholder(text), "{text}");
        }
    }
}
