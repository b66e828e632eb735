//! The echo sockets: open to the token or a ticket, bounded, and gone when the program stops.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{MONDAY, assert_is_problem, sends};
use crate::support::TestDay;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a socket; the refusing status when it is not let in.
async fn opens(day: &TestDay, path: &str, token: Option<&str>) -> Result<Socket, u16> {
    let url = format!("ws://{}{path}", day.morning.running.address);
    let mut request = url.into_client_request().unwrap();
    if let Some(token) = token {
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(refusal)) => Err(refusal.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

fn token(day: &TestDay) -> &str {
    day.morning.admin_token.expose_secret()
}

async fn hears(socket: &mut Socket) -> Message {
    socket.next().await.expect("an answer").expect("a message")
}

async fn hears_json(socket: &mut Socket) -> Value {
    serde_json::from_str(hears(socket).await.to_text().unwrap()).unwrap()
}

#[tokio::test]
async fn what_is_said_comes_back() {
    let day = TestDay::at(MONDAY).await;
    let mut told = opens(&day, "/test-websocket", Some(token(&day))).await.unwrap();
    assert_eq!(
        hears_json(&mut told).await,
        json!({"status": "connected", "message": "WebSocket is working!"})
    );
    told.send(Message::text("guten Morgen ☀")).await.unwrap();
    let echo = hears_json(&mut told).await;
    assert_eq!(
        (&echo["echo"], &echo["timestamp"]),
        (&json!("guten Morgen ☀"), &json!("2026-03-02T05:29:00Z"))
    );
    let mut plain = opens(&day, "/ws-test", Some(token(&day))).await.unwrap();
    for message in [Message::text("a"), Message::binary(vec![0, 255]), Message::text("x".repeat(4096))] {
        plain.send(message.clone()).await.unwrap();
        assert_eq!(hears(&mut plain).await, message);
    }
    plain.close(None).await.unwrap();
    told.close(None).await.unwrap();
    day.close().await;
}

#[tokio::test]
async fn a_ticket_opens_for_five_minutes_what_a_stranger_cannot() {
    let day = TestDay::at(MONDAY).await;
    let (status, shown) = day.ask("GET", "/websocket-status", "").await;
    assert_eq!((status, &shown["websocket_support"]), (200, &json!("enabled")));
    assert!(shown["routes"].as_array().unwrap().iter().any(|route| route["path"] == "/test-websocket"));
    assert_eq!(shown["websocket_urls"][0], json!("wss://coach.localhost/test-websocket"));
    let ticket = shown["ticket"].as_str().unwrap().to_owned();
    for path in ["/test-websocket", "/ws-test"] {
        let mut socket = opens(&day, &format!("{path}?ticket={ticket}"), None).await.unwrap();
        socket.close(None).await.unwrap();
        let forged = format!("{path}?ticket=9{ticket}");
        for (path, token) in [(path, None), (path, Some("wrong")), (forged.as_str(), None)] {
            assert_eq!(opens(&day, path, token).await.unwrap_err(), 401, "{path}");
        }
        assert_eq!(opens(&day, &format!("{path}?token={}", token(&day)), None).await.unwrap_err(), 401);
    }
    day.advance(Duration::from_mins(5));
    assert_eq!(opens(&day, &format!("/ws-test?ticket={ticket}"), None).await.unwrap_err(), 401);
    assert_eq!(day.ask("GET", &format!("/list-scheduled?ticket={ticket}"), "").await.0, 200);
    assert_eq!(day.ask_as(None, "GET", &format!("/list-scheduled?ticket={ticket}"), "").await.0, 401);
    assert!(!day.log.contains(&ticket));
    day.close().await;
}

#[tokio::test]
async fn number_size_and_time_are_bounded() {
    let day = TestDay::plan(MONDAY, 64.0, |_| {}).await;
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(opens(&day, "/ws-test", Some(token(&day))).await.unwrap());
    }
    assert_eq!(opens(&day, "/ws-test", Some(token(&day))).await.unwrap_err(), 503);
    let (_, shown) = day.ask("GET", "/websocket-status", "").await;
    assert_eq!((&shown["test_sockets_open"], &shown["test_sockets_max"]), (&json!(8), &json!(8)));
    let mut chatty = all.remove(0);
    chatty.send(Message::text("x".repeat(4097))).await.unwrap();
    let Message::Close(Some(frame)) = hears(&mut chatty).await else { panic!("it is closed") };
    assert_eq!(frame.code, CloseCode::Size);
    let mut huge = all.remove(0);
    huge.send(Message::text("x".repeat(100_000))).await.ok();
    assert!(!matches!(huge.next().await, Some(Ok(Message::Text(_)))), "it is not echoed");
    for socket in &mut all {
        let Message::Close(Some(frame)) = hears(socket).await else { panic!("time is up") };
        assert_eq!((frame.code, frame.reason.as_str()), (CloseCode::Normal, "time is up"));
    }
    day.close().await;
}

#[tokio::test]
async fn an_open_socket_does_not_keep_the_program_from_stopping() {
    let day = TestDay::at(MONDAY).await;
    let mut socket = opens(&day, "/ws-test", Some(token(&day))).await.unwrap();
    day.close().await;
    let Message::Close(Some(frame)) = hears(&mut socket).await else { panic!("it is closed") };
    assert_eq!(frame.code, CloseCode::Away);
}

#[tokio::test]
async fn a_plain_request_to_a_socket_is_told_what_to_do() {
    let day = TestDay::at(MONDAY).await;
    let bearer = format!("Bearer {}", token(&day));
    for method in ["GET", "POST"] {
        let (status, _, text) = sends(&day, method, "/test-websocket", &[("authorization", &bearer)]).await;
        assert_eq!(status, 400, "{text}");
        assert_is_problem(400, &serde_json::from_str(&text).unwrap());
        let (status, ..) = sends(&day, method, "/ws-test", &[]).await;
        assert_eq!(status, 401);
    }
    let (status, kind, html) = sends(&day, "GET", "/websocket-test.html", &[]).await;
    assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
    assert!(html.contains("websocket-test.js") && !html.contains(token(&day)));
    day.close().await;
}
