//! The media socket opens to the one-time ticket of one call, and to nothing else.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use wakeup_coach::clock::{SharedClock, timeout};
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Sleeper, When};
use wakeup_coach::simulator::twilio::Happening;

use crate::support::{SPEED, TestDay};

const MONDAY: &str = "2026-03-02T06:29:00[Europe/Berlin]";
/// The carrier takes so long to open its socket: room for somebody else to come first.
const HEAD_START: Duration = Duration::from_secs(12);
/// Simulated time after which an answer will not come any more.
const PATIENCE: Duration = Duration::from_mins(2);

type Socket = WebSocketStream<TcpStream>;

/// An answered realtime call whose media socket the carrier has not opened yet.
struct Held {
    day: TestDay,
    ticket: String,
    call: String,
}

/// A day on which handshakes need no signature: these stories have the ticket and not the carrier's token.
async fn unsigned_day() -> TestDay {
    let day =
        TestDay::plan(MONDAY, SPEED, |plan| plan.enforce_stream_signature = false).await.believes_a_goodbye();
    day.sleeps_like(vec![Sleeper::answering(Duration::from_secs(1), vec![Act::say("Goodbye.")])]);
    day
}

async fn held(day: TestDay) -> Held {
    held_for(day, HEAD_START).await
}

async fn held_for(day: TestDay, head_start: Duration) -> Held {
    let exchange = day.morning.exchange();
    exchange.faults(|faults| faults.media.slow = head_start);
    let mut line = exchange.subscribe();
    let (status, placed) = day.ask("POST", "/test-call-realtime", "").await;
    assert_eq!(status, 200, "{placed}");
    let document = async { while line.recv().await.unwrap().what != Happening::Document {} };
    timeout(&*clock(&day), PATIENCE, document).await.expect("the document is fetched");
    let attempt = day.only_attempt().await;
    let ticket = attempt.ticket.expect("a realtime call has a ticket").as_str().to_owned();
    let call = placed["call_sid"].as_str().unwrap().to_owned();
    // What was written into the document is this ticket and nothing that could be guessed from outside.
    assert!(day.carrier_calls()[0].documents[0].contains(&ticket) && ticket.len() >= 22);
    assert!(!ticket.contains(attempt.attempt.nonce.as_str()));
    Held { day, ticket, call }
}

fn clock(day: &TestDay) -> SharedClock {
    day.morning.clock.clone()
}

/// Tries to open the media socket; the refusal's status.
async fn knock(day: &TestDay, ticket: &str) -> Result<Socket, u16> {
    let address = day.morning.running.address;
    let stream = TcpStream::connect(address).await.unwrap();
    match tokio_tungstenite::client_async(format!("ws://{address}/media-stream/{ticket}"), stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("neither opened nor refused: {error}"),
    }
}

