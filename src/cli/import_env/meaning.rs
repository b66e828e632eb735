//! What each variable becomes here.

use serde::Serialize;

use crate::config::{Environment, is_ours};
use crate::domain::phone::PhoneNumber;

const SECRET: &str = "(hidden)";

/// One line of the file.
#[derive(Debug, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; hidden where it is nobody's business, or not ours to know.
    pub value: String,
    /// What becomes of it.
    pub meaning: &'static str,
    /// Whether it is read at all.
    pub known: bool,
}

/// Everything the file sets, in order of names.
pub fn variables(environment: &Environment) -> Vec<Variable> {
    let named = environment.names().filter_map(|name| Some((name, environment.get(name)?.trim())));
    named
        .map(|(name, value)| {
            let known = is_ours(name);
            Variable {
                name: name.to_owned(),
                value: shown(name, value, known),
                meaning: if known { meaning(name, value) } else { "not read" },
                known,
            }
        })
        .collect()
}

fn shown(name: &str, value: &str, known: bool) -> String {
    let is_secret = ["TOKEN", "SECRET", "KEY"].iter().any(|word| name.contains(word));
    if value.is_empty() {
        "–".to_owned()
    } else if is_secret || !known {
        // What we do not know may be a secret too.
        SECRET.to_owned()
    } else if name.ends_with("PHONE_NUMBER") {
        PhoneNumber::parse(value).map_or_else(|_| masked(value), |number| number.masked())
    } else {
        value.to_owned()
    }
}

/// What is no number may be somebody's all the same, in another country's writing.
fn masked(value: &str) -> String {
    let shown: String = value.chars().take(3).collect();
    format!("{shown}…")
}

fn meaning(name: &str, value: &str) -> &'static str {
    if value.is_empty() {
        return "as if it were not there";
    }
    match name {
        "PHONE_NUMBER" => "stored: the first sleeper",
        "WAKE_UP_TIME" => "stored: her schedule, every day",
        "TZ" => "stored: where her clock hangs",
        "REALTIME_API_PROBABILITY" => "stored: how often realtime mode is drawn",
        "DOORBELL_ACTIVATION_TIMEOUT" => "for how many seconds a touched doorbell counts",
        "TWILIO_PHONE_NUMBER" => "the number we call from",
        name if name.starts_with("TWILIO_") => "the carrier's account",
        "OPENAI_VOICE" => "the coach's voice",
        "OPENAI_REALTIME_MODEL" | "OPENAI_CHAT_MODEL" | "WAKEUP_CHAT_EFFORT" => "which model speaks",
        name if name.starts_with("OPENAI_") => "the model's account",
        "BASE_URL" | "PUBLIC_URL" | "PUBLIC_DOMAIN" => "where the carrier finds us",
        "FALLBACK_URL" => "what callers hear while this machine is down",
        "HOST" | "PORT" | "ADMIN_LISTEN" => "where we listen",
        "ADMIN_TOKEN" => "opens the API and this command line",
        "DATABASE_URL" => "where everything is kept",
        "RUST_LOG" | "LOG_FORMAT" => "what is logged, and how",
        _ => "read at every start",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_and_no_whole_number_is_shown() {
        let file: Environment = [
            ("TWILIO_AUTH_TOKEN", "canary-token"),
            ("OPENAI_API_KEY", "canary-key"),
            ("SOMETHING_ELSE", "canary-else"),
            ("PHONE_NUMBER", "+4930901820"),
            ("TWILIO_PHONE_NUMBER", "030-901821"),
            ("WAKE_UP_TIME", "06:30"),
            ("BASE_URL", ""),
        ]
        .into_iter()
        .collect();
        let found = variables(&file);
        let all = found.iter().map(|variable| format!("{variable:?}")).collect::<Vec<_>>().join("\n");
        assert!(!all.contains("canary") && !all.contains("901820") && !all.contains("901821"), "{all}");
        let line = |name: &str| {
            let variable = found.iter().find(|variable| variable.name == name).unwrap();
            (variable.value.as_str(), variable.meaning, variable.known)
        };
        assert_eq!(line("WAKE_UP_TIME"), ("06:30", "stored: her schedule, every day", true));
        assert_eq!(line("SOMETHING_ELSE"), (SECRET, "not read", false));
        assert_eq!(line("BASE_URL"), ("–", "as if it were not there", true));
    }
}
