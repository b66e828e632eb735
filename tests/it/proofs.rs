//! The proofs: each by voice and by keypad, in both modes and across a fall back between them; and what
//! nobody talks her way out of, however gullible the model.

mod pleading;

use std::time::Duration;

use wakeup_coach::app::RehearsalPlan;
use wakeup_coach::calls::code;
use wakeup_coach::domain::mode::CallMode;
use wakeup_coach::domain::proof::Proof;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::openai::faults::Handshake;
use wakeup_coach::simulator::openai::record::ModelEvent;
use wakeup_coach::simulator::sleeper::{Act, By, Sleeper, When, Wits};
use wakeup_coach::simulator::voices::numerals::question_in;

use crate::support::far_side::{FarSide, MORNING, ms, secs};
use crate::support::{SPEED, TestDay};

/// A mode, as a story asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Realtime,
    Traditional,
}

use Mode::{Realtime, Traditional};

/// Most stories measure nothing, and they are long.
const FAST: f64 = 12.0;

/// How long she thinks before a slow answer: short of the nudge, which comes at eight seconds.
const SLOWLY: Duration = ms(6_800);

/// A morning that asks for `proofs`, in one mode.
async fn morning(mode: Mode, proofs: &[Proof]) -> TestDay {
    planned(FAST, mode, proofs, |_| {}).await
}

async fn planned(
    speed: f64,
    mode: Mode,
    proofs: &[Proof],
    change: impl FnOnce(&mut RehearsalPlan),
) -> TestDay {
    let day = TestDay::plan(MORNING, speed, change).await;
    let mut day = match mode {
        Realtime => day.always_realtime().await,
        Traditional => day.never_realtime().await,
    };
    day.asks_for(proofs);
    day
}

fn sleeper(acts: Vec<Act>) -> Sleeper {
    Sleeper::answering(secs(1), acts)
}

/// Does nothing but what she is asked to.
fn obedient(wits: Wits) -> Sleeper {
    sleeper(Vec::new()).with_wits(wits)
}

fn by(by: By) -> Wits {
    Wits { by, ..Wits::default() }
}

/// She is up after one call in that mode, and the history says why.
async fn is_proved(day: &mut TestDay, mode: Mode, proof: Proof, reason: &str) {
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.carrier_calls().len(), 1);
    let attempt = day.only_attempt().await;
    let modes = (attempt.attempt.decision.mode.name(), attempt.attempt.fell_back.is_some());
    assert_eq!(modes, (if mode == Realtime { "realtime" } else { "traditional" }, false));
    let verdict = attempt.verdict.expect("the verdict is kept");
    assert_eq!(verdict.proof, proof, "{}", verdict.evidence);
    assert!(verdict.evidence.contains(reason), "{}: {:?}", verdict.evidence, day.said());
    let written = day.details("proof").await;
    assert!(written.contains(&proof.name().to_owned()), "{written:?}");
    let evidence = day.morning.store.list_proofs(attempt.attempt.occurrence).await.unwrap();
    assert!(evidence.iter().any(|seen| seen.evidence.contains(reason)), "{evidence:?}");
}

/// A morning that asks for one proof, which she gives.
async fn proves(mode: Mode, proof: Proof, sleeper: Sleeper, reason: &str) {
    let mut day = morning(mode, &[proof]).await;
    day.sleeps_like(vec![sleeper]);
    day.rings().await;
    is_proved(&mut day, mode, proof, reason).await;
    day.close().await;
}

async fn says_the_word(mode: Mode) {
    proves(mode, Proof::Word, sleeper(vec![Act::say("Hello?"), Act::say("Goodbye.")]), "goodbye").await;
}

#[tokio::test]
async fn the_word_in_realtime_mode() {
    says_the_word(Realtime).await;
}

#[tokio::test]
async fn the_word_in_traditional_mode() {
    says_the_word(Traditional).await;
}

#[tokio::test]
async fn digits_said_in_realtime_mode() {
    proves(Realtime, Proof::Key, obedient(by(By::Voice)), "said the digits").await;
}

#[tokio::test]
async fn digits_pressed_in_realtime_mode() {
    proves(Realtime, Proof::Key, obedient(by(By::Keys)), "pressed the digits").await;
}

#[tokio::test]
async fn digits_said_in_traditional_mode() {
    proves(Traditional, Proof::Key, obedient(by(By::Voice)), "said the digits").await;
}

#[tokio::test]
async fn digits_pressed_in_traditional_mode() {
    proves(Traditional, Proof::Key, obedient(by(By::Keys)), "pressed the digits").await;
}

#[tokio::test]
async fn sums_by_voice_in_realtime_mode() {
    proves(Realtime, Proof::Sum, obedient(by(By::Voice)), "2 of 2 sums right").await;
}

#[tokio::test]
async fn sums_by_keys_in_realtime_mode() {
    proves(Realtime, Proof::Sum, obedient(by(By::Keys)), "2 of 2 sums right").await;
}

