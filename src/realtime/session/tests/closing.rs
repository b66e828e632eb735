//! Tools, verdicts and goodbyes.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::rig::{Rig, asked, plan};
use crate::coach::proving::{ANSWER_WITHIN, Proving};
use crate::coach::verdict::Verdict;
use crate::domain::proof::{Proof, Proofs};
use crate::realtime::Plan;
use crate::realtime::events::{Command, Fault, ResponseStatus, Why};
use crate::realtime::pump::Seen;
use crate::realtime::report::Ending;
use crate::realtime::session::tests::rig::ms;

const EVIDENCE: &str = r#"{"evidence":"knows it is Monday"}"#;

fn answers(commands: &[Command]) -> Vec<(String, bool)> {
    let answer = |command: &Command| match command {
        Command::AnswerTool { id, output } => Some((id.clone(), output.contains("\"ok\":true"))),
        _ => None,
    };
    commands.iter().filter_map(answer).collect()
}

/// A call that asks for these proofs.
pub fn asking_for(proofs: &[Proof]) -> Rig {
    let rng = &mut StdRng::seed_from_u64(5);
    let proving = Proving::begin(Proofs::of(proofs), "8036", ANSWER_WITHIN, rng);
    Rig::with(Plan { proving, ..plan() }, ms(0))
}

pub fn doorbell() -> Seen {
    Seen { proof: Proof::Place, reason: "the doorbell rang".to_owned() }
}

/// A conversation whose verdict has been accepted, borne out by a sum; the model is about to answer to that.
fn confirmed() -> Rig {
    let mut rig = Rig::new();
    rig.chat();
    rig.starts("r3", None);
    rig.calls("r3", "c1", "confirm_awake", EVIDENCE);
    rig.ends("r3");
    rig.says("r3a", Some(Why::ToolsAnswered), "i3a", 500, "And a sum?");
    rig.run_for(600);
    let sum = rig.session.proving.right_sum();
    rig.sleeper_says("u3a", Box::leak(sum.into_boxed_str()));
    rig.starts("r3b", None);
    rig.calls("r3b", "c1b", "check_answer", "{}");
    rig.ends("r3b");
    rig
}

#[test]
fn a_verdict_is_answered_once_the_response_is_over() {
    let mut rig = Rig::new();
    rig.chat();
    rig.take();
    rig.starts("r3", None);
    rig.calls("r3", "c1", "confirm_awake", EVIDENCE);
    assert_eq!(rig.take(), []);
    rig.ends("r3");
    let wanted = rig.take();
    assert_eq!(answers(&wanted), [("c1".to_owned(), true)]);
    assert_eq!(asked(&wanted)[0].1.why, Why::ToolsAnswered);
    assert!(rig.report().verdict.is_none() && rig.session.proving.has_task(), "a claim alone proves nothing");
    assert_eq!(confirmed().report().verdict.unwrap().proof, Proof::Conversation);
}

