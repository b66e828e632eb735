//! What the carrier's webhooks say, read from their forms.
//!
//! A form is first kept exactly as it came, blanks and repeats included, because all of it is signed
//! ([`super::signature`]); only then is it read, leniently: new fields appear unannounced.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::status::{AnsweredBy, CarrierStatus};
use super::wire::instant;
use crate::domain::ids::CallId;
use crate::domain::phone::PhoneNumber;

/// The longest thing a sleeper can say in one turn: speech recognition stops after a minute.
const SPEECH_CHARS_MAX: usize = 2_000;

/// The longest row of keys kept.
const DIGITS_MAX: usize = 64;

/// A webhook's parameters in the order they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    pairs: Vec<(String, String)>,
}

/// A webhook that lacks what makes it one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the callback has no usable {0}")]
pub struct BadCallback(pub &'static str);

impl Form {
    /// Reads a form body, or a query string.
    pub fn parse(body: &[u8]) -> Self {
        Self { pairs: url::form_urlencoded::parse(body).into_owned().collect() }
    }

    /// Everything that is signed.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The first value that is not blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .find(|value| !value.is_empty())
    }

    fn call(&self) -> Result<CallId, BadCallback> {
        self.get("CallSid").map(CallId::new).ok_or(BadCallback("CallSid"))
    }

    fn status(&self) -> Option<CarrierStatus> {
        self.get("CallStatus").map(CarrierStatus::parse)
    }

    fn number(&self, name: &str) -> Option<PhoneNumber> {
        self.get(name).and_then(|text| PhoneNumber::parse(text).ok())
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).and_then(|text| text.parse().ok())
    }
}

// The values hold telephone numbers and what people said in bed.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

/// News of a call's way. Duplicated, reordered and lost ones are normal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusCallback {
    /// Which call.
    pub call: CallId,
    /// How far it has come.
    pub status: CarrierStatus,
    /// Its place among the call's callbacks, from 0; with the call, it tells duplicates apart.
    pub sequence: Option<u32>,
    /// When it happened, in whole seconds.
    pub happened_at: Option<Timestamp>,
    /// Who answered, when detection was asked for.
    pub answered_by: Option<AnsweredBy>,
    /// How long the call lasted, once it is over.
    pub duration: Option<Duration>,
    /// The network's own verdict, such as 486 for busy, once it is over.
    pub sip_code: Option<u16>,
    /// Who was called.
    pub to: Option<PhoneNumber>,
    /// Who called.
    pub from: Option<PhoneNumber>,
}

impl StatusCallback {
    /// Reads a status callback.
    pub fn read(form: &Form) -> Result<Self, BadCallback> {
        Ok(Self {
            call: form.call()?,
            status: form.status().ok_or(BadCallback("CallStatus"))?,
            sequence: form.parsed("SequenceNumber"),
            happened_at: form.get("Timestamp").and_then(instant),
            answered_by: form.get("AnsweredBy").and_then(AnsweredBy::parse),
            // `Duration` is in minutes, rounded up; this one is in seconds.
            duration: form.parsed("CallDuration").map(Duration::from_secs),
            sip_code: form.parsed("SipResponseCode"),
            to: form.number("To"),
            from: form.number("From"),
        })
    }
}

/// Which way a call was set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Somebody telephones us.
    Inbound,
    /// We telephone.
    Outbound,
}

/// The carrier asks what to do with a call: at answer, or when a stream has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceRequest {
    /// Which call.
    pub call: CallId,
    /// How far it has come; usually in progress.
    pub status: Option<CarrierStatus>,
    /// Who called: us, unless the call is inbound. `None` also for a hidden number.
    pub from: Option<PhoneNumber>,
    /// Who was called.
    pub to: Option<PhoneNumber>,
    /// Who answered, when detection was asked for.
    pub answered_by: Option<AnsweredBy>,
    /// Which way it was set up.
    pub direction: Direction,
}

