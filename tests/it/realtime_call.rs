//! Realtime mode when all goes well: every byte, in time, to the last word; and the tools' limits.

use serde_json::Value;
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::mode::{ModeReason, Probability};
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::openai::record::SessionRecord;
use wakeup_coach::simulator::openai::script::{Step, ToolCall};
use wakeup_coach::simulator::sleeper::{Act, Sleeper, When};
use wakeup_coach::simulator::twilio::CallStatus;
use wakeup_coach::simulator::voices::{Voice, speech_for};

use crate::support::TestDay;
use crate::support::far_side::{MORNING, assert_same_sound, between, ms, played, secs};

#[tokio::test]
async fn a_live_conversation_wakes_her_at_her_minute() {
    let mut day = TestDay::at("2026-03-02T06:29:00[Europe/Berlin]").await.always_realtime().await;
    day.wakes_daily_at(6, 30).await;
    day.jump_to("2026-03-02T06:30:00[Europe/Berlin]");
    assert_eq!(day.ended().await, End::Up);
    let attempt = day.only_attempt().await;
    assert_eq!(attempt.attempt.decision.mode.name(), "realtime");
    assert!(attempt.attempt.fell_back.is_none());
    assert!(attempt.verdict.is_some());
    assert_eq!(day.carrier_calls().len(), 1);
    day.close().await;
}

#[tokio::test]
async fn every_byte_arrives_both_ways_in_order() {
    // Twice real time: at higher speeds a short stall of the machine makes her audio stale.
    let mut day = TestDay::plan(MORNING, 2.0, |_| {}).await.always_realtime().await;
    let quick = When::CoachPauses(ms(200));
    day.sleeps_like(vec![Sleeper::answering(
        ms(200),
        vec![Act::Say { text: "Hello?".to_owned(), after: quick }, Act::HangUp { after: quick }],
    )]);
    let lines = ["Hello, Anna.", "What day is it today, and what are your plans?"];
    day.morning.models().script(lines.map(|line| Step::Say(line.to_owned())).to_vec());
    day.ask("POST", "/test-call-realtime", "").await;
    day.ended().await;
    let (sound, session) = (day.sound(), day.sessions().swap_remove(0));
    let said = lines.map(|line| speech_for(line, Voice::Coach)).concat();
    assert_same_sound(&session.audio_out, &said, "what the model said");
    assert_same_sound(&sound.received, &session.audio_out, "what the line received");
    assert_same_sound(&played(&sound), &session.audio_out, "what the sleeper heard");
    assert_same_sound(&session.audio_in, &sound.sent, "what the model heard");
    assert_eq!(session.heard, ["Hello?"]);
    day.close().await;
}

#[tokio::test]
async fn a_hole_in_her_sound_is_filled_so_that_the_model_keeps_time() {
    let mut day = TestDay::plan(MORNING, 4.0, |_| {}).await.always_realtime().await;
    // Within her "Yes, I'm awake.": she begins when the greeting has ended.
    let hole = (ms(2_100), ms(2_600));
    day.morning.exchange().faults(|faults| faults.media.gaps = vec![hole]);
    day.morning.models().script(vec![Step::Say("Hello, Anna.".to_owned())]);
    let answer = Act::Say { text: "Yes, I'm awake.".to_owned(), after: When::CoachPauses(ms(500)) };
    let leaves = Act::HangUp { after: When::CoachPauses(ms(500)) };
    day.sleeps_like(vec![Sleeper::answering(ms(500), vec![answer, leaves])]);
    day.ask("POST", "/test-call-realtime", "").await;
    day.ended().await;
    let (sound, session) = (day.sound(), day.sessions().swap_remove(0));
    assert_eq!(session.audio_in.len(), sound.sent.len() + 500 * 8, "half a second of silence stands in");
    // The first frame comes 160 ms after the stream's start.
    let before = (2_100 - 160) * 8;
    assert_same_sound(&session.audio_in[..before], &sound.sent[..before], "before the hole");
    assert_same_sound(&session.audio_in[before..before + 4_000], &[0xff; 4_000], "in the hole");
    assert_same_sound(&session.audio_in[before + 4_000..], &sound.sent[before..], "behind the hole");
    day.close().await;
}