async fn say(socket: &mut Socket, message: &serde_json::Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

async fn start(socket: &mut Socket, call: &str) {
    say(socket, &json!({"event": "connected", "protocol": "Call", "version": "1.0.0"})).await;
    say(socket, &start_of(call)).await;
}

fn start_of(call: &str) -> serde_json::Value {
    json!({
        "event": "start", "sequenceNumber": "1", "streamSid": "MZ1",
        "start": {
            "accountSid": "AC1", "streamSid": "MZ1", "callSid": call, "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
        },
    })
}

/// Reads until the other side has closed; how many messages came before.
async fn closed(day: &TestDay, socket: &mut Socket) -> usize {
    let to_the_end = async {
        let mut messages = 0;
        while let Some(Ok(Message::Text(_))) = socket.next().await {
            messages += 1;
        }
        messages
    };
    timeout(&*clock(day), PATIENCE, to_the_end).await.expect("the socket is closed")
}

/// The stranger got nothing, and the call goes on without its stream.
async fn ends_well_in_traditional_mode(mut day: TestDay, reason: &str) {
    assert_eq!(day.ended().await, End::Up);
    let attempt = day.only_attempt().await;
    let fell_back = attempt.attempt.fell_back.as_ref().expect("the call fell back").reason.clone();
    assert!(fell_back.contains(reason), "{fell_back}");
    assert_eq!(day.morning.running.calls.live_streams(), 0);
    day.close().await;
}

#[tokio::test]
async fn a_guessed_ticket_opens_nothing_and_the_call_goes_on() {
    let Held { mut day, ticket, .. } = held_for(unsigned_day().await, Duration::from_secs(2)).await;
    let mut last_letter_changed = ticket.clone();
    let last = last_letter_changed.pop().unwrap();
    last_letter_changed.push(if last == 'A' { 'B' } else { 'A' });
    let nonce = day.only_attempt().await.attempt.nonce.as_str().to_owned();
    let call = day.carrier_calls()[0].sid.clone();
    for guess in [&*last_letter_changed, &nonce, &call, "x", "%00", "..%2f", "latest"] {
        assert_eq!(knock(&day, guess).await.err(), Some(404), "{guess}");
    }
    assert_eq!(day.ended().await, End::Up);
    let attempt = day.only_attempt().await;
    assert!(attempt.attempt.fell_back.is_none(), "the carrier's own ticket was still good");
    assert_eq!(day.carrier_calls()[0].codes(), [0_u32; 0]);
    day.close().await;
}

#[tokio::test]
async fn a_ticket_opens_once_and_of_two_at_a_time_one_wins() {
    let Held { day, ticket, .. } = held(unsigned_day().await).await;
    let (one, other) = tokio::join!(knock(&day, &ticket), knock(&day, &ticket));
    assert!(one.is_ok() != other.is_ok(), "{:?} {:?}", one.err(), other.err());
    assert_eq!(one.as_ref().err().or(other.as_ref().err()), Some(&404));
    assert_eq!(knock(&day, &ticket).await.err(), Some(404), "used is used");
    drop((one, other));
    ends_well_in_traditional_mode(day, "did not start").await;
}

#[tokio::test]
async fn a_stream_of_another_call_is_shown_out() {
    let Held { day, ticket, .. } = held(unsigned_day().await).await;
    let mut stranger = knock(&day, &ticket).await.unwrap();
    start(&mut stranger, "CA00000000000000000000000000000000").await;
    assert_eq!(closed(&day, &mut stranger).await, 0, "not a sound was sent");
    ends_well_in_traditional_mode(day, "belonged to another call").await;
}

#[tokio::test]
async fn a_ticket_is_worth_nothing_once_its_call_is_over() {
    let day = unsigned_day().await;
    let leaves = Act::HangUp { after: When::After(Duration::from_secs(1)) };
    day.sleeps_like(vec![Sleeper::answering(Duration::from_secs(1), vec![leaves])]);
    let Held { mut day, ticket, call } = held(day).await;
    // She was gone before the carrier had opened the socket: nobody has used the ticket.
    assert_eq!(day.ended().await, End::CallsExhausted);
    assert!(day.only_attempt().await.ticket_used_at.is_none());
    assert_eq!(knock(&day, &ticket).await.err(), Some(404));
    assert!(
        day.morning.exchange().call(&call).unwrap().streams.iter().all(|stream| stream.started.is_none())
    );
    assert_eq!(day.morning.models().open_sockets(), 0, "the model that was ready for her was let go");
    day.close().await;
}

#[tokio::test]
async fn an_unsigned_handshake_is_refused_where_signatures_are_enforced() {
    let day = TestDay::at(MONDAY).await.believes_a_goodbye();
    day.sleeps_like(vec![Sleeper::answering(Duration::from_secs(1), vec![Act::say("Goodbye.")])]);
    let Held { mut day, ticket, .. } = held_for(day, Duration::from_secs(2)).await;
    assert_eq!(knock(&day, &ticket).await.err(), Some(403));
    assert!(day.log.contains("Refusing a media stream whose handshake is not signed"));
    assert_eq!(day.ended().await, End::Up);
    assert!(day.only_attempt().await.attempt.fell_back.is_none(), "the refusal has not torn the ticket");
    assert!(!day.log.contains(&ticket));
    day.close().await;
}

#[tokio::test]
async fn an_unsigned_handshake_is_only_logged_where_they_are_not() {
    let Held { day, ticket, .. } = held(unsigned_day().await).await;
    let stranger = knock(&day, &ticket).await.unwrap();
    assert!(day.log.contains("not signed as expected (not enforced)"));
    drop(stranger);
    ends_well_in_traditional_mode(day, "did not start").await;
}

#[tokio::test]
async fn a_socket_that_never_starts_is_closed_after_five_seconds() {
    let Held { day, ticket, .. } = held(unsigned_day().await).await;
    let opened_at = day.morning.exchange().elapsed();
    let mut stranger = knock(&day, &ticket).await.unwrap();
    say(&mut stranger, &json!({"event": "connected", "protocol": "Call", "version": "1.0.0"})).await;
    assert_eq!(closed(&day, &mut stranger).await, 0);
    let patience = day.morning.exchange().elapsed().saturating_sub(opened_at);
    assert!((4..12).contains(&patience.as_secs()), "{patience:?}");
    ends_well_in_traditional_mode(day, "stood still").await;
}

#[tokio::test]
async fn a_socket_that_begins_with_nonsense_is_closed_at_once() {
    for (nonsense, reason) in [
        (Message::binary(vec![0; 400]), "a binary frame"),
        (
            Message::text(json!({"event": "start", "streamSid": "MZ1", "start": {}}).to_string()),
            "without a call",
        ),
    ] {
        let Held { day, ticket, .. } = held(unsigned_day().await).await;
        let mut stranger = knock(&day, &ticket).await.unwrap();
        stranger.send(nonsense).await.unwrap();
        assert_eq!(closed(&day, &mut stranger).await, 0);
        ends_well_in_traditional_mode(day, reason).await;
    }
}

/// Whoever holds the ticket and knows the call, but then misbehaves, loses the line; the call does not.
async fn misbehaves(messages: Vec<Message>) {
    let Held { day, ticket, call } = held(unsigned_day().await).await;
    let mut peer = knock(&day, &ticket).await.unwrap();
    start(&mut peer, &call).await;
    for message in messages {
        // The socket may be closed before all of it is sent.
        if peer.send(message).await.is_err() {
            break;
        }
    }
    closed(&day, &mut peer).await;
    ends_well_in_traditional_mode(day, "").await;
}

#[tokio::test]
async fn an_oversized_frame_closes_the_socket_only() {
    misbehaves(vec![Message::text("x".repeat(64 * 1024 + 1))]).await;
}

#[tokio::test]
async fn sixty_garbage_frames_close_the_socket_only() {
    let garbage = (0..60).map(|number| match number % 3 {
        0 => Message::binary(vec![0xff; 160]),
        1 => Message::text("not JSON"),
        _ => Message::text(r#"{"event": "media"}"#),
    });
    misbehaves(garbage.collect()).await;
}

#[tokio::test]
async fn a_little_garbage_and_a_second_start_are_endured() {
    let Held { day, ticket, call } = held(unsigned_day().await).await;
    let mut peer = knock(&day, &ticket).await.unwrap();
    start(&mut peer, &call).await;
    for _ in 0..10 {
        peer.send(Message::text("not JSON")).await.unwrap();
        peer.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    }
    say(&mut peer, &start_of("CAdeadbeefdeadbeefdeadbeefdeadbeef")).await;
    say(&mut peer, &json!({"event": "something new", "streamSid": "MZ1"})).await;
    // The greeting is heard all the same.
    let greeting = async {
        loop {
            let message = peer.next().await.expect("the line is open").unwrap();
            if message.to_text().is_ok_and(|text| text.contains(r#""event":"media""#)) {
                return;
            }
        }
    };
    timeout(&*clock(&day), PATIENCE, greeting).await.expect("the coach speaks");
    assert_eq!(day.morning.running.calls.live_streams(), 1);
    drop(peer);
    ends_well_in_traditional_mode(day, "").await;
}

#[tokio::test]
async fn a_plain_request_is_told_to_upgrade_and_tears_no_ticket() {
    let Held { mut day, ticket, .. } = held_for(unsigned_day().await, Duration::from_secs(2)).await;
    for method in ["GET", "HEAD"] {
        assert_eq!(day.ask_as(None, method, &format!("/media-stream/{ticket}"), "").await.0, 400, "{method}");
    }
    assert_eq!(day.ask_as(None, "POST", &format!("/media-stream/{ticket}"), "").await.0, 405);
    assert_eq!(day.ended().await, End::Up);
    assert!(day.only_attempt().await.attempt.fell_back.is_none());
    day.close().await;
}

/// Half-open connections and drop-by-drop headers, as many as a bored stranger may bring.
#[tokio::test]
async fn slow_strangers_do_not_keep_the_carrier_out() {
    let mut day = unsigned_day().await;
    let address = day.morning.running.address;
    let mut strangers = Vec::new();
    for _ in 0..200 {
        let mut stranger = TcpStream::connect(address).await.unwrap();
        stranger.write_all(b"GET /media-stream/x HTTP/1.1\r\nhost: wake").await.unwrap();
        strangers.push(stranger);
    }
    assert_eq!(day.ask("POST", "/test-call-realtime", "").await.0, 200);
    assert_eq!(day.ended().await, End::Up);
    assert!(day.only_attempt().await.attempt.fell_back.is_none());
    // They were there all the time, waiting to be waited for.
    let nothing_yet = |stranger: &TcpStream| {
        stranger.try_read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    };
    assert!(strangers.iter().all(nothing_yet));
    drop(strangers);
    day.close().await;
}
