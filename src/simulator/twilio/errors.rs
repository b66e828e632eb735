//! Refusals in Twilio's words: status, code, message.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why the REST API says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: StatusCode,
    pub code: u32,
    pub message: String,
}

impl Refusal {
    /// A 400 with its code.
    pub(super) fn bad(code: u32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// Wrong credentials.
    pub(super) fn unauthorized() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code: 20_003, message: "Authenticate".to_owned() }
    }

    /// The error the vendor sends with this status, where no other is asked for.
    pub(super) fn with_status(status: u16) -> Self {
        match status {
            401 => Self::unauthorized(),
            403 => Self { status: StatusCode::FORBIDDEN, code: 20_008, message: "Forbidden".to_owned() },
            404 => Self::not_found("asked for"),
            429 => Self::too_many(),
            503 => Self::unavailable(),
            _ => Self::internal(),
        }
    }

    /// No such thing.
    pub(super) fn not_found(path: &str) -> Self {
        let message = format!("The requested resource {path} was not found");
        Self { status: StatusCode::NOT_FOUND, code: 20_404, message }
    }

    /// The path exists, the verb does not.
    pub(super) fn wrong_method() -> Self {
        let message = "The requested method is not allowed on this resource".to_owned();
        Self { status: StatusCode::METHOD_NOT_ALLOWED, code: 20_004, message }
    }

    /// Too many requests at once; this one was not looked at.
    pub(super) fn too_many() -> Self {
        let message = "Too Many Requests".to_owned();
        Self { status: StatusCode::TOO_MANY_REQUESTS, code: 20_429, message }
    }

    /// Something broke; for a POST nobody knows whether before or after it took effect.
    pub(super) fn internal() -> Self {
        let message = "An internal server error has occurred".to_owned();
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: 20_500, message }
    }

    /// The service is away.
    pub(super) fn unavailable() -> Self {
        let message = "Service unavailable".to_owned();
        Self { status: StatusCode::SERVICE_UNAVAILABLE, code: 20_503, message }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status.as_u16(),
        });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let realm = HeaderValue::from_static("Basic realm=\"Twilio API\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_refusal_has_the_vendors_shape() {
        let response = Refusal::bad(21_201, "No 'To' number is specified").into_response();
        assert_eq!(response.status(), 400);
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let expected = json!({
            "code": 21201,
            "message": "No 'To' number is specified",
            "more_info": "https://www.twilio.com/docs/errors/21201",
            "status": 400,
        });
        assert_eq!(body, expected);
    }
}
