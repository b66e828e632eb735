//! What happens around every request: an identifier, a trace, limits, and an answer whatever goes wrong.
//!
//! Paths hold secrets (an attempt's nonce, a media socket's ticket) and so may query strings, so the log
//! gets the route's pattern and nothing else of the address.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, COOKIE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Router, body::Body};
use rand::{Rng, RngExt as _};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tracing::Instrument as _;

use crate::clock::{self, SharedClock};
use crate::telephony::signature::SIGNATURE_HEADER;

use super::error::Problem;

/// The carrier's own limit for what it fetches; nothing we are sent comes near it.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Twilio gives up after 15 s, people sooner; this only ends what hangs. Sockets are not concerned: their
/// request is answered as soon as the upgrade is agreed.
const TIME_MAX: Duration = Duration::from_secs(30);

/// A body of ours fits into a packet or two: whoever pauses for longer in the middle of one is not sending it.
/// Real time, as all that concerns connections.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(5);

/// When a program that stops may be back.
const STOPPED_FOR: Duration = Duration::from_secs(5);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the layers need to know.
#[derive(Debug, Clone)]
pub struct LayersSettings {
    /// Measures time limits and durations.
    pub clock: SharedClock,
    /// Numbers the requests.
    pub request_ids: RequestIds,
    /// Requests that are being seen through.
    pub under_way: UnderWay,
}

/// Requests under way, whether or not anybody still waits for their answers.
#[derive(Debug, Clone, Default)]
pub struct UnderWay {
    /// Waited for when the program stops.
    pub tracker: TaskTracker,
    /// Cancelled when what is still open is dropped.
    pub dropped: CancellationToken,
}

/// Identifiers of requests: drawn once, then counted. A client's own `x-request-id` is ignored, since
/// anybody could write anything into our log with it.
#[derive(Debug, Clone)]
pub struct RequestIds {
    run: u32,
    next: Arc<AtomicU64>,
}

impl RequestIds {
    /// Numbers that do not repeat after a restart, for all that can be told.
    pub fn new(rng: &mut impl Rng) -> Self {
        Self { run: rng.random(), next: Arc::new(AtomicU64::new(1)) }
    }

    fn next(&self) -> RequestId {
        RequestId { run: self.run, number: self.next.fetch_add(1, Ordering::Relaxed) }
    }
}

/// One request's identifier, as in the log and in the answer's `x-request-id`; also a request extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId {
    run: u32,
    number: u64,
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{}", self.run, self.number)
    }
}

/// Puts everything around `router`, including its fallbacks.
pub fn wrap(router: Router, settings: LayersSettings) -> Router {
    // From the outside in: the first layer sees the request first and the answer last.
    let layers = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION, COOKIE, SIGNATURE_HEADER]))
        .layer(header_unless_present(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header_unless_present(HeaderName::from_static("referrer-policy"), "no-referrer"))
        .layer(header_unless_present(CACHE_CONTROL, "no-store"))
        .layer(middleware::from_fn_with_state(settings.clone(), trace))
        .layer(middleware::from_fn_with_state(settings.under_way, see_through))
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(middleware::from_fn_with_state(settings.clock, limit_time))
        .layer(middleware::from_fn(refuse_long_bodies))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE_MAX))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    router.layer(layers)
}

/// Finishes what was begun although whoever asked is gone. A connection that breaks would drop the handler in
/// the middle of its work, with the step it waits for on disk and what follows from it never done.
async fn see_through(State(under_way): State<UnderWay>, request: Request, next: Next) -> Response {
    let UnderWay { tracker, dropped } = under_way;
    let work = async move { dropped.run_until_cancelled(next.run(request)).await };
    match tracker.spawn(work.in_current_span()).await {
        Ok(Some(response)) => response,
        // Nobody is there any more to read this.
        Ok(None) | Err(_) => Problem::unavailable("The program is stopping.", STOPPED_FOR).into_response(),
    }
}

