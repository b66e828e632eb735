use jiff::Timestamp;

use super::*;
use crate::coach::persona::tests::briefing;

fn said(speaker: Speaker, text: &str) -> Utterance {
    Utterance { speaker, text: text.to_owned(), said_at: Timestamp::UNIX_EPOCH, interrupted: false }
}

#[test]
fn the_opening_fits_the_call() {
    let late = |minutes| Some(Duration::from_mins(minutes));
    for (kind, late_by, number, expected) in [
        (AttemptKind::First, None, 1, "Good morning, Anna! This is your wake-up call. Are you awake?"),
        (
            AttemptKind::First,
            late(4),
            1,
            "Good morning, Anna! It is 6:30 now. I am a little late, sorry. It's time to wake up. Are you awake?",
        ),
        (
            AttemptKind::First,
            late(40),
            1,
            "Good morning, Anna! It is 6:30 now. I should have called you earlier, I am sorry. Up you get! \
             Are you awake?",
        ),
        (
            AttemptKind::Redial,
            None,
            2,
            "Hello, Anna. I tried to reach you before. This is your wake-up call. Can you hear me?",
        ),
        (AttemptKind::CallBack, None, 2, "Good morning again, Anna. Up you get! Are your feet on the floor?"),
        (AttemptKind::Inbound, None, 1, "Good morning, Anna! Lovely to hear you. Are you awake?"),
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
        "Sorry, I lost you for a moment. Where were we? What are your plans today?"
    );
    let answered = [conversation[0].clone(), said(Speaker::Sleeper, "I am meeting")];
    assert_eq!(
        fall_back_opening(&briefing(), &answered),
        "Sorry, I lost you for a moment. Could you say that again?"
    );
    let told = [said(Speaker::Coach, "Sit up now.")];
    assert_eq!(
        fall_back_opening(&briefing(), &told),
        "Sorry, I lost you for a moment. Are your feet on the floor?"
    );
    assert_eq!(
        fall_back_opening(&briefing(), &[]),
        "Sorry, I lost you for a moment. Good morning, Anna! This is your wake-up call. Are you awake?"
    );
}

#[test]
fn no_question_is_asked_twice_while_others_are_left() {
    let mut conversation = Vec::new();
    for turn in 0..9 {
        let line = ask(Tongue::ENGLISH, Stage::Heard, turn * 4, &conversation);
        let question = last_sentence(&line);
        let repeated = conversation.iter().any(|said: &Utterance| said.text.contains(question));
        assert!(!repeated, "{line}");
        assert!(asks(&line), "{line}");
        conversation.push(said(Speaker::Coach, &line));
    }
    assert!(asks(&ask(Tongue::ENGLISH, Stage::Heard, 9, &conversation)), "then they come round again");
}

fn last_sentence(line: &str) -> &str {
    line.split_inclusive(['.', '?']).next_back().unwrap().trim()
}

#[test]
fn the_same_turn_says_the_same_words_and_the_next_one_others() {
    for stage in [Stage::Nudge, Stage::KindRefusal, Stage::Goodbye, Stage::Heard] {
        let words = |turn| line(Tongue::ENGLISH, stage, turn);
        assert_eq!(words(4), words(4));
        assert_ne!(words(4), words(5));
    }
}

#[test]
fn only_the_scripts_own_questions_are_its_own() {
    for own in [opening(&briefing()), line(Tongue::ENGLISH, Stage::LastResort, 0)] {
        assert!(asks(&own), "{own}");
    }
    for other in
        ["", "Are you sleeping?", "Can you hear me? Are you still there?", "How was your night?", "Goodbye."]
    {
        assert!(!asks(other), "{other}");
    }
}

#[test]
fn silence_is_met_in_three_steps() {
    let words = |step| silence(Tongue::ENGLISH, step, 0);
    assert_eq!(words(SilenceStep::Nudge), "Are you sleeping?");
    assert_eq!(words(SilenceStep::Tone), "Wake up, please, and say something.");
    assert_eq!(words(SilenceStep::GiveUp), "I'll call you back in a moment.");
}

#[test]
fn the_first_words_of_a_call_are_known_again_and_no_others() {
    for kind in [AttemptKind::First, AttemptKind::Redial, AttemptKind::CallBack, AttemptKind::Inbound] {
        for (attempt_number, late) in (1..4).zip([None, Some(1), Some(60)]) {
            let late_by = late.map(Duration::from_mins);
            let said = opening(&Briefing { kind, late_by, attempt_number, ..briefing() });
            assert!(opens(&said), "{said}");
        }
    }
    for turn in 0..9 {
        let asked = ask(Tongue::ENGLISH, Stage::Heard, turn, &[]);
        let silent = silence(Tongue::ENGLISH, SilenceStep::Nudge, turn);
        assert!(!opens(&asked) && !opens(&silent), "{asked} {silent}");
    }
}

#[test]
fn an_opening_with_a_task_asks_one_thing() {
    use crate::coach::persona;

    let said = persona::opening_to("What is 28 plus 7, minus 6?", &briefing());
    assert!(said.ends_with("What is 28 plus 7, minus 6?") && said.matches('?').count() == 1, "{said}");
    let check = Briefing { kind: AttemptKind::Check, ..briefing() };
    assert!(persona::opening_to("Press or say 7 1 4.", &check).ends_with(". Press or say 7 1 4."));
}