#[test]
fn the_goodbye_is_heard_to_its_end() {
    let mut rig = confirmed();
    rig.starts("r4", Some(Why::ToolsAnswered));
    rig.audio("r4", "i4", 3_000);
    rig.calls("r4", "c2", "end_call", r#"{"reason":"awake"}"#);
    rig.audio_done("i4", "Have a good day, goodbye");
    rig.ends("r4");
    assert!(!rig.ended());
    let asked_at = rig.now;
    // A "bye" of hers neither cuts it nor is answered.
    rig.run_for(1_000);
    rig.speech_starts("u3");
    assert_eq!(rig.cleared, 0);
    rig.speech_stops("u3");
    rig.starts("r5", None);
    rig.audio("r5", "i5", 2_000);
    rig.run_for(20_000);
    assert_eq!(rig.ending(), Some(Ending::Finished));
    let report = rig.report();
    assert_eq!(report.utterances.last().unwrap().text, "Have a good day, goodbye");
    assert!(rig.now >= asked_at + ms(3_000));
    assert_eq!(rig.truly_heard_ms(), 5_500, "greeting, questions and goodbye, and nothing of r5");
}

#[test]
fn the_call_ends_as_soon_as_the_goodbye_was_heard() {
    let mut rig = confirmed();
    rig.starts("r4", Some(Why::ToolsAnswered));
    rig.audio("r4", "i4", 3_000);
    rig.calls("r4", "c2", "end_call", "{}");
    rig.ends("r4");
    rig.run_for(2_900);
    assert!(!rig.ended());
    rig.run_for(200);
    assert_eq!(rig.ending(), Some(Ending::Finished));
}

#[test]
fn a_model_that_ends_without_a_word_is_asked_for_a_goodbye() {
    let mut rig = confirmed();
    rig.starts("r4", Some(Why::ToolsAnswered));
    rig.calls("r4", "c2", "end_call", "{}");
    rig.take();
    rig.ends("r4");
    let wanted = rig.take();
    assert_eq!(answers(&wanted), [("c2".to_owned(), true)]);
    let [(_, goodbye)] = &asked(&wanted)[..] else { panic!("one request") };
    assert_eq!((goodbye.why, goodbye.instructions.as_deref()), (Why::Goodbye, Some("Say goodbye.")));
    rig.says("r5", Some(Why::Goodbye), "i5", 1_000, "Goodbye Anna");
    rig.run_for(1_100);
    assert_eq!(rig.ending(), Some(Ending::Finished));
}

#[test]
fn nothing_ends_before_the_verdict() {
    let mut rig = Rig::new();
    rig.chat();
    rig.starts("r3", None);
    rig.calls("r3", "c1", "end_call", "{}");
    rig.take();
    rig.ends("r3");
    let wanted = rig.take();
    assert_eq!(answers(&wanted), [("c1".to_owned(), false)]);
    assert_eq!(asked(&wanted)[0].1.why, Why::ToolsAnswered);
    rig.says("r4", Some(Why::ToolsAnswered), "i4", 1_000, "Tell me more");
    rig.run_for(3_000);
    assert!(!rig.ended());
}

#[test]
fn a_model_that_leaves_our_marks_out_is_asked_on_all_the_same() {
    let mut rig = Rig::new();
    rig.says("r1", None, "i1", 1_000, "Good morning Anna");
    rig.run_for(1_100);
    rig.sleeper_says("u1", "it is Monday");
    rig.starts("r2", None);
    rig.calls("r2", "c1", "confirm_awake", EVIDENCE);
    rig.ends("r2");
    assert_eq!(rig.asks(), [Why::ToolsAnswered]);
}

#[test]
fn several_calls_get_all_their_answers_and_one_response() {
    let mut rig = Rig::new();
    rig.chat();
    rig.starts("r3", None);
    rig.calls("r3", "c1", "end_call", "{}");
    rig.calls("r3", "c2", "confirm_awake", EVIDENCE);
    rig.calls("r3", "c2", "confirm_awake", EVIDENCE);
    rig.calls("r3", "c3", "confirm_awake", "{broken");
    rig.take();
    rig.ends("r3");
    let wanted = rig.take();
    let mut given = answers(&wanted);
    given.sort();
    let expected = [("c1", false), ("c2", true), ("c3", false)];
    assert_eq!(given, expected.map(|(id, ok)| (id.to_owned(), ok)));
    assert_eq!(asked(&wanted).len(), 1);
}

#[test]
fn a_claim_waits_for_the_words_it_rests_on() {
    let mut rig = Rig::new();
    rig.greet();
    rig.sleeper_says("u0", "the early shift");
    rig.sleeper_says("u1", "I am making tea");
    rig.says("r2", None, "i2", 500, "And the day?");
    rig.run_for(600);
    rig.speech_starts("u2");
    rig.run_for(500);
    rig.speech_stops("u2");
    rig.starts("r3", None);
    rig.calls("r3", "c1", "confirm_awake", EVIDENCE);
    rig.ends("r3");
    rig.run_for(500);
    assert!(!rig.session.proving.has_task());
    rig.heard("u2", "Monday");
    assert!(rig.session.proving.has_task(), "the claim stands, and a sum is asked");
}

#[test]
fn words_that_never_come_are_not_waited_for_long() {
    let mut rig = Rig::new();
    rig.greet();
    rig.speech_starts("u1");
    rig.speech_stops("u1");
    rig.starts("r2", None);
    rig.calls("r2", "c1", "confirm_awake", EVIDENCE);
    rig.ends("r2");
    rig.take();
    rig.run_for(2_000);
    assert_eq!(answers(&rig.take()), [("c1".to_owned(), false)]);
}

#[test]
fn her_goodbye_is_a_verdict_and_gets_a_goodbye_back() {
    let mut rig = asking_for(&[Proof::Word]);
    rig.greet();
    rig.speech_starts("u1");
    rig.run_for(500);
    rig.speech_stops("u1");
    rig.starts("r2", None);
    rig.take();
    rig.heard("u1", "goodbye");
    assert_eq!(rig.asks(), [], "the model is answering her already");
    rig.audio("r2", "i2", 1_000);
    rig.ends("r2");
    assert_eq!(rig.asks(), [Why::Goodbye]);
    rig.run_for(1_100);
    assert!(!rig.ended(), "that was not our goodbye");
    rig.says("r3", Some(Why::Goodbye), "i3", 1_000, "Goodbye");
    rig.run_for(1_100);
    assert_eq!(rig.ending(), Some(Ending::Finished));
    assert_eq!(rig.report().verdict.unwrap().proof, Proof::Word);
}

#[test]
fn a_goodbye_in_the_way_of_an_answer_is_asked_for_again() {
    let mut rig = asking_for(&[Proof::Word]);
    rig.greet();
    rig.sleeper_says("u1", "goodbye");
    let [(number, _)] = asked(&rig.take())[..] else { panic!("a goodbye was asked for") };
    rig.starts("r2", None);
    rig.complains(Fault::AlreadyAnswering, "conversation_already_has_active_response", Some(number));
    rig.audio("r2", "i2", 400);
    rig.ends("r2");
    assert_eq!(rig.asks(), [Why::Goodbye]);
}

#[test]
fn a_goodbye_swept_away_by_her_words_is_followed_by_the_models_next_ones() {
    let mut rig = asking_for(&[Proof::Word]);
    rig.greet();
    rig.sleeper_says("u1", "end call");
    rig.starts("r2", Some(Why::Goodbye));
    rig.speech_starts("u2");
    rig.ends_as("r2", ResponseStatus::Cancelled);
    rig.speech_stops("u2");
    rig.says("r3", None, "i3", 1_000, "Bye bye");
    rig.run_for(1_100);
    assert_eq!(rig.ending(), Some(Ending::Finished));
}

#[test]
fn a_model_that_forgets_its_tools_does_not_hold_the_line() {
    let mut rig = confirmed();
    rig.says("r4", Some(Why::ToolsAnswered), "i4", 1_000, "Well done, goodbye!");
    rig.run_for(1_000 + 3_100);
    assert_eq!(rig.ending(), Some(Ending::Finished));
}

#[test]
fn a_verdict_ends_the_call_whatever_the_model_does() {
    let mut rig = confirmed();
    let verdict_at = rig.now;
    // The model answers nothing any more; its one new connection is as silent.
    rig.run_for(29_000);
    rig.run_for(2_000);
    assert!(rig.ended());
    assert!(rig.report().verdict.is_some() && rig.now <= verdict_at + ms(31_000));
}

#[test]
fn proof_from_elsewhere_ends_the_call_with_a_goodbye() {
    let mut rig = asking_for(&[Proof::Place]);
    rig.greet();
    rig.take();
    rig.act(|session, now, out| session.on_proof(&doorbell(), now, out));
    let verdict = Verdict { proof: Proof::Place, evidence: "the doorbell rang".to_owned() };
    assert_eq!(rig.asks(), [Why::Goodbye]);
    rig.says("r2", Some(Why::Goodbye), "i2", 1_000, "You are up, goodbye");
    rig.run_for(1_100);
    assert_eq!((rig.ending(), rig.report().verdict), (Some(Ending::Finished), Some(verdict)));
}

#[test]
fn a_snooze_is_granted_in_words_and_ends_the_call() {
    let mut rig = Rig::new();
    rig.chat();
    rig.starts("r3", None);
    rig.audio("r3", "i3", 400);
    rig.calls("r3", "c1", "snooze", r#"{"minutes":5}"#);
    rig.ends("r3");
    rig.says("r4", Some(Why::ToolsAnswered), "i4", 1_000, "Nine minutes then");
    rig.run_for(2_000);
    assert_eq!(rig.ending(), Some(Ending::Snoozed { minutes: 9 }));
    assert_eq!(rig.report().verdict, None);
}

#[test]
fn no_snooze_is_left() {
    let mut plan = plan();
    plan.snooze_allowed = false;
    let mut rig = Rig::with(plan, ms(0));
    rig.chat();
    rig.starts("r3", None);
    rig.calls("r3", "c1", "snooze", r#"{"minutes":5}"#);
    rig.take();
    rig.ends("r3");
    assert_eq!(answers(&rig.take()), [("c1".to_owned(), false)]);
}

#[test]
fn a_model_lost_after_its_last_words_is_not_missed() {
    let mut rig = confirmed();
    rig.starts("r4", Some(Why::ToolsAnswered));
    rig.audio("r4", "i4", 3_000);
    rig.calls("r4", "c2", "end_call", "{}");
    rig.ends("r4");
    rig.act(|session, now, out| session.on_model_lost("closed with 1006", true, now, out));
    rig.run_for(3_100);
    assert_eq!(rig.ending(), Some(Ending::Finished));
}

#[test]
fn the_snooze_key_ends_the_call_with_a_word_about_it() {
    let mut rig = Rig::new();
    rig.chat();
    rig.take();
    rig.act(|session, now, out| session.on_key('9', now, out));
    let wanted = rig.take();
    let line = "Say exactly: \"All right, nine more minutes, then I'll call you back.\"";
    let told = |command: &Command| matches!(command, Command::Tell(text) if text.contains(line));
    assert!(wanted.iter().any(told), "{wanted:?}");
    let request = asked(&wanted)[0].1.clone();
    assert_eq!(request.why, Why::ToolsAnswered);
    let instructions = request.instructions.unwrap();
    assert!(instructions.starts_with(line) && instructions.contains("Ask nothing"), "{instructions}");
    rig.says("r4", Some(Why::ToolsAnswered), "i4", 1_000, "Nine minutes then");
    rig.run_for(2_000);
    assert_eq!(rig.ending(), Some(Ending::Snoozed { minutes: 9 }));
}

#[test]
fn the_snooze_key_is_refused_when_none_is_left_and_a_digit_where_digits_are_asked_for() {
    let mut rig = Rig::with(Plan { snooze_allowed: false, ..plan() }, ms(0));
    rig.chat();
    rig.take();
    rig.act(|session, now, out| session.on_key('9', now, out));
    let wanted = rig.take();
    assert!(
        wanted
            .iter()
            .any(|command| matches!(command, Command::Tell(text) if text.contains("no snooze is left")))
    );
    assert!(!rig.ended());
    let mut rig = asking_for(&[Proof::Code]);
    rig.chat();
    rig.take();
    rig.act(|session, now, out| session.on_key('9', now, out));
    assert!(!rig.take().iter().any(|command| matches!(command, Command::Tell(_))));
}
