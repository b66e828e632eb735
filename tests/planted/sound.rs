//! The same suites with nothing planted: what they find in the others is the fault.

use std::collections::BTreeSet;

use crate::caught::TRIALS;
use crate::suite::Suite;

fn passes(suite: Suite) {
    let verdict = suite.run(None);
    assert!(verdict.passed, "{suite:?}:\n{}", verdict.report);
}

fn programs(named: &str) -> BTreeSet<&'static str> {
    let programs = TRIALS.iter().filter_map(|trial| match trial.suite {
        Suite::Sim(arguments) if arguments.starts_with(named) => Some(arguments),
        _ => None,
    });
    programs.collect()
}

fn pass(named: &str) {
    let programs = programs(named);
    assert!(!programs.is_empty(), "no fault is found by {named}");
    for arguments in programs {
        passes(Suite::Sim(arguments));
    }
}

#[test]
fn the_years_find_nothing() {
    pass("years");
}

#[test]
fn the_calendar_finds_nothing() {
    pass("calendar");
}

#[test]
fn the_crashes_find_nothing() {
    pass("crash");
}

#[test]
fn the_stories_end_well() {
    for trial in TRIALS {
        if matches!(trial.suite, Suite::Story(_)) {
            passes(trial.suite);
        }
    }
}
