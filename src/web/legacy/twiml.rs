//! `/twiml`: what the carrier asks when somebody telephones us, and a document to try the way with.

use axum::extract::{FromRequest as _, FromRequestParts as _, Query, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::telephony::twiml::{Voice, say_and_hang_up};
use crate::web::WebState;
use crate::web::extract::{Auth, Read, SignedForm};
use crate::web::webhooks;

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    test_mode: String,
}

/// With `test_mode=true` a document that only speaks, for the carrier or for the owner; else the coach.
pub async fn twiml(State(web): State<WebState>, request: Request) -> Response {
    let Query(asked) = Query::<Asked>::try_from_uri(request.uri()).unwrap_or_default();
    let mut trying = is_true(&asked.test_mode);
    if trying && request.headers().contains_key(AUTHORIZATION) {
        let (mut parts, _) = request.into_parts();
        return match Auth::<Read>::from_request_parts(&mut parts, &web).await {
            Ok(_) => only_speaks(),
            Err(problem) => problem.into_response(),
        };
    }
    let form = match SignedForm::from_request(request, &web).await {
        Ok(form) => form,
        Err(problem) => return problem.into_response(),
    };
    trying |= form.form.get("test_mode").is_some_and(is_true);
    if trying { only_speaks() } else { webhooks::inbound(&web, &form).await }
}

fn is_true(word: &str) -> bool {
    ["true", "1", "yes"].iter().any(|yes| word.eq_ignore_ascii_case(yes))
}

/// No `<Connect>`, no `<Gather>`: if this is heard, the way from the carrier to this program works.
fn only_speaks() -> Response {
    let line = "This is a test. The wake-up coach can be reached, and its documents can be read. Goodbye.";
    say_and_hang_up(&[line], &Voice::of("en-US")).into_response()
}