#[tokio::test]
async fn sums_by_voice_in_traditional_mode() {
    proves(Traditional, Proof::Sum, obedient(by(By::Voice)), "2 of 2 sums right").await;
}

#[tokio::test]
async fn sums_by_keys_in_traditional_mode() {
    proves(Traditional, Proof::Sum, obedient(by(By::Keys)), "2 of 2 sums right").await;
}

#[tokio::test]
async fn one_wrong_sum_costs_another_in_realtime_mode() {
    let wits = Wits { wrong_sums: 1, ..Wits::default() };
    proves(Realtime, Proof::Sum, obedient(wits), "2 of 3 sums right").await;
}

#[tokio::test]
async fn one_wrong_sum_costs_another_in_traditional_mode() {
    let wits = Wits { wrong_sums: 1, ..by(By::Keys) };
    proves(Traditional, Proof::Sum, obedient(wits), "2 of 3 sums right").await;
}

/// She usually answers in two seconds: twice that is her limit, and the first answer takes longer.
async fn is_slow_at_first(mode: Mode, by: By) {
    // Between two requests of the carrier only the wall clock tells how long she took.
    let mut day = planned(SPEED / 2.0, mode, &[Proof::Sum], |plan| plan.flowing = true).await;
    let mut change = day.morning.store.change().await.unwrap();
    let told_apart = if mode == Realtime { CallMode::Realtime } else { CallMode::Traditional };
    for _ in 0..5 {
        change.record_answer_time(day.anna.id, told_apart, ms(2_200), day.now()).await.unwrap();
    }
    change.commit().await.unwrap();
    let slow = Act::Solve { right: true, by, after: When::After(SLOWLY) };
    day.sleeps_like(vec![sleeper(vec![slow, Act::solve(true, by), Act::solve(true, by)])]);
    day.rings().await;
    is_proved(&mut day, mode, Proof::Sum, "2 of 3 sums right").await;
    let told = day.said().iter().any(|line| line.contains("took a while") || line.contains("was slow"));
    assert!(told, "she was told why: {:?}", day.said());
    day.close().await;
}

#[tokio::test]
async fn an_answer_slower_than_her_own_pace_does_not_count_in_realtime_mode() {
    is_slow_at_first(Realtime, By::Voice).await;
}

#[tokio::test]
async fn an_answer_slower_than_her_own_pace_does_not_count_in_traditional_mode() {
    is_slow_at_first(Traditional, By::Keys).await;
}

/// Whoever needs a nudge was too slow: another sum is asked.
async fn needs_a_nudge(mode: Mode) {
    let mut day = planned(SPEED, mode, &[Proof::Sum], |_| {}).await;
    let mut acts = vec![Act::StaySilent(secs(16))];
    acts.extend([By::Voice, By::Keys].map(|by| Act::solve(true, by)));
    day.sleeps_like(vec![sleeper(acts)]);
    day.rings().await;
    is_proved(&mut day, mode, Proof::Sum, "2 of 3 sums right").await;
    let sums: Vec<_> = day.said().iter().filter_map(|line| question_in(line)).collect();
    assert!(sums.len() == 3 && sums[0] != sums[1], "{:?}", day.said());
    day.close().await;
}

#[tokio::test]
async fn a_sum_that_needs_a_nudge_is_lost_in_realtime_mode() {
    needs_a_nudge(Realtime).await;
}

#[tokio::test]
async fn a_sum_that_needs_a_nudge_is_lost_in_traditional_mode() {
    needs_a_nudge(Traditional).await;
}

/// The conversation of somebody awake.
fn talks() -> Vec<Act> {
    let lines = ["Yes, I'm awake.", "It's Monday and I have the early shift.", "My feet are on the floor."];
    let more = ["I am making coffee.", "The curtains are open and the sun is shining."];
    lines.into_iter().chain(more).map(Act::say).collect()
}

#[tokio::test]
async fn a_conversation_in_realtime_mode() {
    proves(Realtime, Proof::Conversation, sleeper(talks()).with_wits(by(By::Voice)), "and a sum right").await;
}

#[tokio::test]
async fn a_conversation_in_traditional_mode() {
    proves(Traditional, Proof::Conversation, sleeper(talks()).with_wits(by(By::Keys)), "and a sum right")
        .await;
}

/// What the owner's desk says to write on the paper in the kitchen for that day.
async fn code_for(day: &TestDay, date: &str) -> String {
    let (status, shown) = day.ask("GET", "/api/v1/sleepers/Anna/code", "").await;
    assert_eq!(status, 200, "{shown}");
    let codes = shown["codes"].as_array().unwrap();
    let of_date = codes.iter().find(|code| code["date"] == date).expect("the day is told");
    of_date["code"].as_str().unwrap().to_owned()
}

/// Yesterday's code, as yesterday's paper has it.
async fn yesterdays_code(day: &TestDay) -> String {
    let mut change = day.morning.store.change().await.unwrap();
    let secret = change.code_secret("there is one already", day.now()).await.unwrap();
    code::of_the_day(&secret, day.anna.id, jiff::civil::date(2026, 3, 1))
}

