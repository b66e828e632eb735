//! English.

use super::{Facts, Spoken, Words, counted};
use crate::domain::attempt::Outcome;
use crate::domain::notice::News;
use crate::domain::wake_up::End;

pub(super) fn written(facts: &Facts) -> Words {
    let name = facts.sleeper.as_deref().unwrap_or("The sleeper");
    let title = match facts.news {
        News::RangLate => format!("{name} was called late"),
        News::SlowToWake => format!("{name} is not up yet"),
        News::Missed => format!("{name} was not woken"),
        News::UpAfterAll => format!("{name} is up"),
    };
    Words { title, text: format!("{} {}", what(facts), what_to_do(facts)) }
}

pub(super) fn spoken(facts: &Facts) -> Spoken {
    Spoken {
        message: format!(
            "This is the wake-up coach of {}, with a message for you. {}",
            name(facts),
            written(facts).text
        ),
        question: "Press 1 to confirm that you have heard this.".to_owned(),
        thanks: "Thank you. Goodbye.".to_owned(),
    }
}

fn name(facts: &Facts) -> &str {
    facts.sleeper.as_deref().unwrap_or("the sleeper")
}

fn what(facts: &Facts) -> String {
    let name = name(facts);
    let due = facts.due.strftime("%H:%M on %A, %-d %B");
    let at = format!("The wake-up call for {name} at {due}, {} time,", place(&facts.zone));
    match facts.news {
        News::RangLate => format!("{at} was made only at {}.", facts.now.strftime("%H:%M")),
        News::SlowToWake => format!("{at} has not succeeded so far. {}", tried(facts)),
        News::Missed => {
            format!("{at} was given up: {}. Nobody knows whether {name} is up. {}", why(facts), tried(facts))
        }
        News::UpAfterAll => format!("{at} has succeeded at {}.", facts.now.strftime("%H:%M")),
    }
}

fn what_to_do(facts: &Facts) -> String {
    let name = name(facts);
    match facts.news {
        News::RangLate => {
            "This program or its machine was not running at the time: please see why, before tomorrow."
                .to_owned()
        }
        News::SlowToWake => {
            format!("The calls go on. Please telephone {name} too, from your own telephone, or go and knock.")
        }
        News::Missed => {
            format!("No more calls are made for it. Please make sure yourself that {name} is up.")
        }
        News::UpAfterAll => "There is nothing left to do.".to_owned(),
    }
}

fn why(facts: &Facts) -> String {
    let why = match facts.end {
        Some(End::TooLate) => "this program could not call until it was too late",
        Some(End::CallsExhausted) => "all calls that may be made were made",
        Some(End::DeadlinePassed) => "the time for calling was over",
        Some(End::CostCapReached) => "it has cost as much as it may",
        Some(End::RefusedForGood) => {
            let words = facts.refusal.as_deref().map(|words| format!(" ({words})")).unwrap_or_default();
            return format!("the telephone company refuses such calls{words}");
        }
        _ => "nothing more could be tried",
    };
    why.to_owned()
}

fn tried(facts: &Facts) -> String {
    let counts = counted(&facts.calls, outcome);
    let parts: Vec<_> = counts.iter().map(|(count, word)| format!("{count} {word}")).collect();
    match facts.calls.len() {
        0 => "No call was made.".to_owned(),
        1 => format!("One call was made: {}.", counts[0].1),
        calls => format!("{calls} calls were made: {}.", parts.join(", ")),
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Up => "answered and awake",
        Outcome::HungUp => "answered and hung up",
        Outcome::FellSilent => "answered and then silent",
        Outcome::Snoozed => "answered, with a wish for more sleep",
        Outcome::Busy => "busy",
        Outcome::NoAnswer => "not answered",
        Outcome::Voicemail => "taken by a machine",
        Outcome::TimeLimit => "answered without waking up",
        _ => "not put through",
    }
}

/// `Europe/Berlin` as people say it.
fn place(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}
