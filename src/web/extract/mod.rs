//! Who asks? The owner, by her token, or the carrier, by its signature.
//!
//! Neither `Host` nor any forwarded header nor the peer's address has a say: a tunnel makes everybody look
//! like this machine, and anybody can write a header.

mod refusals;
mod scoped;

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRef, FromRequest, FromRequestParts, MatchedPath, OriginalUri, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};

use crate::desk::Desk;
use crate::desk::dto::Scope;
use crate::planted::{Planted, is_planted};
use crate::telephony::callbacks::Form;
use crate::telephony::signature::Validator;
use crate::telephony::urls::Addresses;

pub use self::refusals::Refusals;
pub use self::scoped::{Auth, Dial, Doorbell, Need, Read, Schedule};
use super::error::Problem;
use super::layers::BODY_BYTES_MAX;

const FORM: &str = "application/x-www-form-urlencoded";
const IDEMPOTENCY_TOKEN: HeaderName = HeaderName::from_static("i-twilio-idempotency-token");

/// What tags are made over; any constant would do.
const PURPOSE: &[u8] = b"wakeup-coach admin token";

/// The owner's token, ready to be compared with what somebody presents.
pub struct AdminToken {
    tag: hmac::Tag,
}

impl AdminToken {
    /// Keeps what is needed to recognise `token`, but not the token.
    pub fn new(token: &SecretString) -> Self {
        Self { tag: hmac::sign(&key(token.expose_secret()), PURPOSE) }
    }

    /// Takes the same time whatever is presented: two tags are compared, made with both tokens as keys.
    pub(in crate::web) fn fits(&self, presented: &str) -> bool {
        hmac::verify(&key(presented), PURPOSE, self.tag.as_ref()).is_ok()
    }
}

fn key(token: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes())
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

/// The owner asked: the request carried `Authorization: Bearer` and her token.
#[derive(Debug, Clone, Copy)]
pub struct AdminAuth;

impl<S: Send + Sync> FromRequestParts<S> for AdminAuth
where
    Arc<AdminToken>: FromRef<S>,
    Arc<Desk>: FromRef<S>,
    Arc<Refusals>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let presented = bearer(&parts.headers).ok_or_else(Problem::unauthorized)?;
        if Arc::<AdminToken>::from_ref(state).fits(presented) {
            trust(parts);
            return Ok(Self);
        }
        // Whoever has a token of ours is told that it is the wrong one for this, not that it is wrong.
        match Arc::<Desk>::from_ref(state).recognise(presented).await? {
            Some(scopes) => Err(Problem::forbidden(owner_only(&scopes))),
            None => Err(Arc::<Refusals>::from_ref(state).refuse()),
        }
    }
}

fn owner_only(scopes: &[Scope]) -> String {
    let held: Vec<String> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
    format!(
        "This token may not do that: it holds {}, and only the admin token opens this address.",
        held.join(", ")
    )
}

/// The bearer token, if there is exactly one `Authorization` header and it holds one.
pub(in crate::web) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

/// What the carrier's requests are checked against.
#[derive(Debug, Clone)]
pub struct WebhookGate {
    addresses: Addresses,
    validator: Validator,
}

impl WebhookGate {
    /// Requests must be signed for addresses below `addresses`, in a way `validator` accepts.
    pub fn new(addresses: Addresses, validator: Validator) -> Self {
        Self { addresses, validator }
    }

    /// Whether the carrier signed this handshake of a media socket.
    pub fn signed_handshake(&self, parts: &Parts) -> bool {
        let address = self.addresses.signed_stream(&path_and_query(parts));
        let presented = self.validator.presented(&parts.headers);
        presented.is_some_and(|presented| self.validator.check_handshake(&address, presented))
    }

    fn is_signed(&self, parts: &Parts) -> bool {
        self.validator.presented(&parts.headers).is_some()
    }

    fn check(&self, parts: &Parts, params: &[(String, String)]) -> Result<(), Refusal> {
        let presented = self.validator.presented(&parts.headers).ok_or(Refusal::Unsigned)?;
        let address = self.addresses.signed(&path_and_query(parts));
        let waved_on = parts.uri.path().starts_with("/voice/") && is_planted(Planted::PathUnsigned);
        if waved_on || self.validator.check_form(&address, params, presented) {
            return Ok(());
        }
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let public = self.addresses.public();
        let ours = public.host_str().unwrap_or_default();
        Err(match host.filter(|host| !is_host(host, ours)) {
            Some(host) => Refusal::ForAnotherHost(printable(host)),
            None => Refusal::Misfit,
        })
    }
}

