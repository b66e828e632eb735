//! The form that creates a call, checked field by field, and its fields read into a plan.

use std::time::Duration;

use axum::http::Method;
use url::Url;

use crate::domain::phone::PhoneNumber;

use super::amd::Detection;
use super::call::Plan;
use super::converse::Next;
use super::errors::Refusal;
use super::options::ExchangeOptions;
use super::params::Param;
use super::webhook::Target;

/// Inline documents may be this long.
const TWIML_MAX: usize = 4_000;

/// The longest a telephone may ring.
const RING_MAX: u64 = 600;

/// A trial call is cut here.
const TRIAL_LONGEST: Duration = Duration::from_mins(10);

/// Any other call is cut here.
const LONGEST: Duration = Duration::from_hours(4);

const EVENTS: [&str; 4] = ["initiated", "ringing", "answered", "completed"];

/// A form, in which a key may stand more than once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a>(pub &'a [Param]);

impl<'a> Form<'a> {
    pub(super) fn get(self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn all(self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn seconds(self, name: &str, code: u32) -> Result<Option<Duration>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let wrong = || Refusal::bad(code, format!("{name} must be an integer: {text}"));
        text.parse().map(|secs| Some(Duration::from_secs(secs))).map_err(|_| wrong())
    }

    /// An address, and the method of the field beside it.
    pub(super) fn target(self, name: &str, code: u32) -> Result<Option<Target>, Refusal> {
        let Some(written) = self.get(name).filter(|written| !written.is_empty()) else { return Ok(None) };
        let wrong = || Refusal::bad(code, format!("{name} is not a valid URL: {written}"));
        let url = Url::parse(written).map_err(|_| wrong())?;
        // Without a dot it is a machine in somebody's house; an underscore is refused by name.
        let public = url.host_str().is_some_and(|host| host.contains('.') && !host.contains('_'));
        if !["http", "https"].contains(&url.scheme()) || !public {
            return Err(wrong());
        }
        let method = if name == "Url" {
            "Method".to_owned()
        } else {
            format!("{}Method", name.trim_end_matches("Url"))
        };
        let method = match self.get(&method) {
            None | Some("POST") => Method::POST,
            Some("GET") => Method::GET,
            Some(_) => return Err(Refusal::bad(21_209, format!("{method} must be GET or POST"))),
        };
        Ok(Some(Target { url: written.to_owned(), method }))
    }

    /// Where the call goes: an address beats an inline document.
    pub(super) fn next(self) -> Result<Option<Next>, Refusal> {
        if let Some(target) = self.target("Url", 21_205)? {
            return Ok(Some(Next::fetch(target)));
        }
        match self.get("Twiml") {
            Some(twiml) if twiml.chars().count() > TWIML_MAX => {
                Err(Refusal::bad(32_018, "The Twiml parameter is longer than 4000 characters"))
            }
            twiml => Ok(twiml.map(|twiml| Next::Inline(twiml.to_owned()))),
        }
    }
}

/// What a good form says.
#[derive(Debug)]
pub(super) struct Order {
    pub to: String,
    pub from: String,
    pub plan: Plan,
}

/// Reads the form of a new call, or refuses it as the vendor would.
pub(super) fn read(form: Form<'_>, options: &ExchangeOptions) -> Result<Order, Refusal> {
    let to = callee(form, options)?;
    let from = caller(form, options)?;
    if to == from {
        return Err(Refusal::bad(21_211, "The 'To' number is the same as the 'From' number"));
    }
    let first = form.next()?.ok_or_else(|| Refusal::bad(21_205, "Url parameter is required."))?;
    let longest = if options.trial { TRIAL_LONGEST } else { LONGEST };
    let time_limit = form.seconds("TimeLimit", 21_208)?.unwrap_or(longest);
    let plan = Plan {
        first,
        fallback: form.target("FallbackUrl", 21_205)?,
        callback: form.target("StatusCallback", 21_609)?,
        events: events(form)?,
        ring_for: ring_for(form)?,
        longest: time_limit.min(longest),
        detection: detection(form)?,
    };
    Ok(Order { to, from, plan })
}

/// Whether a text has the shape of E.164.
fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

fn callee(form: Form<'_>, options: &ExchangeOptions) -> Result<String, Refusal> {
    let to = form.get("To").filter(|to| !to.is_empty());
    let to = to.ok_or_else(|| Refusal::bad(21_201, "No 'To' number is specified"))?;
    if !is_e164(to) {
        return Err(Refusal::bad(21_211, format!("Invalid 'To' Phone Number: {to}")));
    }
    match to {
        "+15005550001" => {
            return Err(Refusal::bad(21_217, format!("Phone number {to} does not appear to be valid")));
        }
        "+15005550002" => {
            return Err(Refusal::bad(21_214, format!("'To' phone number {to} cannot be reached")));
        }
        "+15005550003" => {
            let text = "Account not authorized to call this number. Perhaps you need to enable some international permissions";
            return Err(Refusal::bad(21_215, text));
        }
        "+15005550004" => return Err(Refusal::bad(21_216, format!("Account not allowed to call {to}"))),
        _ => {}
    }
    if PhoneNumber::parse(to).is_err() {
        return Err(Refusal::bad(21_217, format!("Phone number {to} does not appear to be valid")));
    }
    if options.trial && !options.verified.iter().any(|verified| verified == to) {
        let text =
            format!("The number {to} is unverified. Trial accounts may only make calls to verified numbers.");
        return Err(Refusal::bad(21_219, text));
    }
    Ok(to.to_owned())
}

fn caller(form: Form<'_>, options: &ExchangeOptions) -> Result<String, Refusal> {
    let from = form.get("From").filter(|from| !from.is_empty());
    let from = from.ok_or_else(|| Refusal::bad(21_213, "'From' phone number is required"))?;
    if !is_e164(from) || from == "+15005550001" {
        return Err(Refusal::bad(21_212, format!("Invalid 'From' Phone Number: {from}")));
    }
    if !options.numbers.iter().chain(&options.verified).any(|own| own == from) {
        let text = format!(
            "The source phone number provided, {from}, is not yet verified for your account. You may only \
             make calls from phone numbers that you've verified or purchased from Twilio."
        );
        return Err(Refusal::bad(21_210, text));
    }
    Ok(from.to_owned())
}

fn events(form: Form<'_>) -> Result<Vec<&'static str>, Refusal> {
    let mut events = Vec::new();
    for asked in form.all("StatusCallbackEvent") {
        let event = EVENTS
            .into_iter()
            .find(|event| *event == asked)
            .ok_or_else(|| Refusal::bad(21_626, format!("Invalid StatusCallbackEvent: {asked}")))?;
        events.push(event);
    }
    Ok(if events.is_empty() { vec!["completed"] } else { events })
}

fn ring_for(form: Form<'_>) -> Result<Duration, Refusal> {
    let ring_for = form.seconds("Timeout", 21_208)?.unwrap_or(Duration::from_mins(1));
    if ring_for.is_zero() || ring_for > Duration::from_secs(RING_MAX) {
        return Err(Refusal::bad(21_208, "Timeout must be between 1 and 600 seconds"));
    }
    Ok(ring_for)
}

fn detection(form: Form<'_>) -> Result<Option<Detection>, Refusal> {
    let digits = form.get("SendDigits");
    let sendable =
        |digits: &str| digits.len() <= 32 && digits.bytes().all(|key| b"0123456789ABCD#*wW".contains(&key));
    if digits.is_some_and(|digits| !sendable(digits)) {
        return Err(Refusal::bad(21_206, "SendDigits is invalid"));
    }
    let message_end = match form.get("MachineDetection") {
        None => return Ok(None),
        Some("Enable") => false,
        Some("DetectMessageEnd") => true,
        Some(other) => return Err(Refusal::bad(21_234, format!("Invalid MachineDetection: {other}"))),
    };
    if form.get("MachineDetectionTimeout").is_some() {
        let limit = form.seconds("MachineDetectionTimeout", 21_234)?.unwrap_or_default();
        if !(3..60).contains(&limit.as_secs()) {
            return Err(Refusal::bad(21_234, "MachineDetectionTimeout must be between 3 and 59"));
        }
    }
    if digits.is_some() {
        return Ok(None);
    }
    let beside = match form.get("AsyncAmd") {
        Some("true") => form.target("AsyncAmdStatusCallback", 21_234)?,
        _ => None,
    };
    // Asked beside the document but with nowhere to tell: no verdict reaches anybody (21262).
    if form.get("AsyncAmd") == Some("true") && beside.is_none() {
        return Ok(None);
    }
    Ok(Some(Detection { message_end, beside }))
}

#[cfg(test)]
#[path = "create_tests.rs"]
mod tests;