/// The code of the day, as the owner's desk shows it, is read from the paper.
async fn gives_the_code(mode: Mode, how: By) {
    let mut day = morning(mode, &[Proof::Code]).await;
    let code = code_for(&day, "2026-03-02").await;
    let old = yesterdays_code(&day).await;
    assert_ne!(old, code);
    let quick = When::CoachPauses(Duration::from_millis(700));
    let (act, reason) = match how {
        By::Voice => {
            let digits: Vec<String> = code.chars().map(String::from).collect();
            (Act::say(&digits.join(" ")), "said the code of the day")
        }
        By::Keys => (Act::Press { digits: code, after: quick }, "pressed the code of the day"),
    };
    let wrong = Act::Press { digits: old, after: quick };
    day.sleeps_like(vec![sleeper(vec![wrong, act])]);
    day.rings().await;
    is_proved(&mut day, mode, Proof::Code, reason).await;
    let refused = day.said().iter().any(|line| line.contains("that is not it") || line.contains("Not quite"));
    assert!(refused, "yesterday's code opens nothing: {:?}", day.said());
    day.close().await;
}

#[tokio::test]
async fn the_code_said_in_realtime_mode() {
    gives_the_code(Realtime, By::Voice).await;
}

#[tokio::test]
async fn the_code_pressed_in_realtime_mode() {
    gives_the_code(Realtime, By::Keys).await;
}

#[tokio::test]
async fn the_code_said_in_traditional_mode() {
    gives_the_code(Traditional, By::Voice).await;
}

#[tokio::test]
async fn the_code_pressed_in_traditional_mode() {
    gives_the_code(Traditional, By::Keys).await;
}

#[tokio::test]
async fn several_proofs_are_asked_for_one_after_another_and_a_goodbye_alone_is_not_enough() {
    let mut day = morning(Traditional, &[Proof::Key, Proof::Sum, Proof::Word]).await;
    day.sleeps_like(vec![sleeper(vec![
        Act::say("Goodbye."),
        Act::give_digits(true, By::Keys),
        Act::say("Goodbye."),
        Act::solve(true, By::Voice),
        Act::solve(true, By::Keys),
        Act::say("Goodbye."),
    ])]);
    day.rings().await;
    is_proved(&mut day, Traditional, Proof::Sum, "she said \"goodbye\"").await;
    day.close().await;
}

/// The model is lost for good while a proof is under way.
fn loses_the_model(day: &TestDay) {
    day.morning.models().faults(|faults| faults.handshake = Handshake::Refuse(500));
    day.morning.models().drop_connections();
}

async fn the_model_says(far: &mut FarSide, part: &str) -> String {
    let says = |event: &ModelEvent| matches!(event, ModelEvent::Said { text, .. } if text.contains(part));
    let ModelEvent::Said { text, .. } = far.model(part, says).await else { unreachable!("just matched") };
    text
}

#[tokio::test]
async fn a_sum_that_was_open_when_the_call_fell_back_is_asked_again_and_the_first_one_still_counts() {
    let mut day = planned(SPEED, Realtime, &[Proof::Sum], |_| {}).await;
    day.sleeps_like(vec![obedient(by(By::Voice))]);
    let mut far = day.far_side();
    day.rings().await;
    the_model_says(&mut far, "plus").await;
    let second = the_model_says(&mut far, "plus").await;
    loses_the_model(&day);
    assert_eq!(day.ended().await, End::Up);
    assert!(day.fell_back_because().await.is_some());
    let said = day.last_call().said;
    assert_eq!(question_in(&said[0]), question_in(&second), "the same sum: {said:?}");
    let verdict = day.only_attempt().await.verdict.expect("she is up");
    assert_eq!((verdict.proof, verdict.evidence.as_str()), (Proof::Sum, "2 of 2 sums right and in time"));
    day.close().await;
}

#[tokio::test]
async fn digits_and_talk_are_seen_across_a_fall_back() {
    let mut day = morning(Realtime, &[Proof::Conversation, Proof::Key]).await;
    day.sleeps_like(vec![sleeper(talks()).with_wits(by(By::Keys))]);
    let mut far = day.far_side();
    day.rings().await;
    let asked = the_model_says(&mut far, "ress").await;
    loses_the_model(&day);
    assert_eq!(day.ended().await, End::Up);
    let attempt = day.only_attempt().await;
    let verdict = attempt.verdict.expect("she is up");
    assert_eq!(verdict.proof, Proof::Conversation);
    assert!(verdict.evidence.contains("pressed the digits"), "{}", verdict.evidence);
    if let Some(again) = day.last_call().said.first().filter(|said| question_in(said).is_some()) {
        assert_eq!(question_in(again), question_in(&asked), "the same digits");
    }
    assert_eq!(day.carrier_calls().len(), 1);
    day.close().await;
}