/// Why a webhook is not believed. The last two are guesses, for the log only.
enum Refusal {
    Unsigned,
    ForAnotherHost(String),
    Misfit,
}

impl Refusal {
    /// One line that says what to look at, without anything secret.
    fn log(&self, gate: &WebhookGate, parts: &Parts) {
        let public = gate.addresses.public();
        let route = parts.extensions.get::<MatchedPath>().map_or("an unknown path", MatchedPath::as_str);
        match self {
            Self::Unsigned => tracing::warn!(route, "Refused a request to {route}: it has no signature"),
            Self::ForAnotherHost(host) => tracing::warn!(
                route,
                "Refused a request to {route}: its signature does not fit {public}. It came for {host}: \
                 if that is your tunnel's or proxy's address now, BASE_URL is out of date"
            ),
            Self::Misfit => tracing::warn!(
                route,
                "Refused a request to {route}: its signature does not fit {public}. If it came from the \
                 carrier, TWILIO_AUTH_TOKEN is another account's or was replaced, or BASE_URL differs from \
                 the address the carrier uses (scheme, port and path count)"
            ),
        }
    }
}

fn is_host(header: &str, ours: &str) -> bool {
    let name = header.rsplit_once(':').map_or(header, |(name, _)| name);
    header.eq_ignore_ascii_case(ours) || name.eq_ignore_ascii_case(ours)
}

/// A stranger's header must not write anything odd or endless into the log.
fn printable(host: &str) -> String {
    host.chars().filter(|c| c.is_ascii_alphanumeric() || "-.:[]_".contains(*c)).take(100).collect()
}

/// As the carrier wrote it; inside a nested router `uri` would lack the beginning.
fn path_and_query(parts: &Parts) -> String {
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
    uri.path_and_query().map_or("/", |whole| whole.as_str()).to_owned()
}

/// A webhook that the carrier signed. Whoever takes this as an argument need not ask again.
#[derive(Debug, Clone)]
pub struct SignedForm {
    /// The form's fields, or for a GET those of the query, in the order they came.
    pub form: Form,
    /// The same for every delivery of one event, where the carrier gives one.
    pub idempotency_token: Option<String>,
}

impl<S: Send + Sync> FromRequest<S> for SignedForm
where
    Arc<WebhookGate>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let gate = Arc::<WebhookGate>::from_ref(state);
        let (parts, body) = request.into_parts();
        let refused = |refusal: Refusal| {
            refusal.log(&gate, &parts);
            Problem::forbidden("This address takes requests signed by the carrier only.")
        };
        // Whoever signs nothing is not waited for.
        if !gate.is_signed(&parts) {
            return Err(refused(Refusal::Unsigned));
        }
        let body = whole_body(body).await?;
        let signed = signed_fields(&parts, &body)?;
        gate.check(&parts, signed.pairs()).map_err(refused)?;
        trust(&parts);
        let query = parts.uri.query().unwrap_or_default();
        let form = if parts.method == Method::GET { Form::parse(query.as_bytes()) } else { signed };
        let token = parts.headers.get(IDEMPOTENCY_TOKEN).and_then(|token| token.to_str().ok());
        Ok(Self { form, idempotency_token: token.map(str::to_owned) })
    }
}

/// A whole body, or what is wrong with it.
pub(in crate::web) async fn whole_body(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, BODY_BYTES_MAX).await.map_err(|error| {
        let mut cause = error.source();
        while let Some(known) = cause {
            if known.is::<tower_http::timeout::TimeoutError>() {
                return Problem::body_too_slow();
            }
            cause = known.source();
        }
        Problem::too_large(BODY_BYTES_MAX)
    })
}

/// Whoever asked has shown a secret: the connection is not one of those that are shown out for others.
pub(in crate::web) fn trust(parts: &Parts) {
    if let Some(standing) = parts.extensions.get::<super::serve::Standing>() {
        standing.trust();
    }
}

/// The signed fields. A GET has none: what its query says stands in the signed address.
fn signed_fields(parts: &Parts, body: &[u8]) -> Result<Form, Problem> {
    let media_type =
        parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let is_form = parts.method != Method::GET && media_type.eq_ignore_ascii_case(FORM);
    if is_form || body.is_empty() {
        return Ok(Form::parse(body));
    }
    let detail = format!("This address takes forms only, with `Content-Type: {FORM}`.");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

#[cfg(test)]
mod tests;
