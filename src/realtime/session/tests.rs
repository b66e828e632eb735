//! What the session does, told as short stories around a line that plays out on its own clock.

mod closing;
mod rig;

use std::time::Duration;

use self::rig::{Rig, asked, ms, plan};
use super::{ANSWER_PATIENCE, Session};
use crate::coach::silence::SilenceStep;
use crate::realtime::events::{Command, Fault, ModelEvent, ResponseStatus, Why};
use crate::realtime::report::{Ending, Note};

fn truncate(item: &str, heard_ms: u64) -> Command {
    Command::Truncate { item: item.to_owned(), content_index: 0, heard_ms }
}

fn delete(item: &str) -> Command {
    Command::Delete { item: item.to_owned() }
}

#[test]
fn sound_is_paced_and_every_byte_arrives() {
    let mut rig = Rig::new();
    rig.starts("r1", Some(Why::Greeting));
    rig.audio("r1", "i1", 3_000);
    assert_eq!(rig.sent, 1_280, "no more than 160 ms ahead");
    rig.run_to(1_000);
    assert_eq!(rig.sent, 8_000 + 1_280);
    rig.model(ModelEvent::Audio {
        response: "r1".into(),
        item: "i1".into(),
        content_index: 0,
        audio: vec![1; 77],
    });
    rig.audio_done("i1", "Good morning");
    rig.run_to(4_000);
    assert_eq!(rig.sent, 24_077);
    assert_eq!(rig.report().first_audio_after, Some(Duration::ZERO));
}

#[test]
fn a_whole_frame_is_waited_for_while_more_may_come() {
    let mut rig = Rig::new();
    rig.starts("r1", Some(Why::Greeting));
    rig.model(ModelEvent::Audio {
        response: "r1".into(),
        item: "i1".into(),
        content_index: 0,
        audio: vec![1; 200],
    });
    rig.run_to(500);
    assert_eq!(rig.sent, 160);
    rig.audio("r1", "i1", 15);
    assert_eq!(rig.sent, 320);
}

#[test]
fn the_queue_is_bounded_and_says_what_it_dropped() {
    let mut rig = Rig::new();
    rig.starts("r1", Some(Why::Greeting));
    rig.audio("r1", "i1", 40_000);
    assert_eq!(rig.report().counters.overflowed_bytes, 80_000);
}

#[test]
fn a_barge_in_cuts_where_she_was() {
    let mut rig = Rig::new();
    rig.starts("r1", Some(Why::Greeting));
    rig.audio("r1", "i1", 8_000);
    rig.run_to(3_005);
    rig.speech_starts("u1");
    assert_eq!(rig.take(), [truncate("i1", 3_005)]);
    assert_eq!((rig.cleared, rig.truly_heard_ms()), (1, 3_005));
    rig.audio("r1", "i1", 500);
    rig.run_to(6_000);
    assert_eq!(rig.report().counters.late_deltas, 1, "the rest of the sentence is not heard");
    assert_eq!(rig.sent / 8, 3_160);
}

#[test]
fn over_a_slow_network_the_cut_is_still_right() {
    for delay in [20, 40, 80] {
        let mut rig = Rig::with(plan(), ms(delay));
        rig.send_frames();
        rig.run_to(1_000);
        rig.starts("r1", Some(Why::Greeting));
        rig.audio("r1", "i1", 8_000);
        rig.run_to(4_010);
        let heard = rig.truly_heard_ms();
        rig.speech_starts("u1");
        let [Command::Truncate { heard_ms, .. }] = rig.take()[..] else { panic!("one cut") };
        assert!(heard_ms.abs_diff(heard) <= 20, "{delay}: {heard_ms} for {heard}");
    }
}

#[test]
fn an_item_of_which_nothing_was_heard_is_deleted() {
    let mut rig = Rig::new();
    rig.greet();
    rig.starts("r2", None);
    rig.audio("r2", "i2", 500);
    rig.take();
    rig.speech_starts("u1");
    assert_eq!(rig.take(), [delete("i2")]);
    assert_eq!(rig.report().utterances.len(), 1, "it was never said");
}

#[test]
fn queued_items_are_deleted_and_the_one_being_heard_is_cut() {
    let mut rig = Rig::new();
    rig.greet();
    rig.take();
    rig.starts("r2", None);
    for item in ["i2", "i3", "i4"] {
        rig.audio("r2", item, 1_000);
        rig.audio_done(item, "some words");
    }
    rig.ends("r2");
    rig.run_for(1_400);
    rig.speech_starts("u1");
    assert_eq!(rig.take(), [truncate("i3", 400), delete("i4")]);
    assert_eq!(rig.report().barge_ins, 1);
}

#[test]
fn nothing_is_cut_when_everything_was_heard() {
    let mut rig = Rig::new();
    rig.greet();
    rig.take();
    rig.speech_starts("u1");
    assert_eq!((rig.take(), rig.cleared), (vec![], 0));
}

