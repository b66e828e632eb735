//! One request, one answer: deadline, size cap, and what each kind of failure means.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use url::Url;

use super::super::error::{CarrierError, Cause, is_lasting, without_personal_data};
use super::super::wire::ErrorBody;
use super::{Carrier, Credentials, REQUEST_DEADLINE};
use crate::clock;
use crate::failpoint::{self, Point};

/// The longest answer read; a page of calls has about 45 KiB.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How long to wait for the reason of a refusal that is already known to be one.
const REASON_DEADLINE: Duration = Duration::from_secs(2);

/// A granted request's answer, not yet understood.
pub(super) struct Answer {
    body: Vec<u8>,
    /// The server's `Date` header.
    pub date: Option<String>,
}

impl Answer {
    /// The answer as JSON; `None` when it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl Carrier {
    /// Sends one request and waits for all of its answer, at most [`REQUEST_DEADLINE`].
    pub(super) async fn send(
        &self,
        method: Method,
        url: Url,
        form: Option<String>,
    ) -> Result<Answer, CarrierError> {
        match clock::timeout(&*self.clock, REQUEST_DEADLINE, self.exchange(method, url, form)).await {
            Ok(result) => result,
            Err(late) => Err(CarrierError::Unknown(Cause::Late(late))),
        }
    }

    async fn exchange(&self, method: Method, url: Url, form: Option<String>) -> Result<Answer, CarrierError> {
        let (user, secret) = match &self.credentials {
            Credentials::AuthToken { token } => (&self.account_sid, token),
            Credentials::ApiKey { key, secret } => (key, secret),
        };
        let acts = method == Method::POST;
        let mut request = self
            .http
            .request(method, url)
            .basic_auth(user, Some(secret.expose_secret()))
            .header(ACCEPT, "application/json");
        if let Some(form) = form {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        }
        let response = request.send().await.map_err(unsent_or_unknown)?;
        if acts {
            failpoint::pass(Point::Accepted);
        }
        match response.status() {
            status if status.is_success() => granted(response).await,
            StatusCode::TOO_MANY_REQUESTS => {
                Err(CarrierError::Throttled { retry_after: retry_after(&response) })
            }
            // Not the carrier's word on the request: it saw only part of it, or something on the way
            // gave up waiting for the rest.
            StatusCode::REQUEST_TIMEOUT => Err(CarrierError::Unknown(Cause::Status(408))),
            status if status.is_client_error() => Err(self.refused(response).await),
            // Redirects too. We follow none (the POST would become a GET), and whether the host acted
            // before it pointed elsewhere cannot be seen: 303 even means that it did. Taking it for a
            // refusal could ring twice, so it is looked up like any other unknown.
            status => Err(CarrierError::Unknown(Cause::Status(status.as_u16()))),
        }
    }

    /// A 4xx is a refusal even when its body is late, broken or no JSON; the body only says why.
    async fn refused(&self, response: Response) -> CarrierError {
        let status = response.status().as_u16();
        let body = clock::timeout(&*self.clock, REASON_DEADLINE, read_capped(response)).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        let error: ErrorBody = serde_json::from_slice(&body).unwrap_or_default();
        let code = error.code();
        let message = without_personal_data(error.message());
        CarrierError::Refused { code, status, message, lasting: is_lasting(status, code) }
    }
}

/// An error before any answer. Without a connection nothing was said; after it, anything may have been heard.
fn unsent_or_unknown(error: reqwest::Error) -> CarrierError {
    if error.is_connect() || error.is_builder() {
        CarrierError::NotSent(error.into())
    } else {
        CarrierError::Unknown(error.into())
    }
}

async fn granted(response: Response) -> Result<Answer, CarrierError> {
    let date = response.headers().get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
    let body = read_capped(response).await.map_err(CarrierError::Unknown)?;
    Ok(Answer { body, date })
}

async fn read_capped(mut response: Response) -> Result<Vec<u8>, Cause> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Cause::Garbage("is longer than any answer should be"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The wait asked for, in whole seconds; the other spelling, a date, is not used by any carrier we know.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
