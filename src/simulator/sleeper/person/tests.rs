use super::*;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn person(acts: Vec<Act>) -> Person {
    Person::new(Sleeper::answering(ms(0), acts), ms(0))
}

/// Lets her do what is due and tells when and what.
fn next(person: &mut Person) -> Option<(u64, String)> {
    let at = person.due()?;
    let what = match person.act(at)? {
        Doing::Begins { text, .. } => format!("begins {text}"),
        Doing::Finishes { text, .. } => format!("finishes {text}"),
        Doing::Presses(key) => format!("presses {key}"),
        Doing::HangsUp => "hangs up".to_owned(),
    };
    Some((u64::try_from(at.as_millis()).unwrap(), what))
}

#[test]
fn she_waits_for_the_coach_to_speak_and_then_to_stop() {
    let mut anna = person(vec![Act::say("Yes.")]);
    assert_eq!(anna.due(), None);
    anna.coach_speaks(ms(100));
    assert_eq!(anna.due(), None);
    anna.coach_pauses(ms(2_000));
    assert_eq!(anna.due(), Some(ms(2_700)));
    anna.coach_speaks(ms(2_300));
    assert_eq!(anna.due(), None, "he went on");
    anna.coach_pauses(ms(3_000));
    assert_eq!(next(&mut anna), Some((3_700, "begins Yes.".to_owned())));
}

#[test]
fn her_next_words_need_new_words_of_the_coach() {
    let mut anna = person(vec![Act::say("Yes."), Act::say("No.")]);
    anna.coach_speaks(ms(0));
    anna.coach_pauses(ms(1_000));
    next(&mut anna);
    let (finished_at, _) = next(&mut anna).unwrap();
    assert_eq!(anna.due(), None);
    anna.coach_speaks(ms(finished_at + 500));
    anna.coach_pauses(ms(finished_at + 900));
    assert_eq!(anna.due(), Some(ms(finished_at + 1_600)));
}

#[test]
fn she_interrupts_so_far_into_his_words_however_they_are_delivered() {
    let mut anna = person(vec![Act::Interrupt { text: "Stop, please.".into(), into_coach: ms(1_000) }]);
    anna.coach_speaks(ms(500));
    anna.coach_pauses(ms(900));
    assert_eq!(anna.due(), None);
    anna.coach_speaks(ms(1_000));
    assert_eq!(next(&mut anna), Some((1_500, "begins Stop, please.".to_owned())));
}

/// The coach asks, in words or in sound, from one moment to another.
fn asks(person: &mut Person, text: &str, from: u64, until: u64, in_sound: bool) {
    person.coach_speaks(ms(from));
    if in_sound {
        person.listens(ms(from), &voices::speech_for(text, Voice::Coach));
    } else {
        person.hears(text);
    }
    person.coach_pauses(ms(until));
}

/// The next thing that anybody notices.
fn does(person: &mut Person) -> Option<(u64, String)> {
    (0..2).find_map(|_| next(person))
}

const SUM: &str = "What is 34 plus 8, minus 5?";

#[test]
fn she_solves_the_sum_she_was_asked_in_words_or_in_sound() {
    for (right, expected) in [(true, "begins thirty seven."), (false, "begins thirty eight.")] {
        for in_sound in [false, true] {
            let mut anna = person(vec![Act::solve(right, By::Voice)]);
            asks(&mut anna, "Are you awake?", 0, 1_000, in_sound);
            assert_eq!(does(&mut anna), None, "nothing to solve yet");
            asks(&mut anna, SUM, 2_000, 5_000, in_sound);
            assert_eq!(does(&mut anna), Some((5_700, expected.to_owned())));
        }
    }
}

#[test]
fn she_presses_or_says_the_digits_she_was_asked_for() {
    let mut anna = person(vec![
        Act::give_digits(false, By::Keys),
        Act::give_digits(true, By::Keys),
        Act::give_digits(true, By::Voice),
    ]);
    let mut given = Vec::new();
    for round in 0..3 {
        asks(&mut anna, "Press or say 4 7 1.", round * 9_000 + 1_000, round * 9_000 + 3_000, false);
        given.extend(std::iter::from_fn(|| does(&mut anna)).map(|(_, what)| what));
    }
    let keys = ["presses 1", "presses 7", "presses 1", "presses 4", "presses 7", "presses 1"];
    assert_eq!(given[..6], keys);
    assert_eq!(given[6..], ["begins four seven one.", "finishes four seven one."]);
}

#[test]
fn a_slow_answer_is_counted_from_the_question_whatever_the_coach_says_meanwhile() {
    let slowly = When::After(ms(9_000));
    let mut anna = person(vec![Act::Solve { right: true, by: By::Keys, after: slowly }]);
    asks(&mut anna, SUM, 1_000, 4_000, false);
    assert_eq!(next(&mut anna), None, "she only thinks");
    asks(&mut anna, "Are you still there?", 12_000, 12_800, false);
    assert_eq!(does(&mut anna), Some((13_000, "presses 3".to_owned())));
}

#[test]
fn the_last_open_sum_is_answered_even_when_other_words_came_between() {
    let mut anna = person(vec![Act::say("What?"), Act::solve(true, By::Voice)]);
    asks(&mut anna, SUM, 1_000, 4_000, true);
    assert_eq!(does(&mut anna).unwrap().1, "begins What?");
    does(&mut anna);
    asks(&mut anna, "Of course, go on, I'm listening.", 8_000, 9_000, true);
    assert_eq!(does(&mut anna).unwrap().1, "begins thirty seven.");
}

#[test]
fn wits_answer_tasks_before_the_script_goes_on() {
    let wits = Wits { wrong_sums: 1, ..Wits::default() };
    let sleeper = Sleeper::answering(ms(0), vec![Act::say("Hello?"), Act::say("Goodbye.")]).with_wits(wits);
    let mut anna = Person::new(sleeper, ms(0));
    let mut said = Vec::new();
    let questions = [
        "Are you awake?",
        SUM,
        "No, that is not it. What is 21 plus 3, minus 2?",
        "Press or say 4 7.",
        "Well done.",
    ];
    for (round, question) in (0..).zip(questions) {
        asks(&mut anna, question, round * 9_000 + 1_000, round * 9_000 + 3_000, true);
        said.push(does(&mut anna).unwrap().1);
        does(&mut anna);
    }
    let expected = ["Hello?", "thirty eight.", "twenty two.", "four seven.", "Goodbye."];
    assert_eq!(said, expected.map(|line| format!("begins {line}")));
}

#[test]
fn keys_are_pressed_one_after_another() {
    let mut anna = person(vec![Act::Press { digits: "12".into(), after: When::After(ms(100)) }]);
    assert_eq!(next(&mut anna), Some((100, "presses 1".to_owned())));
    assert_eq!(next(&mut anna), Some((430, "presses 2".to_owned())));
    assert_eq!(next(&mut anna), None);
}

#[test]
fn a_machine_greets_beeps_and_hangs_up() {
    let mut machine = Person::new(Sleeper::voicemail(), ms(0));
    let (_, greeting) = next(&mut machine).unwrap();
    assert!(greeting.starts_with("begins Hi, this is Anna"), "{greeting}");
    let done: Vec<_> = std::iter::from_fn(|| next(&mut machine)).map(|(_, what)| what).collect();
    assert_eq!(done[1..], ["begins ", "finishes ", "hangs up"]);
}