#[test]
fn marks_echoed_by_a_clear_are_not_taken_as_played() {
    let mut rig = Rig::with(plan(), ms(40));
    rig.starts("r1", Some(Why::Greeting));
    rig.audio("r1", "i1", 4_000);
    rig.audio_done("i1", "Good morning Anna how are you today");
    rig.ends("r1");
    rig.run_to(1_000);
    rig.speech_starts("u1");
    rig.run_to(2_000);
    let report = rig.report();
    assert_eq!(report.utterances[0].text, "Good", "a quarter of the sentence");
    assert!(report.utterances[0].interrupted);
}

#[test]
fn a_pause_in_generation_does_not_count_as_heard() {
    let mut rig = Rig::new();
    rig.starts("r1", Some(Why::Greeting));
    rig.audio("r1", "i1", 400);
    rig.run_to(2_000);
    rig.audio("r1", "i1", 4_000);
    rig.run_to(2_300);
    rig.take();
    rig.speech_starts("u1");
    assert_eq!(rig.take(), [truncate("i1", 700)]);
}

#[test]
fn the_cut_never_exceeds_what_was_made() {
    let mut rig = Rig::new();
    rig.starts("r1", Some(Why::Greeting));
    rig.model(ModelEvent::Audio {
        response: "r1".into(),
        item: "i1".into(),
        content_index: 0,
        audio: vec![1; 1_607],
    });
    rig.run_to(2_000);
    rig.speech_starts("u1");
    assert_eq!(rig.take(), [truncate("i1", 200)]);
}

#[test]
fn silence_climbs_the_ladder_to_the_end() {
    let mut rig = Rig::new();
    rig.greet();
    rig.take();
    rig.run_to(9_100);
    let nudge = rig.take();
    assert_eq!(nudge[0], Command::Tell("She is silent.".to_owned()));
    assert_eq!(asked(&nudge).len(), 1);
    rig.says("r2", Some(Why::Nudge), "i2", 2_000, "Anna?");
    let before = rig.sent;
    rig.run_to(21_100);
    assert_eq!(rig.take()[0], Command::Tell("Still silent.".to_owned()));
    rig.says("r3", Some(Why::Nudge), "i3", 2_000, "Wake up!");
    rig.run_to(60_000);
    assert_eq!(rig.sent - before, (2_000 - 160 + 2_500 + 2_000) * 8, "the tone and the words");
    assert_eq!(rig.ending(), Some(Ending::FellSilent));
    assert!(rig.notes().contains(&&Note::Silence(SilenceStep::GiveUp)));
}

#[test]
fn a_word_of_hers_stops_the_ladder_and_the_tone() {
    let mut rig = Rig::new();
    rig.greet();
    rig.run_to(9_100);
    rig.says("r2", Some(Why::Nudge), "i2", 1_000, "Anna?");
    rig.run_to(21_500);
    rig.take();
    rig.speech_starts("u1");
    assert_eq!((rig.take(), rig.cleared), (vec![], 1), "no model knows of the tone");
    rig.run_for(1_000);
    rig.speech_stops("u1");
    rig.run_for(3_000);
    assert_eq!(rig.ending(), None);
}

#[test]
fn a_nudge_that_she_overtakes_is_cancelled() {
    let mut rig = Rig::new();
    rig.greet();
    rig.run_to(9_100);
    rig.take();
    rig.speech_starts("u1");
    rig.starts("r2", Some(Why::Nudge));
    assert_eq!(rig.take(), [Command::Cancel { response: "r2".to_owned() }]);
    let sent = rig.sent;
    rig.audio("r2", "i2", 500);
    assert_eq!(rig.sent, sent);
}

#[test]
fn a_line_that_echoes_nothing_does_not_stop_the_ladder() {
    let mut rig = Rig::with(plan(), ms(3_600_000));
    rig.says("r1", Some(Why::Greeting), "i1", 1_000, "Good morning");
    rig.run_to(12_100);
    assert_eq!(rig.asks(), [Why::Nudge]);
}

#[test]
fn both_sides_stand_in_the_transcript_in_order_of_time() {
    let mut rig = Rig::new();
    rig.chat();
    let said: Vec<_> = rig.report().utterances.into_iter().map(|said| said.text).collect();
    assert_eq!(
        said,
        ["Good morning Anna", "the early shift", "I am making tea", "What day is it?", "it is Monday"]
    );
    let heard = rig.notes().into_iter().filter(|note| matches!(note, Note::Utterance(_))).count();
    assert_eq!(heard, 5);
}

#[test]
fn no_greeting_within_four_seconds_costs_the_connection_and_then_the_mode() {
    let mut rig = Rig::new();
    rig.run_to(4_000);
    assert_eq!(rig.take(), [Command::Reconnect]);
    rig.run_to(7_000);
    assert_eq!(rig.ending(), Some(Ending::ModelLost { reason: "no answer".to_owned() }));
}

