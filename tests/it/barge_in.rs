//! She speaks over the coach: silence at once, and the model learns what was really heard, no more, no less.
//!
//! The truth is the exchange's own book: what it had played when our `clear` arrived.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use wakeup_coach::simulator::openai::record::ModelEvent;
use wakeup_coach::simulator::openai::script::Step;
use wakeup_coach::simulator::sleeper::{Act, Sleeper, When};
use wakeup_coach::simulator::twilio::Happening;
use wakeup_coach::simulator::voices::{Voice, speech_for};

use crate::support::TestDay;
use crate::support::far_side::{FarSide, MORNING, assert_same_sound, ms, played};

/// How far the told and the true may lie apart.
const TOLERANCE_MS: u64 = 60;

const LONG: &str = "I know it's early, and the bed is warm. What day is it today, and what are your plans?";

fn over(text: &str, into_coach: Duration) -> Act {
    Act::Interrupt { text: text.to_owned(), into_coach }
}

/// A realtime call in real time: the model says `script`, she does `acts`, and leaves in the coach's next pause.
async fn conversation(script: Vec<Step>, mut acts: Vec<Act>) -> TestDay {
    let day = TestDay::in_real_time(MORNING).await.always_realtime().await;
    acts.push(Act::HangUp { after: When::CoachPauses(ms(150)) });
    day.sleeps_like(vec![Sleeper::answering(ms(200), acts)]);
    day.morning.models().script(script);
    day
}

async fn play(day: &mut TestDay) {
    day.ask("POST", "/test-call-realtime", "").await;
    day.ended().await;
}

fn say(line: &str) -> Step {
    Step::Say(line.to_owned())
}

/// The ids of the spoken items with these words, as the model named them.
async fn items(far: &mut FarSide, lines: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for line in lines {
        let event =
            far.model(line, |event| matches!(event, ModelEvent::Said { text, .. } if text == line)).await;
        let ModelEvent::Said { item, .. } = event else { unreachable!("just matched") };
        ids.push(item);
    }
    ids
}

/// What the exchange had played when the first `clear` came, in milliseconds; its two books must agree.
fn played_at_clear(day: &TestDay) -> u64 {
    let clear = day.last_call().streams[0].clears[0];
    let by_clear = clear.played_bytes as u64 / 8;
    assert!(by_clear.abs_diff(day.sound().played_ms_at(clear.at)) <= 20, "the carrier's own books differ");
    by_clear
}

#[tokio::test]
async fn the_model_learns_what_she_heard_to_within_60_ms() {
    let mut day =
        conversation(vec![say(LONG), say("Well done.")], vec![over("Stop, please.", ms(900))]).await;
    play(&mut day).await;
    let (heard_ms, session) = (played_at_clear(&day), day.sessions().swap_remove(0));
    let [cut] = &session.truncations[..] else { panic!("one item is cut: {:?}", session.truncations) };
    assert!(cut.accepted, "{cut:?}");
    assert!(cut.audio_end_ms.abs_diff(heard_ms) <= TOLERANCE_MS, "told {cut:?}, played {heard_ms} ms");
    assert!((900..1_400).contains(&heard_ms), "the coach falls silent soon: {heard_ms} ms");
    assert_eq!(session.deleted, Vec::<String>::new());
    let (long, next) = (speech_for(LONG, Voice::Coach), speech_for("Well done.", Voice::Coach));
    let heard = [&long[..day.last_call().streams[0].clears[0].played_bytes], &next[..]].concat();
    assert_same_sound(&played(&day.sound()), &heard, "what she heard: the beginning, then the next line");
    let attempt = day.only_attempt().await;
    assert_eq!(attempt.barge_ins, 1);
    let said = day.morning.store.list_utterances(attempt.attempt.id).await.unwrap().swap_remove(0);
    assert!(said.interrupted && LONG.starts_with(&said.text) && said.text.len() < LONG.len() / 2, "{said:?}");
    assert_eq!(day.details("barge_in").await, [format!("after {} ms", cut.audio_end_ms)]);
    day.close().await;
}

#[tokio::test]
async fn a_model_that_delivers_everything_at_once_is_cut_as_exactly() {
    let mut day =
        conversation(vec![say(LONG), say("Well done.")], vec![over("Stop, please.", ms(900))]).await;
    day.morning.models().faults(|faults| faults.huge_delta = Some(1));
    play(&mut day).await;
    let (heard_ms, session) = (played_at_clear(&day), day.sessions().swap_remove(0));
    let [cut] = &session.truncations[..] else { panic!("one item is cut: {:?}", session.truncations) };
    assert!(cut.accepted && cut.produced_ms > 5_000, "{cut:?}");
    assert!(cut.audio_end_ms.abs_diff(heard_ms) <= TOLERANCE_MS, "told {cut:?}, played {heard_ms} ms");
    // The line never held more than a moment of it, so the silence came at once.
    let clear = day.last_call().streams[0].clears[0];
    assert!(clear.dropped_bytes <= 200 * 8, "{clear:?}");
    day.close().await;
}

