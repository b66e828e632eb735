use super::*;

fn tools() -> Vec<String> {
    ["confirm_awake", "end_call", "snooze"].map(str::to_owned).to_vec()
}

fn coach(text: &str) -> Turn {
    Turn::Coach(text.to_owned())
}

fn sleeper(text: &str) -> Turn {
    Turn::Sleeper(text.to_owned())
}

fn next(turns: &[Turn]) -> Step {
    reply(&Asked { instructions: "You wake Anna.", this_time: None, turns, tools: &tools() })
}

fn says(turns: &[Turn]) -> String {
    let Step::Say(text) = next(turns) else { panic!("expected words, got {:?}", next(turns)) };
    text
}

#[test]
fn a_call_runs_from_greeting_to_goodbye() {
    let mut turns = Vec::new();
    turns.push(coach(&says(&turns)));
    assert_eq!(turns[0], coach("Good morning, Anna! This is your wake-up call. Are you awake?"));
    turns.push(sleeper("Mm, what time is it?"));
    turns.push(coach(&says(&turns)));
    turns.push(sleeper("It's Monday and I have the early shift."));
    turns.push(coach(&says(&turns)));
    turns.push(sleeper("My feet are on the floor."));
    let Step::Call(call) = next(&turns) else { panic!("two good answers are enough") };
    assert_eq!(call.name, "confirm_awake");
    assert!(call.arguments.contains("early shift"), "{}", call.arguments);
    turns.push(Turn::Called("confirm_awake".to_owned()));
    turns.push(Turn::Answered("confirm_awake".to_owned(), r#"{"accepted":true}"#.to_owned()));
    let Step::SayThenCall(farewell, call) = next(&turns) else { panic!("a goodbye, then the end") };
    assert!(farewell.ends_with("Goodbye!"), "{farewell}");
    assert_eq!((call.name.as_str(), call.arguments.as_str()), ("end_call", r#"{"reason":"awake"}"#));
}

#[test]
fn a_refused_confirmation_leads_to_another_question() {
    let turns = [
        sleeper("Yes, I'm awake."),
        sleeper("I am making coffee."),
        Turn::Called("confirm_awake".to_owned()),
        Turn::Answered("confirm_awake".to_owned(), "Not confirmed: ask her one more thing.".to_owned()),
    ];
    assert!(says(&turns).ends_with('?'));
}

#[test]
fn a_plea_is_refused_once_and_granted_the_second_time_if_there_is_a_tool() {
    let mut turns = vec![coach("Good morning!"), sleeper("Five more minutes, please.")];
    assert!(says(&turns).starts_with("No more minutes yet"));
    turns.extend([coach("No more minutes yet."), sleeper("Oh please, just five more minutes.")]);
    assert_eq!(next(&turns), Step::Call(ToolCall::new("snooze", r#"{"minutes":9}"#)));
    let asked = Asked { instructions: "", this_time: None, turns: &turns, tools: &[] };
    assert!(matches!(reply(&asked), Step::Say(_)));
}

#[test]
fn a_conversation_put_back_goes_on_without_a_new_greeting() {
    let turns = [
        coach("Good morning! Are you awake?"),
        sleeper("Mmh, yes."),
        coach("Lovely to hear you. What would you like for breakfast?"),
    ];
    assert_eq!(says(&turns), "Sorry, I lost you for a moment. What would you like for breakfast?");
}

#[test]
fn silence_is_nudged_more_firmly_each_time() {
    let note = || Turn::Note("Anna has been silent for a while.".to_owned());
    let mut turns = vec![coach("Good morning!"), note()];
    let first = says(&turns);
    turns.extend([coach(&first), note()]);
    assert_ne!(first, says(&turns));
    turns.push(Turn::Note("Anna has not answered at all. Say you will call again.".to_owned()));
    assert!(says(&turns).starts_with("I'll call you back"));
}

#[test]
fn a_response_of_its_own_kind_is_given_as_asked() {
    let turns = [coach("Good morning!"), sleeper("I am making coffee.")];
    let asked = |wish| Asked { instructions: "", this_time: Some(wish), turns: &turns, tools: &[] };
    assert_eq!(
        reply(&asked("Speak:\n\"Good morning again.\"\n")),
        Step::Say("Good morning again.".to_owned())
    );
    let Step::Say(farewell) = reply(&asked("The call ends now.")) else { panic!("words") };
    assert!(farewell.ends_with("Goodbye!"));
}

#[test]
fn the_chat_model_believes_two_good_answers() {
    let mut turns = vec![coach("Good morning!"), sleeper("(heard unclearly) Yes, I'm awake.")];
    let chat =
        |turns: &[Turn]| chat_reply(&Asked { instructions: "Anna", this_time: None, turns, tools: &[] });
    assert!(!chat(&turns).awake && chat(&turns).say.ends_with('?') && chat(&turns).evidence.is_empty());
    turns.extend([coach("What day is it?"), sleeper("It's Monday and I have the early shift.")]);
    let believed = chat(&turns);
    assert!(believed.awake && believed.evidence.contains("early shift"));
    assert!(believed.say.ends_with("Have a good day, Anna. Goodbye!"));
}

#[test]
fn nobody_is_asked_what_she_has_just_told() {
    let turns = [coach("Good morning!"), sleeper("It's Monday and I have the early shift.")];
    assert!(says(&turns).ends_with("Are your feet on the floor?"));
}

fn tools_with_check() -> Vec<String> {
    tools().into_iter().chain(["check_answer".to_owned()]).collect()
}

fn does(turns: &[Turn]) -> Step {
    reply(&Asked { instructions: "You wake Anna.", this_time: None, turns, tools: &tools_with_check() })
}

fn check(turns: &[Turn], expected: &str) {
    let done = match does(turns) {
        Step::Say(text) => text,
        Step::Call(call) | Step::SayThenCall(_, call) => format!("{} {}", call.name, call.arguments),
        other => panic!("unexpected {other:?}"),
    };
    assert_eq!(done, expected, "{turns:?}");
}

const SUM: &str = "What is 34 plus 8, minus 5?";
const WALK: &str = "Now touch the doorbell, or scan the code at your place.";

#[test]
fn while_a_task_is_open_the_host_judges_what_she_says() {
    for (said, expected) in [
        ("thirty seven", r#"check_answer {"answer":"thirty seven"}"#),
        (
            "My doctor says no sums before breakfast.",
            r#"check_answer {"answer":"My doctor says no sums before breakfast."}"#,
        ),
        ("(unintelligible)", "I didn't quite catch that. What is 34 plus 8, minus 5?"),
        ("Sorry, what did you say?", SUM),
        (
            "Five more minutes, please.",
            "No more minutes yet, you asked me to get you up. What is 34 plus 8, minus 5?",
        ),
        ("Goodbye.", r#"end_call {"reason":"she said goodbye"}"#),
    ] {
        check(&[coach(SUM), sleeper(said)], expected);
    }
    assert!(
        matches!(next(&[coach(SUM), sleeper("thirty seven")]), Step::Say(_)),
        "without the tool he talks on"
    );
}

#[test]
fn the_answer_is_followed_by_what_the_host_says_next() {
    let after = |tool: &str, message: &str| {
        let output = json!({"ok": !message.starts_with("Wrong"), "message": message}).to_string();
        [coach(SUM), sleeper("37."), Turn::Called(tool.to_owned()), Turn::Answered(tool.to_owned(), output)]
    };
    for (message, expected) in [
        (
            "Right. Now say exactly: \"What is 21 plus 3, minus 2?\"",
            "That is right. What is 21 plus 3, minus 2?",
        ),
        ("Wrong. Now say exactly: \"Press or say 4 7 1.\"", "No, that is not it. Press or say 4 7 1."),
        (
            "Right, but too slow to count. Now say exactly: \"Press 1 2.\"",
            "Right, but that took a while. Press 1 2.",
        ),
        ("All is seen. Say goodbye in one sentence, then call end_call.", r#"end_call {"reason":"awake"}"#),
    ] {
        check(&after("check_answer", message), expected);
        check(&after("confirm_awake", message), expected);
        check(&[coach(SUM), sleeper("What?"), Turn::Note(message.to_owned())], expected);
    }
    let mut both = after("confirm_awake", "Right. Now say exactly: \"Press 1 2.\"").to_vec();
    both.push(Turn::Answered("end_call".to_owned(), r#"{"ok":false,"message":"Not yet."}"#.to_owned()));
    check(&both, "That is right. Press 1 2.");
}

#[test]
fn a_walk_is_insisted_on() {
    check(&[coach(WALK), sleeper("I am making coffee.")], &format!("That sounds like a good start. {WALK}"));
    check(&[coach(WALK), sleeper("Goodbye.")], r#"end_call {"reason":"she said goodbye"}"#);
}

#[test]
fn silence_and_a_broken_line_bring_the_open_task_back() {
    let silent = Turn::Note("Anna has been silent for a while.".to_owned());
    check(&[coach(SUM), silent], &format!("Are you still there? {SUM}"));
    let other = "What is 21 plus 3, minus 2?";
    let told = Turn::Note(format!("Anna has been silent for a while.\nNow say exactly: \"{other}\""));
    check(&[coach(SUM), told], &format!("Are you still there? {other}"));
    check(&[coach(SUM)], &format!("Sorry, I lost you for a moment. {SUM}"));
    let wish = format!("The persona.\n\nRight. Now say exactly: \"{SUM}\"");
    let asked = Asked { instructions: "", this_time: Some(&wish), turns: &[], tools: &[] };
    assert_eq!(reply(&asked), Step::Say(format!("That is right. {SUM}")));
}
