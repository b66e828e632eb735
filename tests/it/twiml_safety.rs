//! Hostile text in voice documents: whatever she is called, says, or a model writes, it is read aloud and
//! never obeyed.

use std::time::Duration;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;
use wakeup_coach::calls::What;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::openai::faults::ChatFault;
use wakeup_coach::simulator::openai::script::Step;
use wakeup_coach::simulator::sleeper::{Act, Sleeper};
use wakeup_coach::simulator::twilio::{CallRecord, WebhookKind};

use crate::support::TestDay;

const MONDAY: &str = "2026-03-02T06:29:00[Europe/Berlin]";
const HOSTILE: &str = "Bo</Say><Hangup/><Say>b & \"so\" 'on' ]]> &lt; &#0; <!-- --> <?xml?> \u{1}\u{7}\u{b}\u{202e} \u{fffe} 😀";
const HER_NUMBER: &str = "+14155550143";

/// A sleeper with a name like that, called by hand.
async fn call_her(day: &mut TestDay, path: &str) -> CallRecord {
    let sleeper = day.morning.add_sleeper(HOSTILE, HER_NUMBER).await.unwrap();
    let acts = vec![
        Act::say(HOSTILE),
        Act::say("&amp; <Redirect>https://evil.example</Redirect>"),
        Act::say("Goodbye."),
    ];
    let script = Sleeper::answering(Duration::from_secs(1), acts);
    day.morning.exchange().set_sleeper(HER_NUMBER, vec![script]);
    let (status, placed) = day.ask("POST", path, &format!(r#"{{"sleeper": "{}"}}"#, sleeper.id)).await;
    assert_eq!(status, 200, "{placed}");
    assert_eq!(day.ended().await, End::Up, "nothing of the text was obeyed");
    day.carrier_calls().remove(0)
}

/// Every document that the carrier fetched: well-formed, of known verbs, with absolute addresses.
fn check_documents(call: &CallRecord) -> Vec<String> {
    assert_eq!(call.codes(), [0_u32; 0], "{:#?}", call.problems);
    let documents: Vec<String> =
        call.webhooks_of(WebhookKind::Document).map(|webhook| webhook.body.clone()).collect();
    for document in &documents {
        check_document(document);
    }
    documents
}

fn check_document(document: &str) {
    let mut reader = Reader::from_str(document);
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) => {
                check_element(&start);
                open.push(start.name().as_ref().to_owned());
            }
            Event::Empty(start) => check_element(&start),
            Event::End(_) => _ = open.pop(),
            Event::Text(text) => {
                let verb = open.last().map_or("", String::as_str);
                assert!(text.chars().all(|letter| !letter.is_control() || letter == '\n'), "{document}");
                if matches!(verb, "Redirect" | "Play") {
                    check_address(&text);
                }
            }
            Event::GeneralRef(reference) => {
                assert!(matches!(&*reference, "amp" | "lt" | "gt" | "quot" | "apos"), "{document}");
            }
            Event::Eof => break,
            Event::Decl(_) => {}
            other => panic!("{other:?} in {document}"),
        }
    }
    assert!(open.is_empty());
    assert!(document.len() < 4_000, "no endless documents either: {}", document.len());
}

fn check_element(start: &BytesStart<'_>) {
    let name = start.name().as_ref().to_owned();
    let known = ["Response", "Say", "Gather", "Play", "Pause", "Hangup", "Connect", "Stream", "Redirect"]
        .contains(&&*name);
    assert!(known, "<{name}>");
    for attribute in start.attributes() {
        let attribute = attribute.unwrap();
        match attribute.key.as_ref() {
            "action" | "statusCallback" | "url" => check_address(&attribute.value),
            // The carrier streams both ways only without it.
            "track" => panic!("<{name}> has a track"),
            _ => {}
        }
    }
}

fn check_address(address: &str) {
    let url: Url = address.parse().expect("an absolute address");
    assert!(matches!(url.scheme(), "https" | "wss"), "{address}");
    assert_eq!(url.host_str(), Some("coach.localhost"));
    // The carrier drops what follows a question mark from a stream's address.
    assert!(url.query().is_none() && url.fragment().is_none(), "{address}");
}

#[tokio::test]
async fn her_name_her_words_and_the_chat_model_cannot_break_a_document() {
    let mut day = TestDay::at(MONDAY).await.never_realtime().await.believes_a_goodbye();
    day.morning.models().faults(|faults| faults.chat_next = [ChatFault::Hostile, ChatFault::Hostile].into());
    let call = call_her(&mut day, "/test-call-traditional").await;
    let documents = check_documents(&call);
    assert_eq!(documents.len(), 4, "an opening, two answers, a goodbye");
    assert!(documents[0].contains("Bo"), "her name is still said: {}", documents[0]);
    assert!(call.said.iter().any(|said| said.contains("Good & bad")), "{:#?}", call.said);
    assert!(!day.log.contains("evil.example"));
    day.close().await;
}

#[tokio::test]
async fn a_chat_model_that_answers_with_raw_markup_cannot_break_a_document() {
    let mut day = TestDay::at(MONDAY).await.never_realtime().await.believes_a_goodbye();
    let raw = format!("<Response><Hangup/></Response>{HOSTILE}");
    let shaped = serde_json::json!({"say": raw.repeat(40), "awake": false, "evidence": HOSTILE}).to_string();
    day.morning.models().script_chat(vec![raw, shaped]);
    let call = call_her(&mut day, "/test-call-traditional").await;
    assert_eq!(check_documents(&call).len(), 4);
    day.close().await;
}

#[tokio::test]
async fn a_realtime_call_and_its_fall_back_are_as_safe() {
    let mut day = TestDay::at(MONDAY).await.believes_a_goodbye();
    day.morning.models().script(vec![Step::Say(HOSTILE.to_owned()); 3]);
    let mut line = day.morning.exchange().subscribe();
    let sleeper = day.morning.add_sleeper(HOSTILE, HER_NUMBER).await.unwrap();
    let acts = vec![Act::say(HOSTILE), Act::StaySilent(Duration::from_secs(8)), Act::say("Goodbye.")];
    day.morning.exchange().set_sleeper(HER_NUMBER, vec![Sleeper::answering(Duration::from_secs(1), acts)]);
    let body = format!(r#"{{"sleeper": "{}"}}"#, sleeper.id);
    assert_eq!(day.ask("POST", "/test-call-realtime", &body).await.0, 200);
    day.event("the greeting", |what| matches!(what, What::FirstAudio(_))).await;
    day.morning
        .models()
        .faults(|faults| faults.handshake = wakeup_coach::simulator::openai::faults::Handshake::Refuse(503));
    day.morning.models().drop_connections();
    day.event("the fall back", |what| matches!(what, What::FellBack(_))).await;
    assert_eq!(day.ended().await, End::Up);
    let call = day.carrier_calls().remove(0);
    let documents = check_documents(&call);
    assert!(documents[0].contains("<Stream url=\"wss://coach.localhost/media-stream/"), "{}", documents[0]);
    assert!(documents.len() >= 3, "{documents:#?}");
    assert!(line.try_recv().is_ok(), "the exchange was at work");
    day.close().await;
}
