use jiff::civil::time;

use super::*;
use crate::coach::language::{Language, Operation, Tongue};
use crate::coach::script;

fn fr() -> Tongue {
    Language::parse("fr-CA").unwrap().tongue()
}

#[test]
fn every_time_of_day_is_said_as_the_french_say_it() {
    for (hour, minute, said) in [
        (6, 30, "six heures trente"),
        (6, 0, "six heures"),
        (0, 0, "minuit"),
        (0, 5, "minuit cinq"),
        (12, 15, "midi quinze"),
        (1, 1, "une heure une"),
        (21, 21, "vingt et une heures vingt et une"),
        (17, 59, "dix-sept heures cinquante-neuf"),
    ] {
        assert_eq!(clock(time(hour, minute, 0, 0)), said);
    }
    let all: std::collections::BTreeSet<_> =
        (0..24).flat_map(|hour| (0..60).map(move |minute| clock(time(hour, minute, 0, 0)))).collect();
    assert_eq!(all.len(), 24 * 60, "no two times are said alike");
}

#[test]
fn a_number_is_one_number_however_it_is_said() {
    for heard in [
        "42",
        "quarante-deux",
        "Quarante deux !",
        "Euh, c'est quarante-deux, je crois.",
        "vingt-deux… non, quarante-deux",
        "quarante-deux, un moment",
    ] {
        assert_eq!(fr().number_in(heard), Some(42), "{heard}");
    }
    for (heard, number) in [
        ("soixante et onze", 71),
        ("septante et un", 71),
        ("quatre-vingt-dix-sept", 97),
        ("nonante-sept", 97),
        ("dix sept", 17),
    ] {
        assert_eq!(fr().number_in(heard), Some(number), "{heard}");
    }
    assert_eq!(fr().number_in("aucune idée"), None);
}

#[test]
fn digits_are_understood_one_by_one_and_together() {
    for heard in ["4 7 1", "quatre sept un", "quatre cent soixante et onze", "quatre cette hein"] {
        assert!(fr().says_digits(heard, "471"), "{heard}");
    }
    assert!(!fr().says_digits("quatre sept", "471"));
}

#[test]
fn goodbyes_are_known_from_other_words() {
    for yes in ["Au revoir !", "bon, au revoir alors", "Fin de l’appel.", "AU-REVOIR"] {
        assert!(fr().goodbye_word(yes, &[]).is_some(), "{yes}");
    }
    let announced = "Vous êtes bien sur la messagerie de Léa, laissez un message, au revoir";
    for no in ["", "revoir ma sœur", "goodbye", "l'appel", announced] {
        assert_eq!(fr().goodbye_word(no, &[]), None, "{no}");
    }
}

#[test]
fn machines_are_known_from_people() {
    for machine in [
        "Bonjour, vous êtes bien sur le répondeur d'Anna.",
        "Votre correspondant n’est pas joignable.",
        "Veuillez laisser un message apres le bip sonore",
    ] {
        assert!(fr().is_machine(machine), "{machine}");
    }
    for person in ["", "j'ai eu votre message", "laissez-moi tranquille", "mon répondeur est plein"] {
        assert!(!fr().is_machine(person), "{person}");
    }
}

#[test]
fn pleas_are_known_from_talk_about_sleep() {
    for plea in [
        "Encore cinq minutes, s'il vous plaît.",
        "Non, encore cinq minutes !",
        "laisse-moi dormir",
        "juste dix minutes de plus",
        "encore un petit peu",
    ] {
        assert!(fr().asks_for_snooze(plea), "{plea}");
    }
    for talk in [
        "",
        "je suis debout",
        "je ne veux pas dormir encore",
        "pas une minute de plus",
        "j'ai dormi cinq minutes dans le train",
    ] {
        assert!(!fr().asks_for_snooze(talk), "{talk}");
    }
    for grumble in ["Laissez-moi tranquille.", "Pas maintenant.", "je suis trop fatiguée", "il est trop tôt"]
    {
        assert!(fr().is_reluctant(grumble), "{grumble}");
    }
    for mumble in ["Euh…", "hein ?", "Mmm, non.", ""] {
        assert!(fr().is_mumble(mumble), "{mumble}");
    }
    assert!(!fr().is_mumble("oui") && !fr().is_mumble("euh, lundi"));
}

#[test]
fn high_marks_have_their_space_and_quotes_are_straight() {
    for sentence in script::sentences(fr()) {
        for (at, mark) in sentence.char_indices().filter(|(_, letter)| "?!:;".contains(*letter)) {
            assert!(sentence[..at].ends_with(' '), "no space before {mark}: {sentence}");
        }
        assert!(!sentence.contains(['"', '’', '\u{a0}', '\u{202f}']), "{sentence}");
    }
}

#[test]
fn a_sum_is_asked_in_french() {
    let sum = fr().sum(14, &[(Operation::Plus, 8), (Operation::Minus, 5)]);
    let asked = script::line_with(fr(), Stage::AskSum, 0, &[("sum", &sum)]);
    assert_eq!(asked, "Combien font 14 plus 8, moins 5 ?");
}
