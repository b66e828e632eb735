//! Is it the doorbell? By its token, by a token with its scope, or by a signature over time and body.

use std::fmt;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::{digest, hmac};
use secrecy::ExposeSecret as _;

use crate::config::DoorbellSettings;
use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::extract::{AdminToken, Auth, Doorbell as DoorbellScope, bearer, trust, whole_body};

const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-doorbell-token");
const TIMESTAMP_HEADER: HeaderName = HeaderName::from_static("x-timestamp");
const SIGNATURE_HEADER: HeaderName = HeaderName::from_static("x-signature");
/// How far the doorbell's clock may be from ours, and how long a message may be on its way.
pub(super) const FRESH_FOR: SignedDuration = SignedDuration::from_mins(5);
/// Seconds since 1970 pass this in the year 5138; milliseconds did in 1973.
const MILLIS_FROM: i64 = 100_000_000_000;

/// The doorbell's own secrets, ready to be compared with what somebody presents.
pub struct DoorbellKeys {
    token: Option<AdminToken>,
    hmac: Option<hmac::Key>,
    events: Vec<String>,
}

impl DoorbellKeys {
    /// Keeps what is needed to recognise the secrets.
    pub fn new(settings: &DoorbellSettings) -> Self {
        let key = |secret: &secrecy::SecretString| {
            hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes())
        };
        Self {
            token: settings.token.as_ref().map(AdminToken::new),
            hmac: settings.hmac_secret.as_ref().map(key),
            events: settings.events.clone(),
        }
    }

    /// Whether messages of this kind, spelled as the settings spell it, count.
    pub(super) fn counts(&self, event: &str) -> bool {
        self.events.iter().any(|known| known == event)
    }
}

impl fmt::Debug for DoorbellKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DoorbellKeys").field("events", &self.events).finish_non_exhaustive()
    }
}

/// A message that really is the doorbell's. Whoever takes this as an argument need not ask again.
#[derive(Debug)]
pub struct Knock {
    /// What it says.
    pub body: Bytes,
    /// Differs from that of every other message, when there is a time in it.
    pub digest: String,
    /// Whether the digest covers a time: without one, two touches look alike and are not told apart.
    pub is_dated: bool,
}

impl FromRequest<WebState> for Knock {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &WebState) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        // A copy, since the scoped token is looked for in the request itself.
        let headers = &parts.headers.clone();
        let stated = only(headers, &TIMESTAMP_HEADER);
        // Whoever shows no secret is not waited for: the body comes last.
        let seal = if headers.contains_key(SIGNATURE_HEADER) {
            Some(Seal::read(web, headers, stated)?)
        } else {
            check_token(web, headers, &mut parts).await?;
            None
        };
        if let (None, Some(text)) = (&seal, stated) {
            fresh(read_time(text), web.clock.now())?;
        }
        let body = whole_body(body).await?;
        if let Some(seal) = seal {
            seal.check(web, &body)?;
        }
        trust(&parts);
        let digest = digest_of(&[stated.unwrap_or_default().as_bytes(), b".", &body]);
        let is_dated = stated.is_some();
        Ok(Self { body, digest, is_dated })
    }
}

async fn check_token(web: &WebState, headers: &HeaderMap, parts: &mut Parts) -> Result<(), Problem> {
    if shows_token(&web.doorbell, headers) {
        return Ok(());
    }
    let Some(shown) = bearer(headers) else { return Err(web.refusals.refuse_stranger()) };
    if web.desk.recognise(shown).await?.is_none() && !web.admin.fits(shown) {
        return Err(web.refusals.refuse_stranger());
    }
    Auth::<DoorbellScope>::from_request_parts(parts, web).await?;
    Ok(())
}

/// A signature over a time and a body that is still to be read.
struct Seal<'r> {
    key: &'r hmac::Key,
    stated: &'r str,
    tag: Vec<u8>,
}