#[tokio::test]
async fn a_queued_item_she_never_heard_is_taken_back() {
    let lines = ["I know it's early, and the bed is warm.", "Are your feet on the floor?"];
    let both = Step::TwoItems(lines[0].to_owned(), lines[1].to_owned());
    let mut day = conversation(vec![both, say("Well done.")], vec![over("Stop, please.", ms(900))]).await;
    let mut far = day.far_side();
    play(&mut day).await;
    let ids = items(&mut far, &lines).await;
    let (heard_ms, session) = (played_at_clear(&day), day.sessions().swap_remove(0));
    let [cut] = &session.truncations[..] else { panic!("one item is cut: {:?}", session.truncations) };
    assert!(cut.accepted && cut.item == ids[0], "{cut:?} of {ids:?}");
    assert!(cut.audio_end_ms.abs_diff(heard_ms) <= TOLERANCE_MS, "told {cut:?}, played {heard_ms} ms");
    assert_eq!(session.deleted, [ids[1].clone()], "cutting to nothing is refused, so it is deleted");
    assert_eq!(session.errors, Vec::<serde_json::Value>::new());
    day.close().await;
}

#[tokio::test]
async fn a_cut_in_the_second_item_is_counted_from_that_items_beginning() {
    let lines = ["Good morning!", LONG];
    let both = Step::TwoItems(lines[0].to_owned(), lines[1].to_owned());
    let mut day = conversation(vec![both, say("Well done.")], vec![over("Stop, please.", ms(1_600))]).await;
    let mut far = day.far_side();
    play(&mut day).await;
    let ids = items(&mut far, &lines).await;
    let first_ms = speech_for(lines[0], Voice::Coach).len() as u64 / 8;
    let (heard_ms, session) = (played_at_clear(&day) - first_ms, day.sessions().swap_remove(0));
    let [cut] = &session.truncations[..] else { panic!("one item is cut: {:?}", session.truncations) };
    assert!(cut.accepted && cut.item == ids[1], "{cut:?} of {ids:?}");
    assert!(cut.audio_end_ms.abs_diff(heard_ms) <= TOLERANCE_MS, "told {cut:?}, played {heard_ms} ms");
    assert_eq!(session.deleted, Vec::<String>::new());
    day.close().await;
}

#[tokio::test]
async fn nobody_is_cut_who_has_finished() {
    let mut day = TestDay::at(MORNING).await.always_realtime().await;
    day.rings().await;
    day.ended().await;
    let (call, session) = (day.last_call(), day.sessions().swap_remove(0));
    assert!(session.heard.len() >= 3, "she spoke several times: {:?}", session.heard);
    assert_eq!((session.truncations.len(), session.deleted.len()), (0, 0));
    assert_eq!(call.streams[0].clears.len(), 0);
    assert_same_sound(&played(&day.sound()), &session.audio_out, "every word was heard");
    assert_eq!(day.only_attempt().await.barge_ins, 0);
    day.close().await;
}

#[tokio::test]
async fn what_still_comes_of_a_sentence_that_was_cut_is_not_heard() {
    let hello = Act::Say { text: "Hello?".to_owned(), after: When::CoachPauses(ms(150)) };
    let script = vec![say("Hello."), say(LONG), say("Well done.")];
    let mut day = conversation(script, vec![hello, over("Stop, please.", ms(300))]).await;
    let mut far = day.far_side();
    day.ask("POST", "/test-call-realtime", "").await;
    far.model("her first words", |event| matches!(event, ModelEvent::Heard { .. })).await;
    let answering = far.model("an answer", |event| matches!(event, ModelEvent::Responding { .. })).await;
    let ModelEvent::Responding { response, .. } = answering else { unreachable!("just matched") };
    far.model("her interruption", |event| matches!(event, ModelEvent::BargedIn { .. })).await;
    far.line("silence", |event| event.what == Happening::Cleared).await;
    let cut = far.model("the cut", |event| matches!(event, ModelEvent::Truncated { .. })).await;
    let ModelEvent::Truncated { item, .. } = cut else { unreachable!("just matched") };
    // Half a second that was on its way already, of a sound that nobody else makes.
    let late = vec![0x2a_u8; 4_000];
    day.morning.models().send_raw(&late_delta(&response, &item, &late));
    day.ended().await;
    let received = day.sound().received;
    assert!(!received.windows(160).any(|frame| frame == &late[..160]), "the old sentence went on");
    assert!(received.ends_with(&speech_for("Well done.", Voice::Coach)), "the conversation went on");
    day.close().await;
}

fn late_delta(response: &str, item: &str, audio: &[u8]) -> String {
    json!({"type": "response.output_audio.delta", "event_id": "event_late", "response_id": response, "item_id": item,
           "output_index": 0, "content_index": 0, "delta": STANDARD.encode(audio)})
    .to_string()
}
