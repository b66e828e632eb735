//! What can go wrong with the carrier, told by what the caller does next.

use std::time::Duration;

use crate::clock::TimedOut;

/// Why a request to the carrier did not succeed. No variant's text holds a telephone number or an address.
#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    /// The carrier said no: nothing was done, and no phone rings.
    #[error("the carrier refused the request: {message} ({})", number(*.status, *.code))]
    Refused {
        /// The carrier's own error number, such as 21219.
        code: Option<u32>,
        /// The HTTP status.
        status: u16,
        /// The carrier's words, without numbers and addresses.
        message: String,
        /// True when it will not pass by itself (a bad number, a blocked country, wrong credentials, the
        /// limits of a trial account): somebody must be told, and asking again only annoys.
        lasting: bool,
    },
    /// Too many requests at once: not processed, and the only refusal that may simply be repeated.
    #[error("the carrier has too many of our requests at once")]
    Throttled {
        /// How long the carrier asks us to wait; `None` when it did not say.
        retry_after: Option<Duration>,
    },
    /// Nothing left this host: the name did not resolve, or no connection stood.
    #[error("the carrier could not be reached")]
    NotSent(#[source] Cause),
    /// The request may or may not have been carried out; after a `place`, a phone may be ringing.
    #[error("what became of the request to the carrier is unknown")]
    Unknown(#[source] Cause),
}

impl CarrierError {
    /// True when the request was certainly not carried out, so that a second one cannot ring twice.
    pub fn is_certain(&self) -> bool {
        !matches!(self, Self::Unknown(_))
    }

    /// The carrier's error number, when it gave one.
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::Refused { code, .. } => *code,
            _ => None,
        }
    }
}

fn number(status: u16, code: Option<u32>) -> String {
    match code {
        Some(code) => format!("error {code}"),
        None => format!("status {status}"),
    }
}

/// The trouble behind a [`CarrierError`].
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The connection failed. Its address was taken out: queries hold telephone numbers.
    #[error(transparent)]
    Transport(reqwest::Error),
    /// The answer did not come in time.
    #[error(transparent)]
    Late(TimedOut),
    /// An answer that neither grants nor refuses.
    #[error("the answer had status {0}")]
    Status(u16),
    /// An answer that makes no sense.
    #[error("the answer {0}")]
    Garbage(&'static str),
    /// The configured address cannot be extended to the carrier's paths.
    #[error("the carrier's base address has no path")]
    Address,
}

impl From<reqwest::Error> for Cause {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }
}

/// Codes of refusals that stand until somebody changes the request, the number or the account:
/// `vendor/twilio.md` §1.3, by number.
const LASTING_CODES: [u32; 24] = [
    10001, 20003, 20004, 20005, 20008, 20404, 21201, 21205, 21206, 21207, 21208, 21209, 21210, 21211, 21212,
    21214, 21215, 21216, 21217, 21219, 21234, 21626, 32205, 573_002,
];

/// Whether a refusal will stand until somebody does something about it.
pub(super) fn is_lasting(status: u16, code: Option<u32>) -> bool {
    match code {
        Some(code) => LASTING_CODES.contains(&code) || status == 401,
        // A page of some gateway is not the carrier's word, except on who we are.
        None => status == 401,
    }
}

/// The longest message kept: they end up in the database, in alerts and in logs.
const MESSAGE_CHARS_MAX: usize = 200;

/// The carrier's message without what it must not carry further: numbers, addresses, control characters.
pub(super) fn without_personal_data(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().map(harmless_word).collect();
    let clean = words.join(" ");
    clean.chars().filter(|letter| !letter.is_control()).take(MESSAGE_CHARS_MAX).collect()
}

fn harmless_word(word: &str) -> &str {
    if word.contains("://") || word.contains('@') {
        "[address]"
    } else if word.chars().filter(char::is_ascii_digit).count() >= 6 {
        "[number]"
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_lose_numbers_and_addresses_and_keep_their_sense() {
        for (said, kept) in [
            ("The number +15550100200 is unverified.", "The number [number] is unverified."),
            ("Url is not valid: https://wake.example.com/voice/00ff", "Url is not valid: [address]"),
            ("To sip:anna@example.com is bad", "To [address] is bad"),
            ("see error 21219\r\n now", "see error 21219 now"),
            ("", ""),
        ] {
            assert_eq!(without_personal_data(said), kept);
        }
        assert_eq!(without_personal_data(&"ä ".repeat(900)).chars().count(), MESSAGE_CHARS_MAX);
    }

    #[test]
    fn a_refusal_names_the_carriers_number_or_at_least_the_status() {
        for (code, text) in [
            (Some(21219), "the carrier refused the request: unverified (error 21219)"),
            (None, "the carrier refused the request: unverified (status 400)"),
        ] {
            let message = "unverified".to_owned();
            let error = CarrierError::Refused { code, status: 400, message, lasting: true };
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn what_will_not_pass_by_itself_is_told_from_what_will() {
        for (status, code, lasting) in [
            (400, Some(21219), true),
            (400, Some(573_002), true),
            (401, Some(20003), true),
            (400, Some(10004), false),
            (400, Some(99999), false),
            (409, Some(20409), false),
            (403, None, false),
            (404, None, false),
            (401, None, true),
            (403, Some(99999), false),
            (400, None, false),
        ] {
            assert_eq!(is_lasting(status, code), lasting, "{status} {code:?}");
        }
    }
}