#[tokio::test]
async fn a_greeting_waits_for_a_carrier_that_is_slow_to_connect() {
    let mut day = TestDay::at(MORNING).await.always_realtime().await.believes_a_goodbye();
    day.morning.exchange().faults(|faults| faults.media.slow = secs(4));
    day.sleeps_like(vec![Sleeper::answering(secs(3), vec![Act::say("Goodbye.")])]);
    day.rings().await;
    assert_eq!(day.ended().await, End::Up);
    let session = day.sessions().swap_remove(0);
    assert_same_sound(&played(&day.sound()), &session.audio_out, "from the first word to the last");
    assert!(session.said[0].starts_with("Good morning, Anna!"), "{:?}", session.said);
    day.close().await;
}

#[tokio::test]
async fn the_coach_is_heard_within_300_ms_of_the_streams_start() {
    let mut day = TestDay::in_real_time(MORNING).await.always_realtime().await;
    let leaves = Act::HangUp { after: When::After(ms(1_000)) };
    day.sleeps_like(vec![Sleeper::answering(ms(700), vec![leaves])]);
    day.ask("POST", "/test-call-realtime", "").await;
    day.ended().await;
    let started = day.last_call().streams[0].started.expect("the stream stood");
    let after = between(started, day.sound().played[0].at);
    assert!(after <= ms(300), "{after:?}");
    let recorded = day.only_attempt().await.first_audio.expect("written down");
    assert!(recorded.abs_diff(after) <= ms(200), "we say {recorded:?}, the line says {after:?}");
    day.close().await;
}

#[tokio::test]
async fn a_goodbye_is_heard_to_its_end_even_when_she_speaks_into_it() {
    let mut day = TestDay::at(MORNING).await.always_realtime().await.believes_a_goodbye();
    let bye = Act::Interrupt { text: "Goodbye.".to_owned(), into_coach: ms(1_500) };
    let acts = vec![Act::say("Yes, I'm awake."), Act::say("It's Monday and I have the early shift."), bye];
    day.sleeps_like(vec![Sleeper::answering(secs(1), acts)]);
    day.rings().await;
    assert_eq!(day.ended().await, End::Up);
    let (sound, call, session) = (day.sound(), day.last_call(), day.sessions().swap_remove(0));
    let goodbye = "Wonderful, you are really up. Have a good day, Anna. Goodbye!";
    assert!(session.said.iter().any(|said| said == goodbye), "{:?}", session.said);
    assert!(played(&sound).ends_with(&speech_for(goodbye, Voice::Coach)), "the last words are the goodbye");
    let (silent, over) = (sound.played.last().unwrap().end(), call.ended().expect("the call is over"));
    assert!(silent <= over && over <= silent + secs(6), "silence at {silent:?}, hung up at {over:?}");
    assert!(call.heard.contains(&"Goodbye.".to_owned()), "she spoke into it: {:?}", call.heard);
    day.close().await;
}

