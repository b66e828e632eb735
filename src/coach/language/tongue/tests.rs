use jiff::civil::{date, time};

use super::*;

const EN: Tongue = Tongue::ENGLISH;

#[test]
fn goodbye_counts_as_a_whole_word_only() {
    for yes in ["Goodbye!", "ok, good bye then", "please end call", "END THE CALL."] {
        assert!(EN.goodbye_word(yes, &[]).is_some(), "{yes}");
    }
    for no in ["", "goodbyes are hard", "bye", "spend call time", "good morning, bye-law"] {
        assert_eq!(EN.goodbye_word(no, &[]), None, "{no}");
    }
}

#[test]
fn the_owners_goodbye_words_replace_the_languages() {
    let own = ["Over and out".to_owned(), "tschüß".to_owned()];
    assert_eq!(EN.goodbye_word("Roger, over and out!", &own), Some("Over and out".to_owned()));
    assert_eq!(EN.goodbye_word("TSCHÜß", &own), Some("tschüß".to_owned()));
    assert_eq!(EN.goodbye_word("goodbye", &own), None);
}

#[test]
fn an_answering_machine_gives_itself_away() {
    for machine in
        ["Please leave a message after the tone.", "You have reached the voicemail of …", "AFTER THE BEEP"]
    {
        assert!(EN.is_machine(machine), "{machine}");
    }
    for person in [
        "",
        "I got your message",
        "leave me alone",
        "the tone is awful",
        "my voice is gone",
        "I have a voicemail from my boss",
    ] {
        assert!(!EN.is_machine(person), "{person}");
    }
}

#[test]
fn a_plea_is_understood() {
    for plea in [
        "Five more minutes, please!",
        "snooze",
        "mm just a few more minutes",
        "one more minute",
        "let me sleep",
        "ten minutes longer",
        "No, really, just five more minutes.",
        "don't make me get up, two more minutes",
    ] {
        assert!(EN.asks_for_snooze(plea), "{plea}");
    }
}

#[test]
fn talk_about_sleep_is_no_plea() {
    for talk in [
        "",
        "I'm up",
        "no more minutes for me",
        "I don't want to snooze",
        "I will not snooze today",
        "I don't want five more minutes",
        "no snooze",
        "snoozed already",
        "I slept for five minutes",
        "well last night I had five more minutes of work to do and then I went straight to bed",
    ] {
        assert!(!EN.asks_for_snooze(talk), "{talk}");
    }
}

#[test]
fn grumbling_is_reluctance() {
    for grumble in ["Leave me alone.", "I'm so tired", "I don’t want to", "five more minutes"] {
        assert!(EN.is_reluctant(grumble), "{grumble}");
    }
    for willing in ["I'm up", "I was tired but now I'm fine", "I want tea"] {
        assert!(!EN.is_reluctant(willing), "{willing}");
    }
}

fn check_number(tongue: Tongue, heard: &str, expected: Option<i64>) {
    assert_eq!(tongue.number_in(heard), expected, "{tongue:?}: {heard}");
}

#[test]
fn a_number_is_one_number_however_it_is_said() {
    for heard in [
        "42",
        "forty two",
        "Forty-two!",
        "It's forty-two, I think.",
        "fourteen, then fifty, so forty-two",
        "(pressed 42#)",
        "forty two, give me one moment",
    ] {
        check_number(EN, heard, Some(42));
    }
    check_number(EN, "a hundred and seventeen", Some(117));
    check_number(EN, "one", Some(1));
    check_number(EN, "zero", Some(0));
    for none in ["", "no idea", "the second", "3.5", "I'll think", "99999999999999999999999"] {
        check_number(EN, none, None);
    }
}

#[test]
fn digits_are_understood_one_by_one_and_together() {
    for heard in ["4 7 1", "471", "four seven one", "four seventy-one", "for seven won", "it's 4, 7, 1."] {
        assert!(EN.says_digits(heard, "471"), "{heard}");
    }
    for heard in ["", "4 7", "4 7 1 1", "1 7 4", "yes", "472"] {
        assert!(!EN.says_digits(heard, "471"), "{heard}");
    }
    assert!(EN.says_digits("oh oh seven", "007") && EN.says_digits("zero zero seven", "007"));
    assert!(!EN.says_digits("", ""));
    assert_eq!(digit_by_digit("471"), "4 7 1");
}

#[test]
fn days_times_and_sums_are_said_as_people_say_them() {
    assert_eq!(EN.weekday(date(2026, 3, 1).weekday()), "Sunday");
    assert_eq!(EN.weekday(date(2026, 3, 2).weekday()), "Monday");
    assert_eq!(EN.clock(time(6, 5, 0, 0)), "6:05");
    assert_eq!(EN.sum(14, &[(Operation::Plus, 8), (Operation::Minus, 5)]), "14 plus 8, minus 5");
    assert_eq!(EN.sum(3, &[(Operation::Times, 4)]), "3 times 4");
}
