//! The chat model of traditional mode misbehaves: a scripted line fits the stage, and the talk goes on.

use std::time::Duration;

use wakeup_coach::simulator::openai::faults::ChatFault;
use wakeup_coach::simulator::sleeper::{Act, Sleeper, Wits};
use wakeup_coach::simulator::twilio::{CallRecord, Happening, WebhookKind};

use super::{MEASURED, ends_well};
use crate::support::TestDay;
use crate::support::far_side::{MORNING, between, secs};

/// The carrier would wait 15 s, a sleepy person does not.
const ANSWER_WITHIN: Duration = secs(6);

/// A traditional call whose chat model does this with her first answer, both times if it is asked again.
async fn a_call_with(fault: &ChatFault) -> TestDay {
    // Where the model uses our patience up, the rest of the limit is the machine's: give it real time.
    let uses_it_up = matches!(fault, ChatFault::Slow(_) | ChatFault::Silent);
    let speed = if uses_it_up { MEASURED / 2.0 } else { MEASURED * 2.0 };
    let mut day = TestDay::plan(MORNING, speed, |_| {}).await.never_realtime().await.believes_a_goodbye();
    let lines = ["Yes, I'm awake.", "Goodbye."];
    day.sleeps_like(vec![Sleeper::answering(secs(1), lines.map(Act::say).to_vec())]);
    day.morning.models().faults(|faults| faults.chat_next = [fault.clone(), fault.clone()].into());
    let mut far = day.far_side();
    day.rings().await;
    far.line("her answer", |event| matches!(event.what, Happening::SleeperPaused)).await;
    let answered = far.line("the answer's document", |event| event.what == Happening::Document).await;
    ends_well(&mut day).await;
    let took = between(asked_at(&day.last_call()), answered.at);
    assert!(took < ANSWER_WITHIN, "the answer took {took:?} with {fault:?}");
    day
}

fn asked_at(call: &CallRecord) -> Duration {
    let mut documents = call.webhooks_of(WebhookKind::Document);
    documents.find(|webhook| webhook.url.contains("/handle-response/")).expect("she was heard").at
}

/// With a model like that a scripted line stands in, and the history says why.
async fn a_scripted_line_stands_in(fault: ChatFault, because: &str) {
    let day = a_call_with(&fault).await;
    let said = day.last_call().said;
    assert!(said[1].ends_with('?'), "the talk goes on with a question: {said:?}");
    let reasons = day.details("scripted_line").await;
    assert!(reasons.len() == 1 && reasons[0].contains(because), "{reasons:?} should contain {because:?}");
    day.close().await;
}

#[tokio::test]
async fn late() {
    a_scripted_line_stands_in(ChatFault::Slow(secs(20)), "no answer within 5s").await;
}

#[tokio::test]
async fn silent() {
    a_scripted_line_stands_in(ChatFault::Silent, "no answer within 5s").await;
}

#[tokio::test]
async fn down() {
    a_scripted_line_stands_in(ChatFault::Status(500), "HTTP 500").await;
}

#[tokio::test]
async fn out_of_quota() {
    a_scripted_line_stands_in(ChatFault::InsufficientQuota, "insufficient_quota").await;
}

#[tokio::test]
async fn talking_garbage() {
    a_scripted_line_stands_in(ChatFault::Garbage, "unusable").await;
}

#[tokio::test]
async fn empty() {
    a_scripted_line_stands_in(ChatFault::Empty, "").await;
}

#[tokio::test]
async fn cut_off() {
    a_scripted_line_stands_in(ChatFault::Truncated, "").await;
}

#[tokio::test]
async fn refusing_to_talk() {
    a_scripted_line_stands_in(ChatFault::Refusal, "").await;
}

#[tokio::test]
async fn an_endless_answer_is_cut_to_what_one_listens_to_in_bed() {
    let day = a_call_with(&ChatFault::Endless(20_000)).await;
    let said = day.last_call().said;
    assert!(said[1].starts_with("up up") && said[1].chars().count() <= 350, "{said:?}");
    day.close().await;
}

#[tokio::test]
async fn markup_in_an_answer_is_spoken_or_dropped_but_never_obeyed() {
    let day = a_call_with(&ChatFault::Hostile).await;
    let call = day.last_call();
    assert!(call.said[1].starts_with("Good & bad"), "{:?}", call.said);
    assert!(!call.documents[1].contains("<Hangup"), "{}", call.documents[1]);
    assert_eq!(call.heard, ["Yes, I'm awake.", "Goodbye."], "the talk went on");
    assert_eq!(call.codes(), Vec::<u32>::new());
    day.close().await;
}

#[tokio::test]
async fn a_chat_model_that_is_gone_for_good_does_not_keep_her_in_bed() {
    let mut day =
        TestDay::plan(MORNING, MEASURED * 4.0, |_| {}).await.never_realtime().await.believes_a_goodbye();
    let lines = [
        "Yes, I'm awake.",
        "It's Monday and I have the early shift.",
        "My feet are on the floor.",
        "I am making coffee.",
        "The curtains are open and the sun is shining.",
    ];
    let wakes = Sleeper::answering(secs(1), lines.map(Act::say).to_vec()).with_wits(Wits::default());
    day.sleeps_like(vec![wakes]);
    day.morning.models().faults(|faults| faults.chat = ChatFault::Status(401));
    day.rings().await;
    ends_well(&mut day).await;
    let verdict = day.only_attempt().await.verdict.expect("the script came to its own verdict");
    assert_eq!(verdict.proof.name(), "conversation");
    assert!(day.details("scripted_line").await.iter().all(|why| why.contains("HTTP 401")));
    day.close().await;
}
