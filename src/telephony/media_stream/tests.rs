//! The socket against a carrier on loopback: the opening, the sound both ways, and every way to end.

use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::routing::get;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message as PeerMessage;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::*;
use crate::clock::ManualClock;

const CONNECTED: &str = r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#;
const START: &str = r#"{"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{"accountSid":"AC1",
    "streamSid":"MZ1","callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw",
    "sampleRate":8000,"channels":1},"customParameters":{}}}"#;

/// The carrier's end of a socket.
struct Peer {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    _server: JoinSet<()>,
}

impl Peer {
    async fn says(&mut self, text: &str) {
        self.socket.send(PeerMessage::text(text)).await.unwrap();
    }

    async fn hears(&mut self) -> Value {
        let message = self.socket.next().await.unwrap().unwrap();
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }
}

async fn sockets() -> (Peer, WebSocket) {
    let (tx, mut rx) = mpsc::channel(1);
    let upgrade = move |upgrade: WebSocketUpgrade| async move {
        upgrade
            .read_buffer_size(READ_BUFFER_BYTES)
            .max_message_size(FRAME_BYTES_MAX)
            .max_frame_size(FRAME_BYTES_MAX)
            .on_upgrade(move |socket| async move { tx.send(socket).await.unwrap() })
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, Router::new().route("/", get(upgrade))).await.unwrap() });
    let (socket, _) = connect_async(url).await.unwrap();
    (Peer { socket, _server: server }, rx.recv().await.unwrap())
}

fn clock(speed: f64) -> SharedClock {
    ManualClock::standing(Timestamp::UNIX_EPOCH, speed)
}

/// What comes of a socket on which the carrier says these things first.
async fn accept(texts: &[&str], speed: f64) -> Result<(Peer, MediaSocket, StreamStart), MediaError> {
    let (mut peer, socket) = sockets().await;
    for text in texts {
        peer.says(text).await;
    }
    let (media, start) = MediaSocket::accept(socket, clock(speed), START_DEADLINE).await?;
    Ok((peer, media, start))
}

async fn running(speed: f64) -> (Peer, MediaSocket) {
    let (peer, media, _) = accept(&[CONNECTED, START], speed).await.unwrap();
    (peer, media)
}

#[tokio::test]
async fn a_stream_starts_and_says_whose_it_is() {
    let (_peer, _media, start) = accept(&[CONNECTED, START], 1.0).await.unwrap();
    assert_eq!((start.stream_sid.as_str(), start.call), ("MZ1", CallId::new("CA1")));
    assert_eq!((start.account_sid.as_deref(), start.custom.len()), (Some("AC1"), 0));
}

