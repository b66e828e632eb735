//! French.

use jiff::Zoned;

use super::{Facts, Spoken, Words, counted};
use crate::domain::attempt::Outcome;
use crate::domain::notice::News;
use crate::domain::wake_up::End;

pub(super) fn written(facts: &Facts) -> Words {
    let name = name(facts);
    let title = match facts.news {
        News::RangLate => format!("Appel en retard pour {name}"),
        News::SlowToWake => format!("Pas encore de réveil pour {name}"),
        News::Missed => format!("Réveil manqué pour {name}"),
        News::UpAfterAll => format!("Réveil réussi pour {name}"),
    };
    Words { title, text: format!("{} {}", what(facts), what_to_do(facts)) }
}

pub(super) fn spoken(facts: &Facts) -> Spoken {
    Spoken {
        message: format!("Bonjour, le service de réveil a un message pour vous. {}", written(facts).text),
        question: "Appuyez sur 1 pour confirmer que vous avez entendu ce message.".to_owned(),
        thanks: "Merci. Au revoir.".to_owned(),
    }
}

fn name(facts: &Facts) -> &str {
    facts.sleeper.as_deref().unwrap_or("la personne à réveiller")
}

fn what(facts: &Facts) -> String {
    let name = name(facts);
    let at = format!("L'appel de réveil pour {name}, prévu {},", date(&facts.due));
    let now = hour(&facts.now);
    match facts.news {
        News::RangLate => format!("{at} n'a eu lieu qu'à {now}."),
        News::SlowToWake => format!("{at} n'a pas encore abouti. {}", tried(facts)),
        News::Missed => {
            format!(
                "{at} a été abandonné : {}. Personne ne sait si {name} est debout. {}",
                why(facts),
                tried(facts)
            )
        }
        News::UpAfterAll => format!("{at} a abouti à {now}."),
    }
}

fn what_to_do(facts: &Facts) -> String {
    let name = name(facts);
    match facts.news {
        News::RangLate => {
            "Ce programme ou sa machine ne fonctionnait pas à l'heure dite : cherchez pourquoi \
                           avant demain."
                .to_owned()
        }
        News::SlowToWake => format!(
            "Les appels continuent. Appelez aussi {name} depuis votre propre téléphone, ou allez frapper à la porte."
        ),
        News::Missed => {
            format!("Il n'y aura plus d'appel. Allez voir vous-même si {name} est debout.")
        }
        News::UpAfterAll => "Il n'y a plus rien à faire.".to_owned(),
    }
}

fn why(facts: &Facts) -> String {
    let why = match facts.end {
        Some(End::TooLate) => "ce programme n'a pas pu appeler avant qu'il ne soit trop tard",
        Some(End::CallsExhausted) => "tous les appels permis ont été faits",
        Some(End::DeadlinePassed) => "le temps prévu pour appeler est écoulé",
        Some(End::CostCapReached) => "le coût permis est atteint",
        Some(End::RefusedForGood) => {
            let words = facts.refusal.as_deref().map(|words| format!(" ({words})")).unwrap_or_default();
            return format!("l'opérateur téléphonique refuse ces appels{words}");
        }
        _ => "rien d'autre ne pouvait être tenté",
    };
    why.to_owned()
}

fn tried(facts: &Facts) -> String {
    let counts = counted(&facts.calls, outcome);
    let parts: Vec<_> = counts.iter().map(|(count, word)| format!("{count} {word}")).collect();
    match facts.calls.len() {
        0 => "Aucun appel n'a été fait.".to_owned(),
        1 => format!("Un appel a été fait : {}.", counts[0].1),
        calls => format!("{calls} appels ont été faits : {}.", parts.join(", ")),
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Up => "avec réponse et réveil",
        Outcome::HungUp => "avec réponse, puis raccroché",
        Outcome::FellSilent => "avec réponse, puis silence",
        Outcome::Snoozed => "avec demande de répit",
        Outcome::Busy => "occupé",
        Outcome::NoAnswer => "sans réponse",
        Outcome::Voicemail => "pris par un répondeur",
        Outcome::TimeLimit => "avec réponse, sans réveil",
        _ => "non abouti",
    }
}

fn date(at: &Zoned) -> String {
    const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let weekday = DAYS[usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or_default()];
    let month = MONTHS[usize::try_from(at.month() - 1).unwrap_or_default()];
    format!("le {weekday} {} {month} à {}", at.day(), hour(at))
}

fn hour(at: &Zoned) -> String {
    format!("{} h {:02}", at.hour(), at.minute())
}
