//! Nobody speaks: asked again at 8 s, the tone at 20 s, hung up at 30 s, called back 5 s later.

use std::time::Duration;

use wakeup_coach::calls::What;
use wakeup_coach::coach::silence::SilenceStep;
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::realtime::audio::tone;
use wakeup_coach::simulator::sleeper::{Act, Sleeper, When};
use wakeup_coach::simulator::twilio::{CallRecord, CallStatus, WebhookKind};
use wakeup_coach::simulator::voices::{Voice, speech_for};

use crate::support::TestDay;
use crate::support::far_side::{MORNING, between, played, secs};

/// Half a minute of silence is long; a hundred milliseconds of this machine's are a second and a half.
const FAST: f64 = 12.0;
const TOLERANCE: Duration = Duration::from_millis(1_500);

/// Answers the telephone and sleeps on.
fn answers_only() -> Sleeper {
    Sleeper::answering(secs(1), Vec::new())
}

fn goodbye_sayer() -> Sleeper {
    Sleeper::answering(secs(1), vec![Act::say("Goodbye.")])
}

/// The rungs that were climbed, in order.
fn rungs(day: &TestDay) -> Vec<SilenceStep> {
    let rung = |what: &What| if let What::Silence(step) = what { Some(*step) } else { None };
    day.seen.iter().filter_map(|event| rung(&event.what)).collect()
}

const LADDER: [SilenceStep; 3] = [SilenceStep::Nudge, SilenceStep::Tone, SilenceStep::GiveUp];

fn assert_about(got: Duration, wanted: Duration, what: &str) {
    assert!(got.abs_diff(wanted) <= TOLERANCE, "{what}: {got:?} instead of {wanted:?}");
}

/// She is called back after five seconds, and then gets up.
async fn called_back(day: &mut TestDay) -> CallRecord {
    assert_eq!(day.skip_the_wait().await.as_secs(), 5);
    let silent = day.last_call();
    assert_eq!(silent.status, CallStatus::Completed);
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.outcomes().await, [Outcome::FellSilent, Outcome::Up]);
    silent
}

#[tokio::test]
async fn a_silent_sleeper_in_realtime_mode() {
    let mut day = TestDay::plan(MORNING, FAST, |_| {}).await.always_realtime().await.believes_a_goodbye();
    day.sleeps_like(vec![answers_only(), goodbye_sayer()]);
    day.rings().await;
    let call = called_back(&mut day).await;
    assert_eq!(rungs(&day), LADDER);
    let sound = day.morning.exchange().media(&call.sid).swap_remove(0);
    let greeting = speech_for("Good morning, Anna! This is your wake-up call. Are you awake?", Voice::Coach);
    let stretches = pauses_between(&sound.played);
    assert_about(between(stretches[0].0, stretches[0].1), playing_time(greeting.len()), "the greeting");
    let silent_since = stretches[0].1;
    assert_about(between(silent_since, stretches[1].0), secs(8), "asked again");
    assert_about(between(silent_since, stretches[2].0), secs(20), "the tone");
    // After the words behind the tone she gets four seconds to answer, even beyond the thirty.
    let gives_up_at = (silent_since + secs(30)).max(stretches.last().unwrap().1 + secs(4));
    // Writing it all down and asking the carrier takes a while, twelve times as long at this speed.
    assert_about(call.ended().unwrap().max(gives_up_at + secs(4)), gives_up_at + secs(4), "hung up");
    assert!(call.ended().unwrap() >= gives_up_at, "she gets all of her time");
    let (heard, tone) = (played(&sound), tone());
    assert!(heard.windows(tone.len()).any(|window| window == &tone[..]), "the tone was heard");
    day.close().await;
}

/// When the coach was audible, as from and until; breaths of less than two seconds belong to it.
fn pauses_between(played: &[wakeup_coach::simulator::twilio::Stretch]) -> Vec<(Duration, Duration)> {
    let mut stretches: Vec<(Duration, Duration)> = Vec::new();
    for piece in played {
        match stretches.last_mut() {
            Some((_, until)) if piece.at < *until + secs(2) => *until = piece.end(),
            _ => stretches.push((piece.at, piece.end())),
        }
    }
    stretches
}

