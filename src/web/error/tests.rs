use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::{get, post};
use insta::assert_snapshot;
use tower::ServiceExt as _;

use super::*;
use crate::telemetry::LogTap;

#[derive(Deserialize)]
struct Wish {
    probability: f64,
    days: Option<Vec<u8>>,
}

fn router() -> Router {
    let echo = async |ApiJson(wish): ApiJson<Wish>| format!("{} {:?}", wish.probability, wish.days);
    let query = async |ApiQuery(wish): ApiQuery<Wish>| format!("{}", wish.probability);
    Router::new()
        .route("/json", post(echo))
        .route("/query", get(query))
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
}

async fn shown(response: Response) -> String {
    let (parts, body) = response.into_parts();
    let mut headers: Vec<_> = parts
        .headers
        .iter()
        .filter(|(name, _)| *name != "content-length")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort_unstable();
    let body = to_bytes(body, 10_000).await.unwrap();
    format!(
        "{} {}\n{}",
        parts.status.as_u16(),
        headers.join(" · "),
        String::from_utf8(body.to_vec()).unwrap()
    )
}

async fn ask(method: &str, path: &str, content_type: Option<&str>, body: &'static str) -> String {
    let mut request = axum::http::Request::builder().method(method).uri(path);
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    shown(router().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()).await
}

async fn post_json(body: &'static str) -> String {
    ask("POST", "/json", Some("application/json"), body).await
}

#[tokio::test]
async fn what_fits_goes_through() {
    assert!(post_json(r#"{"probability": 0.5, "days": [1]}"#).await.ends_with("\n0.5 Some([1])"));
    assert!(ask("GET", "/query?probability=0.5", None, "").await.ends_with("\n0.5"));
}

#[tokio::test]
async fn what_does_not_fit_is_told_with_its_place() {
    assert_snapshot!(post_json(r#"{"probability": "high"}"#).await, @r#"
    400 content-type: application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"The JSON body does not fit.","errors":[{"field":"probability","detail":"invalid type: string \"high\", expected f64 at line 1 column 22"}]}
    "#);
    assert_snapshot!(post_json(r#"{"probability": 1, "days": [1, 300]}"#).await, @r#"
    400 content-type: application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"The JSON body does not fit.","errors":[{"field":"days[1]","detail":"invalid value: integer `300`, expected u8 at line 1 column 34"}]}
    "#);
    assert_snapshot!(post_json("{").await, @r#"
    400 content-type: application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"The body is not JSON.","errors":[{"detail":"EOF while parsing an object at line 1 column 1"}]}
    "#);
    assert_snapshot!(post_json("{}").await, @r#"
    400 content-type: application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"The JSON body does not fit.","errors":[{"detail":"missing field `probability` at line 1 column 2"}]}
    "#);
    assert_snapshot!(ask("POST", "/json", None, "{}").await, @r#"
    415 content-type: application/problem+json
    {"type":"about:blank","title":"Unsupported Media Type","status":415,"detail":"The body must be JSON, with `Content-Type: application/json`."}
    "#);
    assert_snapshot!(ask("GET", "/query?probability=high", None, "").await, @r#"
    400 content-type: application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"The query does not fit.","errors":[{"field":"probability","detail":"invalid float literal"}]}
    "#);
    assert_snapshot!(ask("GET", "/query", None, "").await, @r#"
    400 content-type: application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"The query does not fit.","errors":[{"detail":"missing field `probability`"}]}
    "#);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    assert_snapshot!(ask("GET", "/media-stream/0123", None, "").await, @r#"
    404 content-type: application/problem+json
    {"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing at this address."}
    "#);
    assert_snapshot!(ask("DELETE", "/json", None, "").await, @r#"
    405 allow: POST · content-type: application/problem+json
    {"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"This address does not take this method; see the `Allow` header."}
    "#);
}

#[tokio::test]
async fn each_refusal_has_its_status_and_headers() {
    assert_snapshot!(shown(Problem::unauthorized().into_response()).await, @r#"
    401 content-type: application/problem+json · www-authenticate: Bearer realm="wakeup-coach"
    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"This needs the admin token: send it as `Authorization: Bearer <token>`."}
    "#);
    let busy =
        Problem::unavailable("The line is busy.", Duration::from_millis(1_500)).about("/api/v1/calls/1");
    assert_snapshot!(shown(busy.into_response()).await, @r#"
    503 content-type: application/problem+json · retry-after: 2
    {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The line is busy.","instance":"/api/v1/calls/1"}
    "#);
    for (problem, status) in [
        (Problem::forbidden("x"), 403),
        (Problem::conflict("x"), 409),
        (Problem::too_large(65_536), 413),
        (Problem::too_slow(), 504),
    ] {
        assert_eq!(problem.into_response().status(), status);
    }
}

#[tokio::test]
async fn our_own_failures_are_logged_and_not_shown() {
    #[derive(Debug, thiserror::Error)]
    #[error("cannot store the answer")]
    struct Outer(#[source] std::io::Error);

    let tap = LogTap::default();
    let error = Outer(std::io::Error::other("disk full"));
    let _listening = tap.listen();
    let problem = Problem::internal(&error);
    assert!(tap.errors()[0].text.contains("A request failed: cannot store the answer: disk full"));
    assert_snapshot!(shown(problem.into_response()).await, @r#"
    500 content-type: application/problem+json
    {"type":"about:blank","title":"Internal Server Error","status":500,"detail":"Something went wrong on this side. The log says more, under this answer's x-request-id."}
    "#);
}