#[test]
fn a_new_connection_speaks_first_and_knows_what_was_said() {
    let mut rig = Rig::new();
    rig.greet();
    rig.sleeper_says("u1", "yes");
    rig.starts("r2", None);
    rig.audio("r2", "i2", 1_000);
    rig.model(ModelEvent::Words {
        response: "r2".into(),
        item: "i2".into(),
        content_index: 0,
        text: "Very good, now tell me".into(),
    });
    rig.take();
    rig.act(|session, now, out| session.on_model_lost("closed with 1011", true, now, out));
    assert_eq!(rig.take(), [Command::Reconnect]);
    rig.run_for(1_100);
    let history = rig.session.history(rig.now);
    let said: Vec<_> = history.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(said, ["Good morning Anna", "yes", "Very good, now tell me"], "what was there is played");
    rig.act(Session::on_reconnected);
    rig.says("r1", Some(Why::Reseeded), "i9", 4_000, "Where were we?");
    rig.run_for(1_000);
    rig.take();
    rig.speech_starts("u2");
    assert_eq!(rig.take(), [truncate("i9", 1_000)], "items of the old connection are left alone");
    assert_eq!(rig.report().reconnects, 1);
    rig.act(|session, now, out| session.on_model_lost("closed with 1011", true, now, out));
    assert_eq!(rig.ending(), Some(Ending::ModelLost { reason: "closed with 1011".to_owned() }));
}

#[test]
fn an_answer_that_never_comes_costs_the_connection() {
    let mut rig = Rig::new();
    rig.greet();
    rig.sleeper_says("u1", "yes");
    rig.take();
    rig.run_for(u64::try_from(ANSWER_PATIENCE.as_millis()).unwrap());
    assert_eq!(rig.take(), [Command::Reconnect]);
}

#[test]
fn complaints_are_taken_for_what_they_are() {
    for (fault, request, wanted) in [
        (Fault::Harmless, None, vec![]),
        (Fault::AlreadyAnswering, Some(77), vec![]),
        (Fault::Passing, None, vec![]),
        (Fault::ConnectionOver, None, vec![Command::Reconnect]),
        (Fault::Fatal, None, vec![Command::End(Ending::ModelLost { reason: "code".to_owned() })]),
    ] {
        let mut rig = Rig::new();
        rig.greet();
        rig.take();
        rig.complains(fault, "code", request);
        assert_eq!(rig.take(), wanted, "{fault:?}");
    }
}

#[test]
fn a_failed_response_is_asked_for_once_more() {
    let mut rig = Rig::new();
    rig.greet();
    rig.sleeper_says("u1", "yes");
    rig.take();
    rig.starts("r2", None);
    rig.fails("r2", Fault::Passing, "server_error");
    assert_eq!(rig.asks(), [Why::Again]);
    rig.starts("r3", Some(Why::Again));
    rig.fails("r3", Fault::Passing, "server_error");
    assert_eq!(rig.take().last(), Some(&Command::Reconnect));
}

#[test]
fn a_spent_quota_ends_the_mode_at_once() {
    let mut rig = Rig::new();
    rig.starts("r1", Some(Why::Greeting));
    rig.fails("r1", Fault::Fatal, "insufficient_quota");
    assert_eq!(rig.ending(), Some(Ending::ModelLost { reason: "insufficient_quota".to_owned() }));
}

#[test]
fn a_request_in_the_way_of_an_answer_waits_for_its_end() {
    let mut rig = Rig::new();
    rig.greet();
    rig.run_to(9_100);
    let [(number, _)] = asked(&rig.take())[..] else { panic!("a nudge was asked for") };
    rig.starts("r2", None);
    rig.complains(Fault::AlreadyAnswering, "conversation_already_has_active_response", Some(number));
    assert_eq!(rig.asks(), []);
    rig.audio("r2", "i2", 500);
    rig.ends("r2");
    assert_eq!(rig.asks(), [Why::Nudge]);
}

#[test]
fn a_cut_by_length_is_put_up_with_and_a_cancelled_response_is_no_failure() {
    for status in [ResponseStatus::Completed, ResponseStatus::Cancelled] {
        let mut rig = Rig::new();
        rig.greet();
        rig.sleeper_says("u1", "yes");
        rig.take();
        rig.starts("r2", None);
        rig.ends_as("r2", status);
        assert_eq!(rig.take(), []);
    }
}

#[test]
fn the_longest_call_is_the_longest() {
    let mut plan = plan();
    plan.longest_call = Duration::from_secs(5);
    let mut rig = Rig::with(plan, ms(0));
    rig.greet();
    rig.run_to(6_000);
    assert_eq!(rig.ending(), Some(Ending::TimeLimit));
}

#[test]
fn a_key_pressed_is_a_sign_of_life() {
    let mut rig = Rig::new();
    rig.greet();
    rig.run_to(8_000);
    rig.act(|session, now, out| session.on_key('5', now, out));
    rig.run_to(15_000);
    assert_eq!(rig.asks(), []);
    assert!(rig.notes().contains(&&Note::Key('5')));
}

#[test]
fn the_model_is_given_silence_when_the_line_goes_quiet_in_her_turn() {
    let mut rig = Rig::new();
    rig.greet();
    rig.send_frames();
    rig.run_for(100);
    rig.take();
    rig.speech_starts("u1");
    rig.now += ms(1);
    let stop = rig.now;
    rig.silence_line();
    rig.run_for(5_000);
    assert_eq!(rig.take(), [Command::AppendSilence { bytes: 8_000 }]);
    assert!(rig.now > stop);
}
