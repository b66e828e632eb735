use jiff::Timestamp;

use super::*;
use crate::coach::persona::tests::briefing;

fn said(speaker: Speaker, text: &str) -> Utterance {
    Utterance { speaker, text: text.to_owned(), said_at: Timestamp::UNIX_EPOCH, interrupted: false }
}

#[test]
fn every_stage_has_lines_and_no_line_is_empty() {
    for stage in Stage::ALL {
        let variants = Lines::of(Tongue::English).variants(stage);
        assert!(!variants.is_empty(), "{stage:?}");
        assert!(variants.iter().all(|variant| !variant.is_empty()), "{stage:?}");
    }
}

#[test]
fn every_sentence_is_short_and_ends_like_one() {
    for sentence in sentences(Tongue::English) {
        assert!(sentence.split(' ').count() <= 12, "a sleepy head forgets: {sentence}");
        assert!(sentence.ends_with(['.', '?', '!']), "{sentence}");
        assert!(sentence.is_ascii(), "{sentence}");
    }
}

#[test]
fn the_opening_fits_the_call() {
    let late = |minutes| Some(Duration::from_mins(minutes));
    for (kind, late_by, number, expected) in [
        (AttemptKind::First, None, 1, "Good morning. Anna. This is your wake-up call. Are you awake?"),
        (
            AttemptKind::First,
            late(4),
            1,
            "Good morning. Anna. It is 6:30 now. I am a little late, sorry. Please get up now. Are you awake?",
        ),
        (
            AttemptKind::First,
            late(40),
            1,
            "Good morning. Anna. It is 6:30 now. I should have called you earlier, I am sorry. \
             Please get up now. Are you awake?",
        ),
        (
            AttemptKind::Redial,
            None,
            2,
            "Hello, good morning. Anna. I have called you a few times now. Please get up now. Can you hear me?",
        ),
        (AttemptKind::CallBack, None, 2, "Hello again. Anna. We were not finished. Are you still in bed?"),
        (AttemptKind::Inbound, None, 1, "Good morning. Anna. Thank you for calling. Are you getting up?"),
    ] {
        let briefing = Briefing { kind, late_by, attempt_number: number, ..briefing() };
        assert_eq!(opening(&briefing), expected);
    }
}

#[test]
fn a_call_that_falls_back_takes_up_the_thread() {
    let conversation = [said(Speaker::Coach, "Good morning! What are\nyour plans today? Tell me.")];
    assert_eq!(
        fall_back_opening(&briefing(), &conversation),
        "Sorry, the line changed. Where were we? What are your plans today?"
    );
    let answered = [conversation[0].clone(), said(Speaker::Sleeper, "I am meeting")];
    assert_eq!(
        fall_back_opening(&briefing(), &answered),
        "Sorry, the line changed. Please say that once more."
    );
    let told = [said(Speaker::Coach, "Sit up now.")];
    assert_eq!(
        fall_back_opening(&briefing(), &told),
        "Sorry, the line changed. Are both your feet on the floor?"
    );
    assert_eq!(
        fall_back_opening(&briefing(), &[]),
        "Sorry, the line changed. Good morning. Anna. This is your wake-up call. Are you awake?"
    );
}

#[test]
fn no_question_is_asked_twice_while_others_are_left() {
    let mut conversation = Vec::new();
    for turn in 0..8 {
        let line = ask(Tongue::English, Stage::Heard, turn * 3, &conversation);
        let question = last_sentence(&line);
        assert!(!conversation.iter().any(|said: &Utterance| said.text.contains(question)), "{line}");
        assert!(asks(&line), "{line}");
        conversation.push(said(Speaker::Coach, &line));
    }
    assert!(asks(&ask(Tongue::English, Stage::Heard, 8, &conversation)), "then they come round again");
}

fn last_sentence(line: &str) -> &str {
    line.split_inclusive(['.', '?']).next_back().unwrap().trim()
}

#[test]
fn the_same_turn_says_the_same_words_and_the_next_one_others() {
    for stage in [Stage::Nudge, Stage::KindRefusal, Stage::Goodbye, Stage::Heard] {
        let words = |turn| line(Tongue::English, stage, turn);
        assert_eq!(words(4), words(4));
        assert_ne!(words(4), words(5));
    }
}

#[test]
fn only_the_scripts_own_questions_are_its_own() {
    for own in [opening(&briefing()), line(Tongue::English, Stage::LastResort, 0)] {
        assert!(asks(&own), "{own}");
    }
    for other in ["", "Are you sleeping? Say something, please.", "How was your night?", "Goodbye."] {
        assert!(!asks(other), "{other}");
    }
}

#[test]
fn silence_is_met_in_three_steps() {
    let words = |step| silence(Tongue::English, step, 0);
    assert_eq!(words(SilenceStep::Nudge), "Are you sleeping? Say something, please.");
    assert_eq!(words(SilenceStep::Tone), "Wake up, please. Sit up and talk to me.");
    assert_eq!(words(SilenceStep::GiveUp), "I cannot hear you. I will call you again.");
}