fn header_unless_present(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Names the request, and says how it was answered.
async fn trace(State(settings): State<LayersSettings>, mut request: Request, next: Next) -> Response {
    let id = settings.request_ids.next();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("(unknown)", MatchedPath::as_str);
    let span = tracing::info_span!("request", request.id = %id, method = %request.method(), route);
    request.extensions_mut().insert(id);
    async {
        let started = settings.clock.elapsed();
        let mut response = next.run(request).await;
        say_how_it_went(&response, settings.clock.elapsed().saturating_sub(started));
        let value = HeaderValue::from_str(&id.to_string()).expect("hexadecimal digits make a header value");
        response.headers_mut().insert(REQUEST_ID, value);
        response
    }
    .instrument(span)
    .await
}

/// Causes are logged where they are known; this line only tells that, when and how long.
fn say_how_it_went(response: &Response, took: Duration) {
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if response.status().is_server_error() {
        tracing::warn!(status, duration_ms, "Answered a request with {status} after {duration_ms} ms");
    } else {
        tracing::debug!(status, duration_ms, "Answered a request with {status} after {duration_ms} ms");
    }
}

/// The panic hook has printed where; its payload may hold anything, so it is not repeated.
fn on_panic(_payload: Box<dyn Any + Send>) -> Response {
    tracing::error!("A request's handler panicked; it was answered with 500 and everything else goes on");
    Problem::internal_without_cause().into_response()
}

async fn limit_time(State(clock): State<SharedClock>, request: Request, next: Next) -> Response {
    clock::timeout(&*clock, TIME_MAX, next.run(request)).await.unwrap_or_else(|late| {
        tracing::error!("A request was given up: {late}");
        Problem::too_slow().into_response()
    })
}

/// Refuses what announces itself as too long; what does not announce itself is cut off while it is read.
async fn refuse_long_bodies(request: Request<Body>, next: Next) -> Response {
    let announced: Option<usize> =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    match announced {
        Some(length) if length > BODY_BYTES_MAX => Problem::too_large(BODY_BYTES_MAX).into_response(),
        _ => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use jiff::Timestamp;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use tokio::sync::Notify;
    use tower::ServiceExt as _;

    use super::*;
    use crate::clock::ManualClock;
    use crate::telemetry::LogTap;
    use crate::web::error::{ApiJson, unknown_method, unknown_path};

    fn router() -> Router {
        let router = Router::new()
            .route("/voice/{nonce}", get(async || "hello"))
            .route("/count", post(async |body: Bytes| body.len().to_string()))
            .route("/json", post(async |ApiJson(text): ApiJson<String>| text.len().to_string()))
            .route("/asset", get(async || ([(CACHE_CONTROL, "max-age=60")], "svg")))
            .route("/hangs", get(std::future::pending::<()>))
            .route("/panics", get(async || -> &'static str { panic!("canary in the panic") }))
            .fallback(unknown_path)
            .method_not_allowed_fallback(unknown_method);
        let clock: SharedClock = ManualClock::standing(Timestamp::UNIX_EPOCH, 1.0);
        let request_ids = RequestIds::new(&mut StdRng::seed_from_u64(1));
        wrap(router, LayersSettings { clock, request_ids, under_way: UnderWay::default() })
    }

    #[tokio::test]
    async fn what_was_begun_is_finished_although_nobody_waits_for_the_answer() {
        let [begun, go_on, finished] = [(); 3].map(|()| Arc::new(Notify::new()));
        let steps = [begun.clone(), go_on.clone(), finished.clone()];
        let slow = async move || {
            steps[0].notify_one();
            steps[1].notified().await;
            steps[2].notify_one();
        };
        let settings = LayersSettings {
            clock: ManualClock::standing(Timestamp::UNIX_EPOCH, 1.0),
            request_ids: RequestIds::new(&mut StdRng::seed_from_u64(1)),
            under_way: UnderWay::default(),
        };
        let (clock, under_way) = (settings.clock.clone(), settings.under_way.clone());
        let router = wrap(Router::new().route("/slow", post(slow)), settings);
        tokio::select! {
            // Dropped in the middle, as a server drops it when the connection is reset.
            answer = router.oneshot(Request::post("/slow").body(Body::empty()).unwrap()) => panic!("{answer:?}"),
            () = begun.notified() => {}
        }
        go_on.notify_one();
        let within = Duration::from_secs(10);
        clock::timeout(&*clock, within, finished.notified()).await.expect("it was finished");
        under_way.tracker.close();
        clock::timeout(&*clock, within, under_way.tracker.wait()).await.expect("nothing is left");
    }

    async fn send(request: axum::http::request::Builder, body: impl Into<Body>) -> Response {
        router().oneshot(request.body(body.into()).unwrap()).await.unwrap()
    }

    async fn fetch(path: &str) -> Response {
        send(Request::get(path), Body::empty()).await
    }

    fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
        response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn every_answer_carries_an_identifier_and_safe_headers() {
        for path in ["/voice/x", "/nowhere", "/panics"] {
            let response = fetch(path).await;
            assert!(header(&response, "x-request-id").unwrap().ends_with("-1"), "{path}");
            assert_eq!(header(&response, "x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(header(&response, "cache-control"), Some("no-store"), "{path}");
        }
        assert_eq!(header(&fetch("/asset").await, "cache-control"), Some("max-age=60"));
    }

    #[tokio::test]
    async fn a_strangers_identifier_is_not_taken_over() {
        let response = send(Request::get("/voice/x").header("x-request-id", "forged"), Body::empty()).await;
        assert!(!header(&response, "x-request-id").unwrap().contains("forged"));
    }

    #[tokio::test]
    async fn secrets_in_addresses_and_headers_stay_out_of_the_log() {
        let tap = LogTap::default();
        let _listening = tap.listen();
        for path in ["/voice/canary?token=canary", "/no-such-path/canary?canary", "/panics?canary"] {
            let request =
                Request::get(path).header(AUTHORIZATION, "Bearer canary").header(COOKIE, "canary=1");
            send(request, Body::empty()).await;
        }
        assert!(tap.contains("Answered a request with 200 after 0 ms"));
        assert!(tap.contains("route=/voice/{nonce}") && tap.contains("route=(unknown)"));
        assert!(!tap.contains("canary"), "{:?}", tap.lines());
    }

    #[tokio::test]
    async fn a_panicking_handler_is_answered_with_a_problem() {
        let response = fetch("/panics").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hanging_handler_is_given_up_after_half_a_minute() {
        let response = fetch("/hangs").await;
        assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
        assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
    }

    #[tokio::test]
    async fn long_bodies_are_refused_announced_or_not() {
        let exact = vec![b'x'; BODY_BYTES_MAX];
        let longer = vec![b'x'; BODY_BYTES_MAX + 1];
        assert_eq!(send(Request::post("/count"), exact).await.status(), StatusCode::OK);
        let announced = Request::post("/count").header(CONTENT_LENGTH, longer.len());
        let response = send(announced, longer.clone()).await;
        assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let chunks =
            || Body::from_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(longer.clone())]));
        let unannounced = send(Request::post("/count"), chunks()).await;
        assert_eq!(unannounced.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let json = Request::post("/json").header("content-type", "application/json");
        let response = send(json, chunks()).await;
        assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
