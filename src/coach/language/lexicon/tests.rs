use std::collections::BTreeSet;

use jiff::civil::time;

use super::super::words::{phrases, words};
use super::*;
use crate::coach::language::Tongue;
use crate::coach::script;

/// So many openings, that a week of two calls a day needs none twice.
const OPENINGS_MIN: usize = 14;

/// Words in a sentence, beside what fills its slots: a sleepy head forgets.
const SENTENCE_WORDS_MAX: usize = 12;

/// Everything that is missing or wrong in a language, each as a sentence.
fn missing(lexicon: &Lexicon) -> Vec<String> {
    let mut missing = Vec::new();
    for stage in Stage::ALL {
        missing.extend(missing_lines(lexicon, stage));
    }
    let few_questions = lexicon.questions.len() < 9;
    let lists = [
        ("answers", lexicon.answers, 8),
        ("goodbyes", lexicon.goodbyes, 2),
        ("machines", lexicon.machines, 8),
        ("pleas", lexicon.pleas, 8),
        ("negations", lexicon.negations, 2),
        ("denials", lexicon.denials, 1),
        ("grumbles", lexicon.grumbles, 8),
        ("orders", lexicon.orders, 12),
        ("fillers", lexicon.fillers, 40),
        ("mumbles", lexicon.mumbles, 12),
        ("plans", lexicon.plans, 8),
    ];
    missing.extend(few_questions.then(|| "questions: fewer than nine".to_owned()));
    for (name, list, least) in lists {
        let known: BTreeSet<_> = phrases(list).map(words).collect();
        if known.len() < least {
            missing.push(format!("{name}: {} different phrases, fewer than {least}", known.len()));
        }
    }
    missing.extend(missing_words(lexicon));
    missing
}

fn missing_lines(lexicon: &Lexicon, stage: Stage) -> Vec<String> {
    let Some((_, variants)) = lexicon.stages.iter().find(|(known, _)| *known == stage) else {
        return vec![format!("{stage:?}: no lines")];
    };
    let least = if stage == Stage::Opening { OPENINGS_MIN } else { 1 };
    let different: BTreeSet<_> = variants.iter().collect();
    let mut missing = Vec::new();
    if different.len() < least {
        missing.push(format!("{stage:?}: {} different lines, fewer than {least}", different.len()));
    }
    for line in *variants {
        let holes: Vec<_> = line.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        if holes != stage.slots() {
            missing.push(format!("{stage:?}: holds the slots {holes:?}, not {:?}: {line}", stage.slots()));
        }
    }
    missing
}

fn missing_words(lexicon: &Lexicon) -> Vec<String> {
    let mut missing = Vec::new();
    let empty = |word: &&'static str| word.trim().is_empty();
    missing.extend(lexicon.weekdays.iter().any(empty).then(|| "weekdays: one is empty".to_owned()));
    let sky = lexicon.sky.iter().chain([&lexicon.degrees]).any(empty);
    missing.extend(sky.then(|| "sky, degrees: one is empty".to_owned()));
    missing.extend(lexicon.arithmetic.iter().any(empty).then(|| "arithmetic: one is empty".to_owned()));
    missing
        .extend([lexicon.tag, lexicon.name].iter().any(empty).then(|| "tag, name: one is empty".to_owned()));
    missing.extend(
        (lexicon.clock)(time(6, 30, 0, 0)).trim().is_empty().then(|| "clock: says nothing".to_owned()),
    );
    missing
}

#[test]
fn no_language_lacks_anything() {
    for tongue in Tongue::all() {
        let missing = missing(tongue.lexicon());
        assert!(missing.is_empty(), "{tongue:?} is not complete:\n{}", missing.join("\n"));
    }
}

#[test]
fn a_language_that_lacks_something_is_told_what() {
    const DRAFT: Lexicon = Lexicon {
        tag: "xx",
        name: "Draft",
        stages: &[(Stage::Opening, &["Hi. | Up?"]), (Stage::AskSum, &["What is it?"])],
        questions: &[],
        answers: "",
        orders: "trust me",
        fillers: "yes, Yes, ok",
        goodbyes: "bye, Bye!",
        weekdays: ["a", "b", "c", "d", "e", "f", ""],
        ..crate::coach::language::english::ENGLISH
    };
    let missing = missing(&DRAFT);
    for told in [
        "Opening: 1 different lines, fewer than 14",
        "AskSum: holds the slots [], not [\"sum\"]: What is it?",
        "Goodbye: no lines",
        "questions: fewer than nine",
        "answers: 0 different phrases, fewer than 8",
        "goodbyes: 1 different phrases, fewer than 2",
        "orders: 1 different phrases, fewer than 12",
        "fillers: 2 different phrases, fewer than 40",
        "weekdays: one is empty",
    ] {
        assert!(missing.iter().any(|line| line == told), "{told} is not in {missing:#?}");
    }
}

#[test]
fn every_sentence_is_short_and_ends_like_one() {
    for tongue in Tongue::all() {
        for sentence in script::sentences(*tongue) {
            assert!(words(sentence).len() <= SENTENCE_WORDS_MAX, "{tongue:?}: {sentence}");
            assert!(sentence.ends_with(['.', '?', '!', '}']), "{tongue:?}: {sentence}");
        }
    }
}

#[test]
fn a_goodbye_ends_with_a_word_that_means_it() {
    for tongue in Tongue::all() {
        for stage in [Stage::Goodbye, Stage::StillUp] {
            for turn in 0..6 {
                let line = script::line(*tongue, stage, turn);
                assert!(tongue.goodbye_word(&line, &[]).is_some(), "{tongue:?}: {line}");
            }
        }
    }
}

#[test]
fn tags_are_different_and_english_is_the_first() {
    let tags: BTreeSet<_> = Tongue::all().iter().map(|tongue| tongue.tag()).collect();
    assert_eq!(tags.len(), Tongue::all().len());
    assert_eq!(Tongue::ENGLISH.tag(), "en");
}