fn playing_time(bytes: usize) -> Duration {
    Duration::from_micros(bytes as u64 * 125)
}

#[tokio::test]
async fn a_silent_sleeper_in_traditional_mode() {
    let mut day = TestDay::plan(MORNING, FAST, |_| {}).await.never_realtime().await.believes_a_goodbye();
    day.sleeps_like(vec![answers_only(), goodbye_sayer()]);
    day.rings().await;
    let call = called_back(&mut day).await;
    assert_eq!(rungs(&day), LADDER);
    let turns = call.webhooks_of(WebhookKind::Document).filter(|hook| hook.url.contains("/handle-response/"));
    let turns: Vec<_> = turns.map(|hook| hook.at).collect();
    assert_eq!(turns.len(), 3, "asked, asked again, asked after the tone");
    let spoken = |line: &str| playing_time(speech_for(line, Voice::Coach).len());
    assert_about(between(turns[0], turns[1]), spoken(&call.said[1]) + secs(12), "from the nudge to the tone");
    let tone_and_words = playing_time(tone().len()) + spoken(&call.said[2]);
    assert_about(between(turns[1], turns[2]), tone_and_words + secs(10), "from the tone to the end");
    assert!(call.documents[2].contains("<Play"), "{}", call.documents[2]);
    let sounds: Vec<_> = call.webhooks_of(WebhookKind::Media).collect();
    assert!(sounds.len() == 1 && sounds[0].status == Some(200), "the carrier fetched the tone: {sounds:?}");
    assert_eq!(call.codes(), Vec::<u32>::new(), "and could play it");
    day.close().await;
}

#[tokio::test]
async fn one_who_falls_asleep_in_mid_conversation_is_called_back() {
    let mut day = TestDay::plan(MORNING, FAST, |_| {}).await.always_realtime().await.believes_a_goodbye();
    let sinks_back = vec![Act::say("Hello?"), Act::mumble("Mmh, yes.")];
    day.sleeps_like(vec![Sleeper::answering(secs(1), sinks_back), goodbye_sayer()]);
    day.rings().await;
    let call = called_back(&mut day).await;
    assert_eq!(rungs(&day), LADDER, "two answers are no proof");
    assert_eq!(call.heard, ["Hello?", "Mmh, yes."]);
    assert_eq!(day.attempts().await[1].attempt.kind.name(), "call_back");
    day.close().await;
}

#[tokio::test]
async fn a_word_of_hers_puts_the_ladder_away() {
    let mut day = TestDay::plan(MORNING, FAST, |_| {}).await.always_realtime().await.believes_a_goodbye();
    // The coach speaks for about five of these; then it is half-way from the nudge to the tone.
    let late = |text: &str| Act::Say { text: text.to_owned(), after: When::After(secs(19)) };
    let slow = vec![late("Hello?"), late("Goodbye.")];
    day.sleeps_like(vec![Sleeper::answering(secs(1), slow)]);
    day.rings().await;
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(
        rungs(&day),
        [SilenceStep::Nudge, SilenceStep::Nudge],
        "each silence begins at the first rung"
    );
    day.close().await;
}

#[tokio::test]
async fn a_mumbler_is_talked_awake_in_either_mode() {
    for realtime in [true, false] {
        let day = TestDay::plan(MORNING, FAST * 2.0, |_| {}).await;
        let mut day = if realtime {
            day.always_realtime().await.believes_a_goodbye()
        } else {
            day.never_realtime().await.believes_a_goodbye()
        };
        day.sleeps_like(vec![Sleeper::mumbler()]);
        day.rings().await;
        assert_eq!(day.ended().await, End::Up, "realtime: {realtime}");
        let verdict = day.only_attempt().await.verdict.expect("she convinced the coach");
        assert!(!verdict.evidence.contains("Mm"), "mumbling is no evidence: {}", verdict.evidence);
        let heard = day.last_call().heard;
        assert!(heard.len() >= 6, "her first words did not end the call: {heard:?}");
        day.close().await;
    }
}
