//! `<Gather>`: what it asks for, and when it has got it.
//!
//! The state machine is pure; the line tells it what the sleeper does and when.

use std::time::Duration;

use super::document::{Base, Element, Fault, seconds};
use super::verbs::{self, Verb, known, target};
use super::webhook::Target;

/// `<Gather>` as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gather {
    pub keys: bool,
    pub speech: bool,
    pub action: Target,
    pub action_on_empty: bool,
    pub timeout: Duration,
    pub speech_timeout: Duration,
    pub digits: Option<usize>,
    pub finish_on: String,
    pub language: String,
    pub partial: Option<Target>,
    /// Say, Play and Pause.
    pub prompts: Vec<Verb>,
}

/// `auto` ends at the first pause; this long is one.
const AUTO_PAUSE: Duration = Duration::from_millis(800);

/// Speech is cut off here.
const SPEECH_MAX: Duration = Duration::from_mins(1);

const HINTS_MAX: usize = 500;
const HINT_LENGTH_MAX: usize = 100;

const ATTRIBUTES: [&str; 18] = [
    "input",
    "action",
    "method",
    "actionOnEmptyResult",
    "timeout",
    "speechTimeout",
    "speechModel",
    "language",
    "hints",
    "numDigits",
    "finishOnKey",
    "profanityFilter",
    "partialResultCallback",
    "partialResultCallbackMethod",
    "bargeIn",
    "maxSpeechTime",
    "enhanced",
    "debug",
];

const SPEECH_MODELS: [&str; 11] = [
    "default",
    "phone_call",
    "numbers_and_commands",
    "experimental_utterances",
    "experimental_conversations",
    "googlev2_long",
    "googlev2_short",
    "googlev2_telephony",
    "googlev2_telephony_short",
    "deepgram_nova-2",
    "deepgram_nova-3",
];

/// Reads a `<Gather>`.
pub(super) fn read(element: &Element, base: &Base, warnings: &mut Vec<Fault>) -> Verb {
    known(element, &ATTRIBUTES, warnings);
    match gather(element, base, warnings) {
        Ok(gather) => Verb::Gather(Box::new(gather)),
        Err(fault) => Verb::Fails(fault),
    }
}

fn gather(element: &Element, base: &Base, warnings: &mut Vec<Fault>) -> Result<Gather, Fault> {
    let input: Vec<&str> = element.attribute("input").unwrap_or("dtmf").split_whitespace().collect();
    if input.is_empty() || input.iter().any(|kind| !["dtmf", "speech"].contains(kind)) {
        return Err(Fault::new(13_326, "the input of a <Gather> is dtmf, speech or both"));
    }
    check_hints(element, warnings);
    let timeout = match element.attribute("timeout") {
        None => Duration::from_secs(5),
        Some(text) => seconds(text)
            .filter(|length| *length >= Duration::from_secs(1))
            .ok_or_else(|| Fault::new(13_313, "the timeout of a <Gather> is one second at least"))?,
    };
    let partial = match element.attribute("partialResultCallback") {
        None => None,
        written => Some(target(element, written, "partialResultCallbackMethod", base, 13_329)?),
    };
    Ok(Gather {
        keys: input.contains(&"dtmf"),
        speech: input.contains(&"speech"),
        action: target(element, element.attribute("action"), "method", base, 13_310)?,
        action_on_empty: element.attribute("actionOnEmptyResult") == Some("true"),
        timeout,
        speech_timeout: speech_timeout(element, timeout, warnings)?,
        digits: match element.attribute("numDigits") {
            None => None,
            Some(text) => Some(
                text.parse()
                    .ok()
                    .filter(|digits| *digits > 0)
                    .ok_or_else(|| Fault::new(13_314, "numDigits of a <Gather> is a positive number"))?,
            ),
        },
        finish_on: finish_on(element)?,
        language: element.attribute("language").unwrap_or("en-US").to_owned(),
        partial,
        prompts: prompts(element, base, warnings),
    })
}

fn check_hints(element: &Element, warnings: &mut Vec<Fault>) {
    let hints: Vec<&str> = element.attribute("hints").unwrap_or("").split(',').collect();
    if hints.len() > HINTS_MAX || hints.iter().any(|hint| hint.trim().chars().count() > HINT_LENGTH_MAX) {
        warnings.push(Fault::new(13_330, "at most 500 hints of at most 100 characters"));
    }
}

fn finish_on(element: &Element) -> Result<String, Fault> {
    let key = element.attribute("finishOnKey").unwrap_or("#");
    if key.len() > 1 || !key.bytes().all(|key| b"0123456789*#".contains(&key)) {
        return Err(Fault::new(13_312, "finishOnKey of a <Gather> is one key or empty"));
    }
    Ok(key.to_owned())
}

