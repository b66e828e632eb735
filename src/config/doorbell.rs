//! Who may tell that the doorbell was touched, and which of its messages mean that it was.

use secrecy::{ExposeSecret as _, SecretString};

use super::ADMIN_TOKEN_CHARACTERS_MIN;
use super::reader::Reader;

/// Messages of a known finger, a known card, a pressed button: of UniFi Protect, of Home Assistant, and those
/// that the original work knew. Never a plain ring: anybody at the door can do that.
const EVENTS: [&str; 17] = [
    "fingerprint_identified",
    "fingerprint_known",
    "fingerprint_authenticated",
    "identified",
    "doorbell_fingerprint_authenticated",
    "doorbell_fingerprint_success",
    "doorbell_auth_success",
    "auth_success",
    "nfc_card_scanned",
    "nfc_card_known",
    "tag_scanned",
    "doorbell_touched",
    "button_pressed",
    "kettle_on",
    "bed_empty",
    "place",
    "place_proved",
];

/// The doorbell's settings.
#[derive(Debug, Clone)]
pub struct DoorbellSettings {
    /// What it shows, as a bearer token or in a header of its own.
    pub token: Option<SecretString>,
    /// What it signs with.
    pub hmac_secret: Option<SecretString>,
    /// Kinds of messages that count, as [`event_name`] writes them.
    pub events: Vec<String>,
}

impl Default for DoorbellSettings {
    fn default() -> Self {
        let events = EVENTS.map(str::to_owned).to_vec();
        Self { token: None, hmac_secret: None, events }
    }
}

impl DoorbellSettings {
    /// Whether there is a doorbell at all.
    pub fn is_configured(&self) -> bool {
        self.token.is_some() || self.hmac_secret.is_some()
    }
}

/// A message's kind in one spelling, since makers write `fingerprint.identified` and `Fingerprint Identified`.
pub fn event_name(text: &str) -> String {
    let letters = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    text.trim().chars().map(letters).collect()
}

pub(super) fn read(read: &mut Reader) -> DoorbellSettings {
    let settings = DoorbellSettings {
        token: secret(read, "DOORBELL_TOKEN"),
        hmac_secret: secret(read, "DOORBELL_HMAC_SECRET"),
        ..DoorbellSettings::default()
    };
    let Some(events) = read.parsed("DOORBELL_EVENTS", parse_events) else { return settings };
    DoorbellSettings { events, ..settings }
}

fn secret(read: &mut Reader, name: &str) -> Option<SecretString> {
    let secret = read.secret(name)?;
    if secret.expose_secret().len() < ADMIN_TOKEN_CHARACTERS_MIN {
        let least = ADMIN_TOKEN_CHARACTERS_MIN;
        read.problem(name, format!("is too easy to guess: write at least {least} characters"));
    }
    Some(secret)
}

fn parse_events(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> = text.split(',').map(event_name).filter(|name| !name.is_empty()).collect();
    if names.is_empty() || names.iter().any(|name| name.chars().all(|c| c == '_')) {
        return Err(format!(
            "`{text}` names no events: write them with commas between, such as {}",
            EVENTS[0]
        ));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_one_spelling_and_a_ring_is_none_of_them() {
        for text in ["fingerprint.identified", " Fingerprint Identified ", "fingerprint-identified"] {
            assert!(EVENTS.contains(&event_name(text).as_str()), "{text}");
        }
        for no in ["ring", "doorbell", "fingerprint_not_identified", "motion", "nfc_unknown_card_scanned", ""]
        {
            assert!(!EVENTS.contains(&event_name(no).as_str()), "{no}");
        }
        assert!(EVENTS.iter().all(|event| event_name(event) == *event));
    }

    #[test]
    fn an_own_list_is_read_with_commas() {
        assert_eq!(parse_events("Kettle On, tap"), Ok(vec!["kettle_on".to_owned(), "tap".to_owned()]));
        for wrong in ["", ",", " , ", "-"] {
            assert!(parse_events(wrong).is_err(), "{wrong}");
        }
    }
}
