//! What we ask the carrier to dial, and what it tells of a call.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::super::status::{AnsweredBy, CarrierStatus};
use super::super::wire::{AccountBody, CallBody, instant};
use crate::domain::ids::CallId;
use crate::domain::money::MicroDollars;
use crate::domain::phone::PhoneNumber;

/// A call to be placed.
#[derive(Debug, Clone, Copy)]
pub struct NewCall<'a> {
    /// Whom to ring.
    pub to: &'a PhoneNumber,
    /// One of our numbers.
    pub from: &'a PhoneNumber,
    /// Where the carrier fetches the document at answer.
    pub voice_url: &'a Url,
    /// Where it asks instead when that fails; `None` for the carrier's robot voice.
    pub fallback_url: Option<&'a Url>,
    /// Where it reports the call's way.
    pub status_url: &'a Url,
    /// How long to let it ring.
    pub ring_timeout: Duration,
    /// The longest the call may last.
    pub time_limit: Duration,
    /// Whether the carrier shall tell people from answering machines. It costs the sleeper some seconds
    /// of silence after "hello".
    pub detect_machine: bool,
}

/// Retries asked of the carrier for the webhooks that matter: three, on connection trouble, late answers
/// and server errors. By default it retries a refused connection once, and loses the event otherwise.
/// The fragment is never sent, and not part of what is signed (`vendor/twilio.md` §2.6).
const RETRIES: &str = "rc=3&rp=ct,rt,5xx";

/// The address with the retries we want.
pub(super) fn with_retries(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(Some(RETRIES));
    url
}

impl NewCall<'_> {
    /// The request's body. Lists are repeated keys; a `+` must become `%2B`, or the carrier reads a space.
    pub(super) fn form(&self) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("To", self.to.as_str())
            .append_pair("From", self.from.as_str())
            .append_pair("Url", with_retries(self.voice_url).as_str())
            .append_pair("Method", "POST");
        if let Some(fallback) = self.fallback_url {
            form.append_pair("FallbackUrl", with_retries(fallback).as_str())
                .append_pair("FallbackMethod", "POST");
        }
        form.append_pair("StatusCallback", with_retries(self.status_url).as_str())
            .append_pair("StatusCallbackMethod", "POST");
        for event in ["initiated", "ringing", "answered", "completed"] {
            form.append_pair("StatusCallbackEvent", event);
        }
        // The carrier's bounds: 600 s of ringing, a day of talking.
        form.append_pair("Timeout", &self.ring_timeout.as_secs().clamp(5, 600).to_string())
            .append_pair("TimeLimit", &self.time_limit.as_secs().clamp(60, 86_400).to_string());
        if self.detect_machine {
            form.append_pair("MachineDetection", "Enable");
        }
        form.finish()
    }
}

/// A call as the carrier tells it. What it left out is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierCall {
    /// The carrier's name for it.
    pub id: CallId,
    /// How far it has come.
    pub status: CarrierStatus,
    /// When the carrier took it, in whole seconds.
    pub created_at: Option<Timestamp>,
    /// When it was dialled.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How long it lasted, in whole seconds.
    pub duration: Option<Duration>,
    /// What it cost so far; comes minutes after the call.
    pub cost: Option<MicroDollars>,
    /// `outbound-api`, `inbound` and others, as they came.
    pub direction: Option<String>,
    /// Who answered, in the carrier's opinion.
    pub answered_by: Option<AnsweredBy>,
    /// Who was called.
    pub to: Option<PhoneNumber>,
    /// Who called.
    pub from: Option<PhoneNumber>,
}

impl CarrierCall {
    /// `None` when the call has no name: then it is no call.
    pub(super) fn from_wire(body: CallBody) -> Option<Self> {
        let date = |text: Option<String>| text.as_deref().and_then(instant);
        let number = |text: Option<String>| text.and_then(|text| PhoneNumber::parse(&text).ok());
        Some(Self {
            id: CallId::new(body.sid?),
            // Without a status nothing may be concluded, least of all that the call is over.
            status: CarrierStatus::parse(body.status.as_deref().unwrap_or_default()),
            created_at: date(body.date_created),
            started_at: date(body.start_time),
            ended_at: date(body.end_time),
            duration: body.duration.and_then(|secs| secs.parse().ok()).map(Duration::from_secs),
            cost: body.price.and_then(|price| cost(&price)),
            direction: body.direction,
            answered_by: body.answered_by.as_deref().and_then(AnsweredBy::parse),
            to: number(body.to),
            from: number(body.from),
        })
    }
}

/// Reads a price such as `-0.03000`: what we pay is negative there, and positive here.
fn cost(price: &str) -> Option<MicroDollars> {
    let (paid, amount) = match price.strip_prefix('-') {
        Some(amount) => (1, amount),
        None => (-1, price),
    };
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let whole: i64 = whole.parse().ok()?;
    let micros: i64 = micros.parse().ok()?;
    let amount = whole.checked_mul(1_000_000)?.checked_add(micros)?;
    Some(MicroDollars(paid * amount))
}

/// The account we call from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Trial accounts cannot stream, and call verified numbers only.
    pub kind: AccountKind,
    /// `active`, `suspended` or `closed`; `None` when the carrier does not say.
    pub status: Option<String>,
    /// The carrier's clock when it answered, in whole seconds; signatures do not depend on it, but a host
    /// whose clock is wrong wakes people at the wrong time.
    pub server_date: Option<Timestamp>,
}

/// What an account may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountKind {
    /// Ten minutes a call, verified numbers only, no media streams.
    Trial,
    /// No such limits.
    Full,
    /// Something else, or nothing, was said; compatible carriers have no such field.
    Other(String),
}

impl Account {
    pub(super) fn from_wire(body: AccountBody, server_date: Option<Timestamp>) -> Self {
        let kind = match body.kind.unwrap_or_default() {
            kind if kind.eq_ignore_ascii_case("trial") => AccountKind::Trial,
            kind if kind.eq_ignore_ascii_case("full") => AccountKind::Full,
            other => AccountKind::Other(other),
        };
        Self { kind, status: body.status, server_date }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_what_we_paid() {
        for (price, micros) in [
            ("-0.03000", Some(30_000)),
            ("-1.2", Some(1_200_000)),
            ("-0.0000012", Some(1)),
            ("0.5", Some(-500_000)),
            ("-3", Some(3_000_000)),
            ("free", None),
            ("", None),
            ("-99999999999999.0", None),
        ] {
            assert_eq!(cost(price).map(|cost| cost.0), micros, "{price}");
        }
    }
}
