use insta::assert_snapshot;

use super::*;

fn facts(news: News, end: Option<End>) -> Facts {
    use Outcome::{Busy, HungUp, NoAnswer};
    Facts {
        news,
        sleeper: Some("Anna".to_owned()),
        due: "2026-03-02T06:30:00[Europe/Berlin]".parse().unwrap(),
        zone: "Europe/Berlin".to_owned(),
        now: "2026-03-02T07:05:00[Europe/Berlin]".parse().unwrap(),
        calls: vec![NoAnswer, Busy, NoAnswer, HungUp],
        end,
        refusal: Some("the carrier refused the request: unverified (error 21219)".to_owned()),
    }
}

fn both(language: &str, facts: &Facts) -> String {
    let words = written(language, facts);
    format!("{}\n{}", words.title, words.text)
}

#[test]
fn each_piece_of_news_says_who_when_what_was_tried_and_what_to_do() {
    assert_snapshot!(both("en-US", &facts(News::SlowToWake, None)), @"
    Anna is not up yet
    The wake-up call for Anna at 06:30 on Monday, 2 March, Berlin time, has not succeeded so far. 4 calls were made: 2 not answered, 1 busy, 1 answered and hung up. The calls go on. Please telephone Anna too, from your own telephone, or go and knock.
    ");
    assert_snapshot!(both("en-GB", &facts(News::Missed, Some(End::CallsExhausted))), @"
    Anna was not woken
    The wake-up call for Anna at 06:30 on Monday, 2 March, Berlin time, was given up: all calls that may be made were made. Nobody knows whether Anna is up. 4 calls were made: 2 not answered, 1 busy, 1 answered and hung up. No more calls are made for it. Please make sure yourself that Anna is up.
    ");
    assert_snapshot!(both("en-US", &facts(News::Missed, Some(End::RefusedForGood))), @"
    Anna was not woken
    The wake-up call for Anna at 06:30 on Monday, 2 March, Berlin time, was given up: the telephone company refuses such calls (the carrier refused the request: unverified (error 21219)). Nobody knows whether Anna is up. 4 calls were made: 2 not answered, 1 busy, 1 answered and hung up. No more calls are made for it. Please make sure yourself that Anna is up.
    ");
    assert_snapshot!(both("en-US", &facts(News::RangLate, None)), @"
    Anna was called late
    The wake-up call for Anna at 06:30 on Monday, 2 March, Berlin time, was made only at 07:05. This program or its machine was not running at the time: please see why, before tomorrow.
    ");
    assert_snapshot!(both("en-US", &facts(News::UpAfterAll, Some(End::Up))), @"
    Anna is up
    The wake-up call for Anna at 06:30 on Monday, 2 March, Berlin time, has succeeded at 07:05. There is nothing left to do.
    ");
}

#[test]
fn it_is_told_in_french_too() {
    assert_snapshot!(both("fr-FR", &facts(News::SlowToWake, None)), @"
    Pas encore de réveil pour Anna
    L'appel de réveil pour Anna, prévu le lundi 2 mars à 6 h 30, n'a pas encore abouti. 4 appels ont été faits : 2 sans réponse, 1 occupé, 1 avec réponse, puis raccroché. Les appels continuent. Appelez aussi Anna depuis votre propre téléphone, ou allez frapper à la porte.
    ");
    assert_snapshot!(both("fr-FR", &facts(News::Missed, Some(End::DeadlinePassed))), @"
    Réveil manqué pour Anna
    L'appel de réveil pour Anna, prévu le lundi 2 mars à 6 h 30, a été abandonné : le temps prévu pour appeler est écoulé. Personne ne sait si Anna est debout. 4 appels ont été faits : 2 sans réponse, 1 occupé, 1 avec réponse, puis raccroché. Il n'y aura plus d'appel. Allez voir vous-même si Anna est debout.
    ");
    assert_snapshot!(both("fr", &facts(News::Missed, Some(End::RefusedForGood))), @"
    Réveil manqué pour Anna
    L'appel de réveil pour Anna, prévu le lundi 2 mars à 6 h 30, a été abandonné : l'opérateur téléphonique refuse ces appels (the carrier refused the request: unverified (error 21219)). Personne ne sait si Anna est debout. 4 appels ont été faits : 2 sans réponse, 1 occupé, 1 avec réponse, puis raccroché. Il n'y aura plus d'appel. Allez voir vous-même si Anna est debout.
    ");
    assert_snapshot!(both("fr-CA", &facts(News::RangLate, None)), @"
    Appel en retard pour Anna
    L'appel de réveil pour Anna, prévu le lundi 2 mars à 6 h 30, n'a eu lieu qu'à 7 h 05. Ce programme ou sa machine ne fonctionnait pas à l'heure dite : cherchez pourquoi avant demain.
    ");
    assert_snapshot!(both("fr-FR", &facts(News::UpAfterAll, Some(End::Up))), @"
    Réveil réussi pour Anna
    L'appel de réveil pour Anna, prévu le lundi 2 mars à 6 h 30, a abouti à 7 h 05. Il n'y a plus rien à faire.
    ");
}

#[test]
fn a_call_says_whom_it_is_about_and_asks_for_a_key() {
    let facts = Facts { calls: vec![Outcome::Busy], ..facts(News::SlowToWake, None) };
    let said = spoken("en-US", &facts);
    assert!(said.message.contains("Anna") && said.message.contains("One call was made: busy."), "{said:?}");
    assert!(said.question.contains('1') && spoken("fr-FR", &facts).question.contains('1'));
}

#[test]
fn somebody_without_a_name_and_without_calls_is_told_of_too() {
    let facts = Facts { sleeper: None, calls: Vec::new(), ..facts(News::Missed, Some(End::TooLate)) };
    assert_snapshot!(both("", &facts), @"
    The sleeper was not woken
    The wake-up call for the sleeper at 06:30 on Monday, 2 March, Berlin time, was given up: this program could not call until it was too late. Nobody knows whether the sleeper is up. No call was made. No more calls are made for it. Please make sure yourself that the sleeper is up.
    ");
    assert_snapshot!(both("fr", &facts), @"
    Réveil manqué pour la personne à réveiller
    L'appel de réveil pour la personne à réveiller, prévu le lundi 2 mars à 6 h 30, a été abandonné : ce programme n'a pas pu appeler avant qu'il ne soit trop tard. Personne ne sait si la personne à réveiller est debout. Aucun appel n'a été fait. Il n'y aura plus d'appel. Allez voir vous-même si la personne à réveiller est debout.
    ");
}

#[test]
fn every_news_in_every_language_names_the_person_and_no_end_is_silent() {
    for language in ["en-US", "fr-FR", "tlh"] {
        for news in News::ALL {
            for end in End::ALL {
                let words = written(language, &facts(news, Some(end)));
                assert!(words.title.contains("Anna") && words.text.contains("Anna"), "{words:?}");
            }
        }
    }
}
