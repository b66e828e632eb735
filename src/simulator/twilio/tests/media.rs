use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::*;
use crate::simulator::sleeper::{Act, Sleeper, When};
use crate::simulator::twilio::params::param;
use crate::simulator::twilio::{CallRecord, Happening};
use crate::simulator::voices::{self, Voice};

async fn streaming(acts: Vec<Act>, manner: &str) -> Day {
    let day = Day::new(Sleeper::answering(Duration::from_secs(1), acts)).await;
    let stream = format!(
        "<Connect action=\"/ended\"><Stream url=\"wss://wake.example.com/media/{manner}?lost=1\" \
         statusCallback=\"https://wake.example.com/stream\"><Parameter name=\"a\" value=\"b\"/></Stream></Connect>"
    );
    day.says("/voice", &stream);
    day.says("/ended", "<Hangup/>");
    day
}

fn told(day: &Day) -> Vec<String> {
    let asked = day.asked("/stream");
    asked.iter().map(|asked| asked.get("StreamEvent").unwrap().to_owned()).collect()
}

fn ending(call: &CallRecord) -> &str {
    call.streams[0].ending.as_deref().unwrap()
}

fn of_event(media: &[Value], event: &str) -> Vec<Value> {
    media.iter().filter(|message| message["event"] == event).cloned().collect()
}