#[tokio::test]
async fn anything_else_at_the_start_is_an_error_that_says_what_came() {
    for (texts, said) in [
        (vec!["hello"], "the media stream began with a text that is no message"),
        (vec![CONNECTED, r#"{"event":"media"}"#], r#"the media stream began with the event "media""#),
        (vec![CONNECTED, r#"{"event":"start"}"#], r#"the media stream began with the event "start""#),
        (
            vec![r#"{"event":"start","streamSid":"MZ1","start":{"callSid":""}}"#],
            "the media stream began with a start without a call",
        ),
        (
            vec![r#"{"event":"start","start":{"callSid":"CA1"}}"#],
            "the media stream began with a start without a stream",
        ),
        (
            vec![
                r#"{"event":"start","start":{"callSid":"CA1","streamSid":"M","mediaFormat":{"encoding":"audio/x-l16"}}}"#,
            ],
            "the media stream is not mu-law at 8 kHz on one channel",
        ),
    ] {
        let error = accept(&texts, 1.0).await.err().unwrap();
        assert_eq!(error.to_string(), said);
    }
}

#[tokio::test]
async fn a_silent_or_departing_peer_does_not_hold_the_door() {
    let error = accept(&[CONNECTED], 200.0).await.err().unwrap();
    assert!(matches!(error, MediaError::Stalled(_)), "{error:?}");
    let (peer, socket) = sockets().await;
    drop(peer.socket);
    let error = MediaSocket::accept(socket, clock(1.0), START_DEADLINE).await.err().unwrap();
    assert!(matches!(error, MediaError::Closed), "{error:?}");
}

#[tokio::test]
async fn sound_keys_and_marks_come_in_and_the_rest_is_skipped() {
    let (mut peer, mut media) = running(1.0).await;
    for text in [
        r#"{"event":"media","streamSid":"MZ1","media":{"track":"inbound","chunk":"1","timestamp":"155","payload":"ab\/+"}}"#,
        r#"{"event":"news"}"#,
        "garbage",
        r#"{"event":"dtmf","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"1"}}"#,
        r#"{"event":"mark","streamSid":"MZ1","mark":{"name":"g0-1"}}"#,
        r#"{"event":"stop","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}"#,
    ] {
        peer.says(text).await;
    }
    let MediaEvent::Media { timestamp_ms, chunk, payload } = media.next().await else { panic!("no media") };
    assert_eq!((timestamp_ms, chunk, payload.as_str()), (155, Some(1), "ab/+"));
    assert_eq!(media.next().await, MediaEvent::Dtmf { digit: '1' });
    assert_eq!(media.next().await, MediaEvent::Mark { name: "g0-1".to_owned() });
    assert_eq!(media.next().await, MediaEvent::Stop);
    assert_eq!(media.garbage(), 1);
    peer.socket.close(None).await.unwrap();
    assert_eq!(media.next().await, MediaEvent::Closed(Closing::ByPeer));
    assert_eq!(media.next().await, MediaEvent::Closed(Closing::ByPeer), "the end stays the end");
    assert!(matches!(media.clear().await, Err(MediaError::Closed)));
}

#[tokio::test]
async fn what_we_send_is_what_the_carrier_expects() {
    let (mut peer, mut media) = running(1.0).await;
    media.media(&[0xff; 160]).await.unwrap();
    media.mark("g1-\"7\"").await.unwrap();
    media.clear().await.unwrap();
    let sound = peer.hears().await;
    let payload = Payload::parse(sound["media"]["payload"].as_str().unwrap().to_owned().into()).unwrap();
    assert_eq!(payload.decode().unwrap(), vec![0xff; 160]);
    assert_eq!((&sound["event"], &sound["streamSid"]), (&json!("media"), &json!("MZ1")));
    assert_eq!(
        peer.hears().await,
        json!({"event": "mark", "streamSid": "MZ1", "mark": {"name": "g1-\"7\""}})
    );
    assert_eq!(peer.hears().await, json!({"event": "clear", "streamSid": "MZ1"}));
    media.ping().await.unwrap();
    assert!(peer.socket.next().await.unwrap().unwrap().is_ping());
}

#[tokio::test]
async fn waiting_for_the_next_event_may_be_given_up_at_any_moment() {
    let (mut peer, mut media) = running(1.0).await;
    assert!(media.next().now_or_never().is_none());
    let long =
        format!(r#"{{"event":"media","media":{{"timestamp":"20","payload":"{}"}}}}"#, "A".repeat(40_000));
    peer.says(&long).await;
    // Ask again and again, dropping every future that is not done at once.
    let event = loop {
        match media.next().now_or_never() {
            Some(event) => break event,
            None => tokio::task::yield_now().await,
        }
    };
    let MediaEvent::Media { payload, .. } = event else { panic!("{event:?}") };
    assert_eq!(payload.mulaw_len(), 30_000);
    assert_eq!(media.garbage(), 0);
}

#[tokio::test]
async fn too_much_garbage_ends_it_and_a_little_does_not() {
    let (mut peer, mut media) = running(1.0).await;
    for _ in 0..GARBAGE_MAX {
        peer.says("{").await;
    }
    peer.says(r#"{"event":"dtmf","dtmf":{"digit":"5"}}"#).await;
    assert_eq!(media.next().await, MediaEvent::Dtmf { digit: '5' });
    peer.socket.send(PeerMessage::binary(vec![0])).await.unwrap();
    assert_eq!(media.next().await, MediaEvent::Closed(Closing::Garbage));
}

#[tokio::test]
async fn an_oversized_message_ends_it() {
    let (mut peer, mut media) = running(1.0).await;
    peer.says(&"x".repeat(FRAME_BYTES_MAX + 1)).await;
    assert_eq!(media.next().await, MediaEvent::Closed(Closing::Broken));
}

#[tokio::test]
async fn a_peer_that_dies_without_a_word_is_noticed() {
    let (peer, mut media) = running(1.0).await;
    drop(peer.socket);
    let event = media.next().await;
    assert!(matches!(event, MediaEvent::Closed(Closing::Broken | Closing::ByPeer)), "{event:?}");
}

#[tokio::test]
async fn a_line_that_takes_nothing_any_more_is_dead_after_five_seconds() {
    let (_peer, mut media) = running(100.0).await;
    // Nobody reads: the buffers on the way fill up, and then a send has nowhere to go.
    let sound = vec![0xff; 40_000];
    let error = loop {
        if let Err(error) = media.media(&sound).await {
            break error;
        }
    };
    assert!(matches!(error, MediaError::Stalled(_)), "{error:?}");
    assert!(matches!(media.mark("late").await, Err(MediaError::Closed)));
    assert_eq!(media.next().await, MediaEvent::Closed(Closing::Broken));
}

#[tokio::test]
async fn closing_says_goodbye_even_while_sound_comes_in() {
    let (mut peer, media) = running(1.0).await;
    for _ in 0..100 {
        peer.says(r#"{"event":"media","media":{"timestamp":"1","payload":"AAAA"}}"#).await;
    }
    let clock = media.clock.clone();
    let carrier = async {
        let mut code = None;
        // To the end, as a carrier does: the answer to a goodbye is written while reading on.
        while let Some(Ok(message)) = peer.socket.next().await {
            if let PeerMessage::Close(Some(frame)) = message {
                code = Some(u16::from(frame.code));
            }
        }
        code
    };
    let begun = clock.elapsed();
    let (code, ()) = tokio::join!(carrier, media.close());
    assert_eq!(code, Some(1000));
    assert!(clock.elapsed() < begun + CLOSE_DEADLINE, "the carrier's goodbye was not noticed");
}

#[tokio::test]
async fn a_peer_that_never_says_goodbye_is_left_all_the_same() {
    let (_peer, media) = running(20.0).await;
    media.close().await;
}