fn speech_timeout(
    element: &Element,
    timeout: Duration,
    warnings: &mut Vec<Fault>,
) -> Result<Duration, Fault> {
    let model = element.attribute("speechModel");
    if model.is_some_and(|model| !SPEECH_MODELS.contains(&model)) {
        return Err(Fault::new(13_334, "this speechModel does not exist"));
    }
    match element.attribute("speechTimeout") {
        None => Ok(timeout),
        Some("auto") => {
            if model.is_some() {
                warnings.push(Fault::new(13_335, "speechTimeout must be a number when speechModel is set"));
            }
            Ok(AUTO_PAUSE)
        }
        Some(text) => {
            seconds(text).ok_or_else(|| Fault::new(13_335, "speechTimeout is a number of seconds or auto"))
        }
    }
}

fn prompts(element: &Element, base: &Base, warnings: &mut Vec<Fault>) -> Vec<Verb> {
    let mut prompts = Vec::new();
    for child in &element.children {
        match child.name.as_str() {
            "Say" | "Play" | "Pause" => prompts.extend(verbs::read(child, base, warnings)),
            other => warnings.push(Fault::new(13_320, format!("<{other}> cannot stand in <Gather>"))),
        }
    }
    prompts
}

/// What a `<Gather>` got.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Got {
    Speech { text: String, confidence: f32 },
    Keys { digits: String, finished_on: Option<char> },
    Nothing,
}

/// A `<Gather>` under way.
#[derive(Debug)]
pub(super) struct Listening<'a> {
    gather: &'a Gather,
    digits: String,
    words: Vec<String>,
    confidence: f32,
    speaks_since: Option<Duration>,
    /// When it ends if nothing more happens; `None` while prompts play or she speaks.
    pub deadline: Option<Duration>,
}

impl<'a> Listening<'a> {
    pub(super) fn new(gather: &'a Gather) -> Self {
        Self {
            gather,
            digits: String::new(),
            words: Vec::new(),
            confidence: 1.0,
            speaks_since: None,
            deadline: None,
        }
    }

    /// The prompts are over, or were cut off: from now on silence counts.
    pub(super) fn prompts_ended(&mut self, now: Duration) {
        if self.deadline.is_none() && self.speaks_since.is_none() {
            self.deadline = Some(now + self.gather.timeout);
        }
    }

    /// She begins to speak; whether that stops the prompts.
    pub(super) fn speech_began(&mut self, now: Duration) -> bool {
        if !self.gather.speech || !self.digits.is_empty() {
            return false;
        }
        let since = *self.speaks_since.get_or_insert(now);
        // The recogniser cuts the longest speech itself.
        self.deadline = Some(since + SPEECH_MAX);
        true
    }

    /// She has said something.
    pub(super) fn speech_ended(&mut self, now: Duration, text: &str, confidence: f32) {
        if self.speaks_since.is_none() {
            return;
        }
        if !text.is_empty() {
            self.words.push(text.to_owned());
            self.confidence = self.confidence.min(confidence);
        }
        self.deadline = Some(now + self.gather.speech_timeout);
    }

    /// She pressed a key; what that makes of the whole, if it ends it.
    pub(super) fn key(&mut self, now: Duration, key: char) -> Option<Got> {
        if !self.gather.keys || self.speaks_since.is_some() {
            return None;
        }
        if self.gather.finish_on.contains(key) {
            let digits = std::mem::take(&mut self.digits);
            return Some(Got::Keys { digits, finished_on: Some(key) });
        }
        self.digits.push(key);
        self.deadline = Some(now + self.gather.timeout);
        (self.gather.digits == Some(self.digits.len())).then(|| self.result())
    }

    /// What it comes to when its time is over.
    pub(super) fn result(&mut self) -> Got {
        if !self.digits.is_empty() {
            return Got::Keys { digits: std::mem::take(&mut self.digits), finished_on: None };
        }
        if !self.words.is_empty() {
            return Got::Speech { text: self.words.join(" "), confidence: self.confidence };
        }
        Got::Nothing
    }
}

/// The parameters of the action request; `None` when the action is not asked at all.
pub(super) fn action_params(gather: &Gather, got: &Got) -> Option<Vec<(String, String)>> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match got {
        Got::Speech { text, confidence } => Some(vec![
            pair("SpeechResult", text),
            pair("Confidence", &format!("{confidence:.7}")),
            pair("Language", &gather.language),
        ]),
        // A lone # is no input.
        Got::Keys { digits, .. } if digits.is_empty() && !gather.action_on_empty => None,
        Got::Keys { digits, finished_on } => Some(vec![
            pair("Digits", digits),
            pair("FinishedOnKey", &finished_on.map(String::from).unwrap_or_default()),
            pair("msg", "Gather End"),
        ]),
        Got::Nothing if gather.action_on_empty => {
            Some(vec![pair("Digits", ""), pair("FinishedOnKey", ""), pair("msg", "Gather End")])
        }
        Got::Nothing => None,
    }
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