impl VoiceRequest {
    /// Reads a voice request.
    pub fn read(form: &Form) -> Result<Self, BadCallback> {
        let inbound = form.get("Direction").is_some_and(|word| word == "inbound");
        Ok(Self {
            call: form.call()?,
            status: form.status(),
            from: form.number("From"),
            to: form.number("To"),
            answered_by: form.get("AnsweredBy").and_then(AnsweredBy::parse),
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
        })
    }
}

/// What a `<Gather>` heard.
#[derive(Clone, Default, PartialEq)]
pub struct GatherResult {
    /// The words, without control characters; `None` for silence.
    pub speech: Option<String>,
    /// How sure the recogniser is, from 0 to 1.
    pub confidence: Option<f32>,
    /// The keys pressed, without the finishing one.
    pub digits: Option<String>,
    /// The key that finished the input.
    pub finished_on_key: Option<char>,
}

impl GatherResult {
    /// Reads what was gathered; nothing at all is silence, not an error.
    pub fn read(form: &Form) -> Self {
        let keys = |text: &str| -> String {
            text.chars()
                .filter(|key| key.is_ascii_digit() || "*#ABCDw".contains(*key))
                .take(DIGITS_MAX)
                .collect()
        };
        Self {
            speech: form.get("SpeechResult").map(plain).filter(|words| !words.is_empty()),
            confidence: form.parsed("Confidence").filter(|sure: &f32| (0.0..=1.0).contains(sure)),
            digits: form.get("Digits").map(keys).filter(|digits| !digits.is_empty()),
            finished_on_key: form.get("FinishedOnKey").and_then(|key| key.chars().next()),
        }
    }

    /// True when nothing was said and no key pressed.
    pub fn is_silent(&self) -> bool {
        self.speech.is_none() && self.digits.is_none() && self.finished_on_key.is_none()
    }
}

// What people say in bed stays out of logs.
impl fmt::Debug for GatherResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatherResult")
            .field("speech_chars", &self.speech.as_ref().map(|words| words.chars().count()))
            .field("confidence", &self.confidence)
            .field("has_digits", &self.digits.is_some())
            .finish_non_exhaustive()
    }
}

fn plain(words: &str) -> String {
    let words: String = words
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(SPEECH_CHARS_MAX)
        .collect();
    words.trim().to_owned()
}

/// What happened to a media stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEvent {
    /// It runs.
    Started,
    /// It ended.
    Stopped,
    /// It failed; the only news of a handshake that never reached us.
    Error,
    /// A word the vendor sheet does not know.
    Other(String),
}

impl StreamEvent {
    /// The carrier's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Started => "stream-started",
            Self::Stopped => "stream-stopped",
            Self::Error => "stream-error",
            Self::Other(word) => word,
        }
    }
}

/// News of a media stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamStatus {
    /// Which call.
    pub call: CallId,
    /// The carrier's name for the stream.
    pub stream_sid: Option<String>,
    /// What happened.
    pub event: StreamEvent,
    /// The carrier's words on an error.
    pub error: Option<String>,
    /// When.
    pub happened_at: Option<Timestamp>,
}

impl StreamStatus {
    /// Reads a stream status callback.
    pub fn read(form: &Form) -> Result<Self, BadCallback> {
        let event = match form.get("StreamEvent").ok_or(BadCallback("StreamEvent"))? {
            "stream-started" => StreamEvent::Started,
            "stream-stopped" => StreamEvent::Stopped,
            "stream-error" => StreamEvent::Error,
            other => StreamEvent::Other(other.to_owned()),
        };
        Ok(Self {
            call: form.call()?,
            stream_sid: form.get("StreamSid").map(str::to_owned),
            event,
            // It may name the socket's address, and with it the ticket.
            error: form.get("StreamError").map(super::error::without_personal_data),
            happened_at: form.get("Timestamp").and_then(instant),
        })
    }
}

#[cfg(test)]
mod tests;