impl<'r> Seal<'r> {
    fn read(web: &'r WebState, headers: &'r HeaderMap, stated: Option<&'r str>) -> Result<Self, Problem> {
        let Some(key) = &web.doorbell.hmac else {
            let detail =
                "This request is signed, but there is nothing to check it with: set DOORBELL_HMAC_SECRET.";
            return Err(Problem::forbidden(detail));
        };
        let Some(stated) = stated else {
            return Err(Problem::bad_request(
                "A signed request needs the header X-Timestamp: seconds since 1970.",
            ));
        };
        let tag = only(headers, &SIGNATURE_HEADER).and_then(read_tag);
        let tag = tag.ok_or_else(|| web.refusals.refuse_stranger())?;
        Ok(Self { key, stated, tag })
    }

    /// The signature first, then the time: a stranger learns nothing about our clock.
    fn check(&self, web: &WebState, body: &[u8]) -> Result<(), Problem> {
        let message = [self.stated.as_bytes(), b".", body].concat();
        if hmac::verify(self.key, &message, &self.tag).is_err() {
            return Err(web.refusals.refuse_stranger());
        }
        fresh(read_time(self.stated), web.clock.now()).map(drop)
    }
}

/// `sha256=` before it is how many senders write it; hexadecimal or base64.
fn read_tag(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().strip_prefix("sha256=").unwrap_or(text.trim());
    if text.len() == 64 {
        let digit = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        return (0..64).step_by(2).map(digit).collect();
    }
    STANDARD.decode(text).ok()
}

fn shows_token(keys: &DoorbellKeys, headers: &HeaderMap) -> bool {
    let Some(token) = &keys.token else { return false };
    let shown = only(headers, &TOKEN_HEADER).or_else(|| bearer(headers));
    shown.is_some_and(|shown| token.fits(shown))
}

/// The header's text, if there is exactly one.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Seconds or milliseconds since 1970, or RFC 3339.
pub(super) fn read_time(text: &str) -> Option<Timestamp> {
    match text.trim().parse::<i64>() {
        Ok(number) if number.abs() >= MILLIS_FROM => Timestamp::from_millisecond(number).ok(),
        Ok(number) => Timestamp::from_second(number).ok(),
        Err(_) => text.trim().parse().ok(),
    }
}

/// The time, if it is one and about now.
pub(super) fn fresh(stated: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Problem> {
    let detail = "The message's time is not about now (five minutes either way): it was sent before, or the \
                  clock of whoever sent it is wrong.";
    let about_now = |at: &Timestamp| at.duration_since(now).abs() <= FRESH_FOR;
    stated.filter(about_now).ok_or_else(|| Problem::forbidden(detail))
}

/// A digest of some parts, in base64.
pub(super) fn digest_of(parts: &[&[u8]]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    STANDARD.encode(context.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_three_ways_people_write_them() {
        let expected = Timestamp::from_second(1_772_428_200).unwrap();
        for text in ["1772428200", "1772428200000", "2026-03-02T05:10:00Z", " 2026-03-02T06:10:00+01:00 "] {
            assert_eq!(read_time(text), Some(expected), "{text}");
        }
        for wrong in ["", "soon", "9223372036854775807", "2026-03-02"] {
            assert_eq!(read_time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_message_counts_for_five_minutes_either_way() {
        let now = Timestamp::from_second(1_772_428_200).unwrap();
        for (offset, counts) in [(0, true), (300, true), (-300, true), (301, false), (-301, false)] {
            let stated = now + SignedDuration::from_secs(offset);
            assert_eq!(fresh(Some(stated), now).is_ok(), counts, "{offset}");
        }
        assert!(fresh(None, now).is_err());
    }

    #[test]
    fn a_signature_is_read_with_and_without_its_prefix() {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"secret"), b"1.{}");
        let hex = tag.as_ref().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"));
        let base64 = STANDARD.encode(tag.as_ref());
        for text in [hex.clone(), hex.to_lowercase(), format!("sha256={hex}"), base64, format!(" {hex} ")] {
            assert_eq!(read_tag(&text).as_deref(), Some(tag.as_ref()), "{text}");
        }
        for wrong in ["zz".repeat(32), "ä".repeat(32), "not a signature".to_owned()] {
            assert_eq!(read_tag(&wrong), None, "{wrong}");
        }
    }
}
