//! Refusals and failures as problem documents (RFC 9457), which say what was wrong and what to do.

use std::error::Error;
use std::fmt;
use std::future::{Ready, ready};
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Path, Query, Request};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"wakeup-coach\"");

/// Why a request was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    retry_after: Option<Duration>,
    /// Boxed, so that a `Result` with a problem in it stays small.
    document: Box<Document>,
}

/// The body, member by member as in RFC 9457 §3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Document {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// Where: `days[2]`, `probability`; empty when it is about the whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// What, and what to write instead.
    pub detail: String,
}

impl Problem {
    /// A problem with this status, explained in one sentence.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let document = Document {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Problem"),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            errors: Vec::new(),
        };
        Self { status, retry_after: None, document: Box::new(document) }
    }

    /// 400: the request makes no sense.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 401: who asks is not known; answered with the scheme to use.
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "This needs the admin token: send it as `Authorization: Bearer <token>`.",
        )
    }

    /// 401 for a token of which there are several kinds: which one is wanted, only the documentation tells.
    pub fn wrong_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "The token is wrong, or there is none.")
    }

    /// 403: who asks may not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 409: it cannot be done as things stand.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 413: the body is longer than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body is longer than the {limit} bytes allowed."),
        )
    }

    /// 408: the body was announced and did not come.
    pub fn body_too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "The body did not come in time.")
    }

    /// 429: too often; `retry_after` is rounded up to whole seconds.
    pub fn too_many(detail: impl Into<String>, retry_after: Duration) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, detail);
        Self { retry_after: Some(retry_after), ..problem }
    }

    /// 503: not now; `retry_after` is rounded up to whole seconds.
    pub fn unavailable(detail: impl Into<String>, retry_after: Duration) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        Self { retry_after: Some(retry_after), ..problem }
    }

    /// 504: it took too long.
    pub fn too_slow() -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, "This took too long and was given up.")
    }

    /// 500: our fault. The causes go to the log and nowhere else.
    pub fn internal(error: &dyn Error) -> Self {
        tracing::error!(error = %Causes(error), "A request failed: {}", Causes(error));
        Self::internal_without_cause()
    }

    /// 500 for what has been logged already.
    pub fn internal_without_cause() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on this side. The log says more, under this answer's x-request-id.",
        )
    }

    /// Adds what is wrong with one field.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.document.errors.push(FieldProblem { field: field.into(), detail: detail.into() });
        self
    }

    /// Adds the address of the thing this is about.
    #[must_use]
    pub fn about(mut self, instance: impl Into<String>) -> Self {
        self.document.instance = Some(instance.into());
        self
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong, in one sentence.
    pub fn detail(&self) -> &str {
        &self.document.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self.document)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, PROBLEM_JSON);
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Some(wait) = self.retry_after {
            let secs = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, secs.into());
        }
        response
    }
}

/// An error with everything that led to it, on one line.
struct Causes<'a>(&'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// The router's answer to paths it does not know.
pub fn unknown_path() -> Ready<Problem> {
    // The path is not repeated: one that was mistyped by a character still holds most of a secret.
    ready(Problem::not_found("There is nothing at this address."))
}

/// The router's answer to methods a path does not take; axum adds the `Allow` header.
pub fn unknown_method() -> Ready<Problem> {
    let detail = "This address does not take this method; see the `Allow` header.";
    ready(Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail))
}

/// A JSON body; what does not fit is answered with a [`Problem`] that says what and where.
#[derive(Debug, Clone, Copy)]
pub struct ApiJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(value) = <Json<T> as FromRequest<S>>::from_request(request, state).await?;
        Ok(Self(value))
    }
}

/// A body that may be left out.
impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        let found = <Json<T> as OptionalFromRequest<S>>::from_request(request, state).await?;
        Ok(found.map(|Json(value)| Self(value)))
    }
}

/// A query string; what does not fit is answered with a [`Problem`] that says what and where.
#[derive(Debug, Clone, Copy)]
pub struct ApiQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(value) = Query::from_request_parts(parts, state).await?;
        Ok(Self(value))
    }
}

/// What a path names; what cannot be read is answered with a [`Problem`].
#[derive(Debug, Clone)]
pub struct ApiPath<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::from_request_parts(parts, state).await;
        let Path(value) = named.map_err(|_| Problem::bad_request("The address cannot be read."))?;
        Ok(Self(value))
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::JsonDataError(error) => misfit("The JSON body does not fit.", &error),
            JsonRejection::JsonSyntaxError(error) => misfit("The body is not JSON.", &error),
            JsonRejection::MissingJsonContentType(_) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body must be JSON, with `Content-Type: application/json`.",
            ),
            other => Self::new(other.status(), "The body could not be read."),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        misfit("The query does not fit.", &rejection)
    }
}

/// The parser's own words, and before them the field they are about, where it names one.
fn misfit(detail: &str, rejection: &dyn Error) -> Problem {
    let mut what = rejection.to_string();
    let mut cause = rejection.source();
    while let Some(error) = cause {
        what = error.to_string();
        cause = error.source();
    }
    let is_path =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.[]".contains(&byte));
    match what.split_once(": ") {
        Some((field, what)) if is_path(field) => Problem::bad_request(detail).with_field(field, what),
        _ => Problem::bad_request(detail).with_field("", what),
    }
}

#[cfg(test)]
mod tests;
