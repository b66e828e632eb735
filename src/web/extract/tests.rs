use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tower::ServiceExt as _;

use super::*;
use crate::clock::ManualClock;
use crate::store::Store;
use crate::telemetry::LogTap;
use crate::zones::Zones;

const TOKEN: &str = "0123456789abcdef";
const AUTH_TOKEN: &str = "12345";
const SIGNATURE: &str = "x-twilio-signature";

#[derive(Clone)]
struct App {
    admin: Arc<AdminToken>,
    gate: Arc<WebhookGate>,
    refusals: Arc<Refusals>,
    desk: Arc<Desk>,
}

impl FromRef<App> for Arc<Desk> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.desk)
    }
}

impl FromRef<App> for Arc<Refusals> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.refusals)
    }
}

impl FromRef<App> for Arc<AdminToken> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.admin)
    }
}

impl FromRef<App> for Arc<WebhookGate> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.gate)
    }
}

async fn router(directory: &std::path::Path) -> Router {
    let addresses = Addresses::new("https://wake.example.com".parse().unwrap()).unwrap();
    let clock = ManualClock::standing(jiff::Timestamp::UNIX_EPOCH, 1.0);
    let store = Store::open(&directory.join("coach.db")).await.unwrap();
    let rng = StdRng::seed_from_u64(1);
    let app = App {
        admin: Arc::new(AdminToken::new(&TOKEN.into())),
        gate: Arc::new(WebhookGate::new(addresses, Validator::new(vec![AUTH_TOKEN.into()]))),
        refusals: Arc::new(Refusals::new(clock.clone())),
        desk: Arc::new(Desk::new(store, Arc::new(Zones::bundled()), clock, rng, None)),
    };
    let said = async |form: SignedForm| format!("{:?} {:?}", form.form.pairs(), form.idempotency_token);
    let stream = async |axum::extract::State(app): axum::extract::State<App>, request: Request| {
        let (parts, _) = request.into_parts();
        if app.gate.signed_handshake(&parts) { "signed" } else { "not signed" }.into_response()
    };
    Router::new()
        .route("/admin", get(async |_: AdminAuth| "welcome"))
        .route("/voice/{nonce}", any(said))
        .nest("/nested", Router::new().route("/status", any(said)))
        .route("/media-stream/{ticket}", any(stream))
        .with_state(app)
}