#[tokio::test]
async fn a_stream_opens_as_documented_plays_what_it_gets_and_goes_on_when_we_close() {
    let day = streaming(Vec::new(), "greet").await;
    let sid = day.call(&[]).await;
    day.over().await;
    let media = day.media();
    assert_eq!(media[0], json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" }));
    let start = &media[1]["start"];
    assert_eq!((&media[1]["sequenceNumber"], &start["callSid"]), (&json!("1"), &json!(sid)));
    assert_eq!(start["tracks"], json!(["inbound"]));
    assert_eq!(start["customParameters"], json!({ "a": "b" }));
    assert_eq!(
        start["mediaFormat"],
        json!({ "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 })
    );
    let first = &of_event(&media, "media")[0];
    assert_eq!((&first["sequenceNumber"], &first["media"]["chunk"]), (&json!("2"), &json!("1")));
    assert_eq!((&first["media"]["timestamp"], &first["media"]["track"]), (&json!("160"), &json!("inbound")));
    let headers = &day.media_headers()[0];
    assert!(headers.get("origin").is_none() && headers.get("user-agent").is_none());
    let signed = super::super::signature::sign("token", "wss://wake.example.com/media/greet", &[]);
    assert_eq!(headers["x-twilio-signature"], signed.as_str());

    let greeting = voices::speech_for("Good morning, Anna!", Voice::Coach);
    let audio = &day.exchange.media(&sid)[0];
    assert!(audio.received == greeting, "received as sent");
    let played: Vec<u8> = audio.played.iter().flat_map(|stretch| stretch.bytes.to_vec()).collect();
    assert!(played == greeting, "and played whole");
    let call = day.exchange.call(&sid).unwrap();
    assert_eq!((ending(&call), call.codes()), ("closed by the account", Vec::new()));
    assert_eq!(call.streams[0].marks, ["greeted"]);
    assert_eq!(told(&day), ["stream-started", "stream-stopped"]);
    assert_eq!(day.asked("/ended").len(), 1);
    assert!(of_event(&media, "stop").is_empty(), "who closes is not told to stop");
    day.close().await;
}

#[tokio::test]
async fn she_is_heard_byte_for_byte_in_frames_of_twenty_milliseconds() {
    let day = streaming(vec![Act::say("Yes, I'm awake."), Act::hang_up()], "patient").await;
    let sid = day.call(&[]).await;
    day.over().await;
    let sent = day.exchange.media(&sid)[0].sent.clone();
    assert_eq!(voices::recognise(&sent).text(), "Yes, I'm awake.");
    let clip = voices::speech_for("Yes, I'm awake.", Voice::Sleeper);
    let starts_at = |frame: usize| sent[frame * 160..].starts_with(&clip);
    assert!((0..sent.len() / 160).any(starts_at), "her words begin with a frame and are whole");
    let media = day.media();
    let frames = of_event(&media, "media");
    let stamps: Vec<u64> =
        frames.iter().map(|frame| frame["media"]["timestamp"].as_str().unwrap().parse().unwrap()).collect();
    assert!(stamps.windows(2).all(|pair| pair[1] == pair[0] + 20));
    let stop = &of_event(&media, "stop")[0];
    assert_eq!(stop["stop"], json!({ "accountSid": "AC1", "callSid": sid }));
    assert_eq!(ending(&day.exchange.call(&sid).unwrap()), "hung up");
    assert!(day.asked("/ended").is_empty());
    day.close().await;
}

#[tokio::test]
async fn a_clear_stops_playback_and_echoes_every_mark() {
    let speaks = Act::Interrupt { text: "Stop, please.".into(), into_coach: Duration::from_secs(1) };
    let day = streaming(vec![speaks], "yield").await;
    let sid = day.call(&[]).await;
    day.over().await;
    let call = day.exchange.call(&sid).unwrap();
    assert_eq!(call.streams[0].marks, ["first", "last"]);
    let clear = call.streams[0].clears[0];
    let audio = &day.exchange.media(&sid)[0];
    let played: usize = audio.played.iter().map(|stretch| stretch.bytes.len()).sum();
    assert_eq!(clear.played_bytes, played);
    assert_eq!(clear.played_bytes + clear.dropped_bytes, audio.received.len());
    assert_eq!(audio.played_bytes_at(clear.at), played);
    assert!(clear.played_bytes >= 8_000, "a second had been played: {clear:?}");
    day.close().await;
}

#[tokio::test]
async fn a_failed_handshake_is_told_and_the_call_goes_on() {
    for (manner, code) in [("refuse", 31_920), ("greet", 31_902)] {
        let day = streaming(Vec::new(), manner).await;
        day.exchange.faults(|faults| faults.media.refused = code == 31_902);
        let sid = day.call(&[]).await;
        day.over().await;
        assert_eq!(day.exchange.call(&sid).unwrap().codes(), [code]);
        assert_eq!(told(&day), ["stream-error"]);
        assert_eq!(day.asked("/ended").len(), 1, "{manner}");
        day.close().await;
    }
}

#[tokio::test]
async fn garbage_is_warned_of_once_and_ignored() {
    let day = streaming(Vec::new(), "garbage").await;
    let sid = day.call(&[]).await;
    day.over().await;
    assert_eq!(day.exchange.call(&sid).unwrap().codes(), [31_951, 31_950]);
    assert!(day.exchange.media(&sid)[0].received.is_empty());
    day.close().await;
}

#[tokio::test]
async fn a_socket_that_dies_on_either_side_lets_the_call_go_on() {
    for ours in [true, false] {
        let day = streaming(Vec::new(), if ours { "patient" } else { "drop" }).await;
        day.exchange.faults(|faults| faults.media.drops_after = ours.then_some(Duration::from_secs(3)));
        let sid = day.call(&[]).await;
        day.over().await;
        let call = day.exchange.call(&sid).unwrap();
        assert_eq!((ending(&call), call.codes()), ("lost", vec![31_903]));
        assert_eq!(day.asked("/ended").len(), 1);
        day.close().await;
    }
}

#[tokio::test]
async fn a_redirect_ends_the_stream_with_a_stop() {
    let mut day = streaming(Vec::new(), "patient").await;
    let sid = day.call(&[]).await;
    day.until(|what| *what == Happening::CoachPaused).await;
    let twiml = [param("Twiml", "<Response><Say>Goodbye!</Say></Response>")];
    let reply = day.rest(Method::POST, &format!("/Calls/{sid}.json"), &twiml).await.unwrap();
    assert_eq!(reply.status, 200);
    day.over().await;
    let call = day.exchange.call(&sid).unwrap();
    assert_eq!((ending(&call), call.said.as_slice()), ("redirected", ["Goodbye!".to_owned()].as_slice()));
    assert_eq!(of_event(&day.media(), "stop").len(), 1);
    assert!(day.asked("/ended").is_empty());
    day.close().await;
}

#[tokio::test]
async fn frames_can_be_missing_and_then_the_timestamps_jump() {
    let acts = vec![Act::HangUp { after: When::After(Duration::from_secs(4)) }];
    let day = streaming(acts, "patient").await;
    let gap = (Duration::from_secs(1), Duration::from_secs(2));
    day.exchange.faults(|faults| faults.media.gaps = vec![gap]);
    day.call(&[]).await;
    day.over().await;
    let frames = of_event(&day.media(), "media");
    let number = |frame: &Value, name: &str| frame["media"][name].as_str().unwrap().parse::<u64>().unwrap();
    let jump =
        frames.windows(2).find(|pair| number(&pair[1], "timestamp") > number(&pair[0], "timestamp") + 20);
    let [before, after] = jump.unwrap() else { unreachable!("windows of two") };
    assert_eq!((number(before, "timestamp"), number(after, "timestamp")), (980, 2_000));
    assert_eq!(number(after, "chunk"), number(before, "chunk") + 1);
    day.close().await;
}

#[tokio::test]
async fn keys_come_as_dtmf() {
    let press = Act::Press { digits: "7".into(), after: When::CoachPauses(Duration::from_secs(1)) };
    let day = streaming(vec![press, Act::hang_up()], "patient").await;
    day.call(&[]).await;
    day.over().await;
    let dtmf = &of_event(&day.media(), "dtmf")[0]["dtmf"];
    assert_eq!(*dtmf, json!({ "track": "inbound_track", "digit": "7" }));
    day.close().await;
}
