//! The few small pages, and what they are drawn with. They ask for nothing from anywhere else, and whoever
//! frames or scripts them gets nothing.

use std::sync::OnceLock;

use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};
use rust_embed::RustEmbed;
use serde::Serialize;

#[derive(RustEmbed)]
#[folder = "templates/pages/"]
struct Templates;

/// Far above what these pages use; one that loops for ever stops here.
const FUEL: u64 = 50_000;
const HTML: &str = "text/html; charset=utf-8";
/// Scripts and styles of our own only; sockets anywhere, since trying them is what one page is for.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);
const FRAMES: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-frame-options"), HeaderValue::from_static("DENY"));
const STYLE: &str = include_str!("../../templates/assets/pages.css");
const DIAGNOSTICS: &str = include_str!("../../templates/assets/diagnostics.js");
const WEBSOCKET_TEST: &str = include_str!("../../templates/assets/websocket-test.js");

/// The page in `templates/pages/` of this name, filled with `words`.
pub fn render(name: &str, words: impl Serialize) -> Response {
    static ENGINE: OnceLock<Environment<'static>> = OnceLock::new();
    let drawn = ENGINE
        .get_or_init(engine)
        .get_template(name)
        .and_then(|template| template.render(Value::from(Serde(words))));
    match drawn {
        Ok(html) => {
            let mut response = ([(CONTENT_TYPE, HTML)], html).into_response();
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
            response.headers_mut().insert(FRAMES.0, FRAMES.1);
            response
        }
        Err(error) => super::error::Problem::internal(&error).into_response(),
    }
}

fn engine() -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    engine.set_fuel(Some(FUEL));
    // Names end in `.html`, which is what switches the escaping on.
    engine.set_loader(|name| {
        Ok(Templates::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned()))
    });
    engine
}

/// What a browser sees at `/`: a sign of life, whether it is all practice, and nothing that is anybody's
/// business.
pub fn home(practice: bool) -> Response {
    let mut page = render("home.html", minijinja::context! { practice });
    page.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    page
}

/// The page before the doctor's report; the token is typed into it.
pub fn diagnostics_door() -> Response {
    let mut page = render("diagnostics-door.html", ());
    page.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    page
}

/// Its script.
pub async fn diagnostics_script() -> Response {
    asset("text/javascript; charset=utf-8", DIAGNOSTICS)
}

/// Whether a browser asks: it says that it takes HTML, while scripts take anything.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let mut accepts = headers.get_all(ACCEPT).iter();
    accepts.any(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

/// The page that tries sockets; the token is typed into it.
pub async fn websocket_test() -> Response {
    render("websocket-test.html", ())
}

/// Its script.
pub async fn websocket_test_script() -> Response {
    asset("text/javascript; charset=utf-8", WEBSOCKET_TEST)
}

/// The style of all pages.
pub async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "max-age=3600")], text).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn every_page_can_be_drawn_and_nobody_may_frame_it() {
        for page in [home(true), home(false), diagnostics_door(), websocket_test().await] {
            assert_eq!(page.status(), StatusCode::OK);
            let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
            let html = to_bytes(page.into_body(), 100_000).await.unwrap();
            let html = std::str::from_utf8(&html).unwrap();
            assert!(html.starts_with("<!doctype html>") && html.contains("width=device-width"), "{html}");
            assert!(!html.contains("style=") && !html.contains("onclick"), "the policy would forbid it");
        }
    }

    #[test]
    fn what_is_filled_in_is_escaped() {
        let mut engine = engine();
        engine.add_template("probe.html", "{{ word }}").unwrap();
        let drawn = engine.get_template("probe.html").unwrap().render(minijinja::context! { word => "<b>" });
        assert_eq!(drawn.unwrap(), "&lt;b&gt;");
    }
}