/// Signs as the vendor's documentation says, by other means than the code under test.
fn sign(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, AUTH_TOKEN.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

async fn send(request: Builder, body: impl Into<Body>) -> (u16, String) {
    let name: u64 = rand::make_rng::<StdRng>().random();
    let directory = std::env::temp_dir().join(format!("wakeup-extract-{name:016x}"));
    std::fs::create_dir_all(&directory).unwrap();
    let router = router(&directory).await;
    let response: Response = router.oneshot(request.body(body.into()).unwrap()).await.unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn post(path: &str) -> Builder {
    Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
}

#[tokio::test]
async fn the_owner_is_known_by_her_token() {
    for authorization in [format!("Bearer {TOKEN}"), format!("bearer {TOKEN}"), format!("BEARER  {TOKEN} ")] {
        let (status, body) = send(Request::get("/admin").header(AUTHORIZATION, authorization), "").await;
        assert_eq!((status, body.as_str()), (200, "welcome"));
    }
}

#[tokio::test]
async fn nobody_else_is_the_owner() {
    for authorization in
        ["", "Bearer", "Bearer ", "Bearer wrong", "Basic 0123456789abcdef", TOKEN, "Bearer 0123456789abcde"]
    {
        let request = Request::get("/admin").header(AUTHORIZATION, authorization);
        assert_eq!(send(request, "").await.0, 401, "{authorization}");
    }
    let bearer = format!("Bearer {TOKEN}");
    let twice = Request::get("/admin").header(AUTHORIZATION, &bearer).header(AUTHORIZATION, "Bearer wrong");
    assert_eq!(send(twice, "").await.0, 401);
    let in_the_query =
        Request::get(format!("/admin?token={TOKEN}")).header("cookie", format!("token={TOKEN}"));
    assert_eq!(send(in_the_query.header("x-forwarded-for", "127.0.0.1"), "").await.0, 401);
}

#[tokio::test]
async fn a_signed_form_is_taken_with_all_its_fields() {
    let signature = sign("https://wake.example.com/voice/abc?x=%2B1CallSidCA1Digits");
    let request = post("/voice/abc?x=%2B1").header(SIGNATURE, signature);
    let (status, body) =
        send(request.header("I-Twilio-Idempotency-Token", "t1"), "Digits=&CallSid=CA1").await;
    assert_eq!((status, body.as_str()), (200, r#"[("Digits", ""), ("CallSid", "CA1")] Some("t1")"#));
}

#[tokio::test]
async fn a_signed_get_gives_its_query() {
    let signature = sign("https://wake.example.com/voice/abc?CallSid=CA1&To=%2B49");
    let request = Request::get("/voice/abc?CallSid=CA1&To=%2B49").header(SIGNATURE, signature);
    assert_eq!(send(request, "").await, (200, r#"[("CallSid", "CA1"), ("To", "+49")] None"#.to_owned()));
}

#[tokio::test]
async fn the_configured_address_counts_and_no_header_does() {
    let signature = sign("https://wake.example.com/nested/statusa1");
    let request =
        || post("/nested/status").header(HOST, "127.0.0.1:8765").header("x-forwarded-host", "evil.example");
    assert_eq!(send(request().header(SIGNATURE, signature), "a=1").await.0, 200);
    let for_another = sign("https://evil.example/nested/statusa1");
    assert_eq!(send(request().header(SIGNATURE, for_another), "a=1").await.0, 403);
}

#[tokio::test]
async fn anything_changed_or_missing_is_refused() {
    let good = sign("https://wake.example.com/voice/abcCallSidCA1");
    for (path, body, signature) in [
        ("/voice/abc", "CallSid=CA2", good.as_str()),
        ("/voice/abc", "CallSid=CA1&To=1", &good),
        ("/voice/abc", "", &good),
        ("/voice/abd", "CallSid=CA1", &good),
        ("/voice/abc?a=1", "CallSid=CA1", &good),
        ("/voice/abc", "CallSid=CA1", "bm9uc2Vuc2U="),
        ("/voice/abc", "CallSid=CA1", "ä"),
        ("/voice/abc", "CallSid=CA1", ""),
    ] {
        assert_eq!(
            send(post(path).header(SIGNATURE, signature), body).await.0,
            403,
            "{path} {body} {signature}"
        );
    }
    assert_eq!(send(post("/voice/abc"), "CallSid=CA1").await.0, 403);
    let twice = post("/voice/abc").header(SIGNATURE, &good).header(SIGNATURE, &good);
    assert_eq!(send(twice, "CallSid=CA1").await.0, 403);
}

#[tokio::test]
async fn other_bodies_are_refused_before_anything_is_believed() {
    let signature = sign("https://wake.example.com/voice/abc");
    let json =
        Request::post("/voice/abc").header(CONTENT_TYPE, "application/json").header(SIGNATURE, &signature);
    assert_eq!(send(json, "{}").await.0, 415);
    let get_with_body = Request::get("/voice/abc").header(CONTENT_TYPE, FORM).header(SIGNATURE, &signature);
    assert_eq!(send(get_with_body, "a=1").await.0, 415);
    let long = vec![b'a'; BODY_BYTES_MAX + 1];
    assert_eq!(send(post("/voice/abc").header(SIGNATURE, &signature), long).await.0, 413);
    assert_eq!(send(Request::post("/voice/abc").header(SIGNATURE, &signature), "").await.0, 200);
}

#[tokio::test]
async fn a_media_sockets_handshake_is_signed_for_wss() {
    let right = sign("wss://wake.example.com/media-stream/abc");
    let wrong = sign("https://wake.example.com/media-stream/abc");
    for (signature, expected) in [(&right, "signed"), (&wrong, "not signed")] {
        let request = Request::get("/media-stream/abc").header(SIGNATURE, signature);
        assert_eq!(send(request, "").await.1, expected);
    }
    assert_eq!(send(Request::get("/media-stream/abc"), "").await.1, "not signed");
}

#[tokio::test]
async fn a_refusal_tells_the_log_what_to_look_at_and_the_stranger_nothing() {
    let tap = LogTap::default();
    let _listening = tap.listen();
    let (_, unsigned) = send(post("/voice/canary"), "CallSid=canary").await;
    let forged = || post("/voice/canary?canary").header(SIGNATURE, "canary");
    send(forged().header(HOST, "wake.example.com:443"), "SpeechResult=canary").await;
    send(forged().header(HOST, "fresh-tunnel.example.net"), "").await;
    let text = tap.lines().into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n");
    assert_snapshot!(text, @r"
    Refused a request to /voice/{nonce}: it has no signature route=/voice/{nonce}
    Refused a request to /voice/{nonce}: its signature does not fit https://wake.example.com/. If it came from the carrier, TWILIO_AUTH_TOKEN is another account's or was replaced, or BASE_URL differs from the address the carrier uses (scheme, port and path count) route=/voice/{nonce}
    Refused a request to /voice/{nonce}: its signature does not fit https://wake.example.com/. It came for fresh-tunnel.example.net: if that is your tunnel's or proxy's address now, BASE_URL is out of date route=/voice/{nonce}
    ");
    assert_snapshot!(unsigned, @r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"This address takes requests signed by the carrier only."}"#);
    assert!(!tap.contains("canary"));
}

#[test]
fn nothing_presented_can_be_read_off_debug_output() {
    let form = SignedForm { form: Form::parse(b"From=%2B4930901820"), idempotency_token: None };
    let shown = format!("{form:?} {:?}", AdminToken::new(&TOKEN.into()));
    assert!(!shown.contains("901820") && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn a_strangers_host_is_cut_to_size_before_it_is_logged() {
    assert_eq!(printable("evil\u{1b}[31m.example {}\n"), "evil[31m.example");
    assert_eq!(printable(&"a".repeat(1_000)).len(), 100);
}
