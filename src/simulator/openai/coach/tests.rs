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