#[tokio::test]
async fn a_test_call_runs_in_the_mode_asked_for_and_only_for_the_owner() {
    let mut day = TestDay::at(MORNING).await;
    let leaves = Act::HangUp { after: When::After(ms(1_500)) };
    day.sleeps_like(vec![Sleeper::answering(ms(300), vec![leaves])]);
    let cases = [("POST", "realtime"), ("GET", "realtime"), ("POST", "traditional"), ("GET", "traditional")];
    for (calls, (method, mode)) in cases.into_iter().enumerate() {
        let (realtime, path) = (mode == "realtime", format!("/test-call-{mode}"));
        // The draw would always say the other.
        let against = if realtime { Probability::NEVER } else { Probability::ALWAYS };
        day.morning.set_probability(against).await.unwrap();
        for stranger in [None, Some("guessed")] {
            assert_eq!(day.ask_as(stranger, method, &path, "").await.0, 401, "{method} {path}");
        }
        assert_eq!(day.carrier_calls().len(), calls, "a stranger placed a call");
        let (status, answer) = day.ask(method, &path, "").await;
        day.ended().await;
        let call = day.last_call();
        assert_eq!((status, answer["status"].is_string()), (200, true), "{answer}");
        assert_eq!(
            (&answer["call_sid"], &answer["using_realtime_api"]),
            (&Value::from(call.sid), &Value::from(realtime))
        );
        let attempts = day.attempts().await;
        let made = attempts.iter().find(|record| answer["attempt"] == record.attempt.id.to_string().as_str());
        let decision = made.expect("the answer names the attempt").attempt.decision;
        assert_eq!((decision.mode.name(), decision.reason, decision.draw), (mode, ModeReason::Forced, None));
        let first = &call.documents[0];
        assert_eq!((first.contains("<Stream"), first.contains("<Gather")), (realtime, !realtime), "{first}");
    }
    day.close().await;
}

#[tokio::test]
async fn a_model_that_is_satisfied_too_soon_is_refused_and_the_call_goes_on() {
    let mut day = TestDay::at(MORNING).await.always_realtime().await;
    day.sleeps_like(vec![Sleeper::prompt_riser()]);
    let confirm = ToolCall::new("confirm_awake", r#"{"evidence":"she said hello"}"#);
    let end = ToolCall::new("end_call", r#"{"reason":"awake"}"#);
    day.morning.models().script(vec![
        Step::Say("Hello, Anna.".to_owned()),
        Step::TwoCalls(confirm, end.clone()),
        Step::SayThenCall("Not yet, I want to hear you a little longer.".to_owned(), end),
    ]);
    day.rings().await;
    assert_eq!(day.ended().await, End::Up);
    let session = day.sessions().swap_remove(0);
    let answers = tool_answers(&session);
    let accepted: Vec<bool> = answers.iter().map(|answer| answer["ok"] == true).collect();
    assert_eq!(accepted[..3], [false; 3], "{answers:#?}");
    // A sum, and the end.
    assert!(accepted.ends_with(&[true, true]), "{answers:#?}");
    assert!(session.heard.len() >= 3, "she was asked on: {:?}", session.heard);
    assert_eq!(session.errors, Vec::<Value>::new());
    assert_eq!(day.carrier_calls().len(), 1);
    day.close().await;
}

/// What the tools answered, in order.
fn tool_answers(session: &SessionRecord) -> Vec<Value> {
    let outputs =
        session.client_events.iter().filter(|event| event["item"]["type"] == "function_call_output");
    outputs.map(|event| serde_json::from_str(event["item"]["output"].as_str().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn a_snooze_ends_the_call_kindly_and_calls_again_after_nine_minutes() {
    let mut day = TestDay::at(MORNING).await.always_realtime().await.believes_a_goodbye();
    let pleads = ["Five more minutes, please.", "Oh please, just five more minutes."].map(Act::say).to_vec();
    let wakes = vec![Act::say("Goodbye.")];
    day.sleeps_like(vec![Sleeper::answering(secs(1), pleads), Sleeper::answering(secs(1), wakes)]);
    day.rings().await;
    assert_eq!(day.skip_the_wait().await.as_mins(), 9);
    let granted =
        speech_for("All right, nine more minutes, then I'll call you back. Talk to you soon.", Voice::Coach);
    assert!(played(&day.sound()).ends_with(&granted), "the promise was heard to its end");
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.outcomes().await, [Outcome::Snoozed, Outcome::Up]);
    assert_eq!(day.carrier_calls().iter().filter(|call| call.status == CallStatus::Completed).count(), 2);
    day.close().await;
}
