//! The judge must see what is wrong, and hold his peace about what is right.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::domain::attempt::Outcome;
use crate::domain::ids::{AttemptId, Nonce, ScheduleId, SleeperId};
use crate::domain::phone::PhoneNumber;
use crate::domain::policy::MorningPolicy;
use crate::domain::wake_up::End;
use crate::store::occurrences::CivilKey;

const DUE: &str = "2026-03-02T05:30:00Z";

fn at(secs: i64) -> Timestamp {
    DUE.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(secs)
}

fn morning() -> CivilKey {
    let schedule = ScheduleId::new(at(0), &mut StdRng::seed_from_u64(3));
    CivilKey { schedule, zone_epoch: 0, date: jiff::civil::date(2026, 3, 2), slot: 0 }
}

/// A morning that went well: one call, and she was up.
fn good() -> Evidence {
    let mut rng = StdRng::seed_from_u64(1);
    let (wake_up, nonce) = (OccurrenceId::new(at(0), &mut rng), Nonce::new(&mut rng));
    let to = PhoneNumber::parse("+14155550142").unwrap();
    let attempt = AttemptRow {
        id: AttemptId::new(at(0), &mut rng),
        wake_up,
        nonce: nonce.clone(),
        to: to.clone(),
        intent_at: at(0),
        call: Some(CallId::new("CA1")),
        outcome: Some(Outcome::Up),
        over_at: Some(at(101)),
        blind: false,
    };
    let call = CallRow {
        id: CallId::new("CA1"),
        to: to.clone(),
        nonce: Some(nonce),
        created_at: at(1),
        ended_at: Some(at(100)),
        got_up: true,
    };
    let row = WakeUpRow {
        id: wake_up,
        sleeper: SleeperId::new(at(0), &mut rng),
        morning: Some(morning()),
        due_at: at(0),
        stands_since: at(-86_400),
        useful_until: at(7_200),
        policy: MorningPolicy::default(),
        end: Some(End::Up),
    };
    let world = World {
        until: at(86_400),
        helpless: Vec::new(),
        cancelled: BTreeSet::new(),
        snoozed: Vec::new(),
        numbers: BTreeSet::from([to]),
        clocks_differ_by: SignedDuration::from_secs(5),
        chance_enough: SignedDuration::from_mins(5),
    };
    Evidence { wake_ups: vec![row], attempts: vec![attempt], alerts: Vec::new(), calls: vec![call], world }
}

/// What the judge says of that morning once something is changed.
fn verdicts(change: impl FnOnce(&mut Evidence)) -> Vec<(&'static str, &'static str)> {
    let mut evidence = good();
    change(&mut evidence);
    judge(&evidence).iter().map(|violation| (violation.invariant, violation.harm.name())).collect()
}

fn again(evidence: &mut Evidence, created: i64, ended: i64) {
    let nonce = Nonce::new(&mut StdRng::seed_from_u64(2));
    let id = CallId::new("CA2");
    evidence.attempts.push(AttemptRow {
        id: AttemptId::new(at(created), &mut StdRng::seed_from_u64(2)),
        nonce: nonce.clone(),
        intent_at: at(created),
        call: Some(id.clone()),
        outcome: Some(Outcome::NoAnswer),
        ..evidence.attempts[0].clone()
    });
    let (created_at, ended_at) = (at(created), Some(at(ended)));
    evidence.calls.push(CallRow {
        id,
        nonce: Some(nonce),
        created_at,
        ended_at,
        ..evidence.calls[0].clone()
    });
}

#[test]
fn a_good_morning_breaks_no_promise() {
    assert_eq!(verdicts(|_| {}), []);
    assert_eq!(verdicts(|evidence| again(evidence, 200, 245)), [], "a redial");
}

#[test]
fn nobody_is_up_who_never_got_up() {
    assert_eq!(verdicts(|evidence| evidence.calls[0].got_up = false), [("I1", "lost")]);
}

#[test]
fn calls_too_many_are_seen() {
    assert_eq!(verdicts(|evidence| again(evidence, 50, 90)), [("I2", "doubled")]);
    assert_eq!(
        verdicts(|evidence| {
            again(evidence, 50, 90);
            evidence.attempts[0].blind = true;
        }),
        [],
        "dialled without a look-up"
    );
    assert_eq!(verdicts(|evidence| again(evidence, 9_000, 9_045)), [("I3", "doubled")], "of no use any more");
    assert_eq!(
        verdicts(|evidence| evidence.calls[0].created_at = at(-60)),
        [("I4", "books"), ("I3", "doubled")]
    );
    assert_eq!(
        verdicts(|evidence| {
            again(evidence, 200, 245);
            let nonce = evidence.calls[0].nonce.clone();
            evidence.calls[1].nonce = nonce;
        }),
        [("I4", "doubled")],
        "one attempt, two calls"
    );
    assert_eq!(
        verdicts(|evidence| {
            again(evidence, 200, 245);
            evidence.attempts[1].call = None;
        }),
        [("I3", "doubled")],
        "a call that we never learned of"
    );
    assert_eq!(
        verdicts(|evidence| {
            again(evidence, 200, 245);
            evidence.wake_ups[0].policy.calls_allowed = 1;
        }),
        [("I3", "doubled")]
    );
}

#[test]
fn a_first_call_that_is_no_use_any_more_is_seen() {
    let begun_after = |secs: i64| {
        verdicts(|evidence| {
            evidence.world.helpless = vec![(at(-5), at(secs - 5))];
            evidence.attempts[0].intent_at = at(secs);
            evidence.attempts[0].over_at = Some(at(secs + 101));
            evidence.calls[0].created_at = at(secs + 1);
            evidence.calls[0].ended_at = Some(at(secs + 100));
        })
    };
    assert_eq!(begun_after(7_190), []);
    assert_eq!(begun_after(7_300), [("I3", "doubled")]);
    let snoozed_and_begun = |snoozed: i64, secs: i64| {
        verdicts(|evidence| {
            evidence.world.helpless = vec![(at(-5), at(snoozed))];
            evidence.world.snoozed = vec![(evidence.wake_ups[0].id, at(snoozed))];
            evidence.attempts[0].intent_at = at(secs);
            evidence.attempts[0].over_at = Some(at(secs + 101));
            evidence.calls[0].created_at = at(secs + 1);
            evidence.calls[0].ended_at = Some(at(secs + 100));
        })
    };
    assert_eq!(snoozed_and_begun(7_000, 7_540), [], "nine minutes after she asked for them");
    assert_eq!(snoozed_and_begun(7_000, 7_700), [("I3", "doubled")], "longer than she asked for");
    assert_eq!(snoozed_and_begun(7_300, 7_840), [("I3", "doubled")], "it was too late to ask");
}

#[test]
fn a_check_call_follows_the_news_that_she_is_up_unless_they_are_old() {
    // By her own deadline and by what the wake-up is of use for, 7,200 s: the news may come a quarter of an hour
    // after that.
    let checked_after = |learned: i64| {
        verdicts(|evidence| {
            evidence.attempts[0].over_at = Some(at(learned));
            evidence.world.helpless = vec![(at(105), at(learned - 5))];
            again(evidence, learned + 400, learned + 445);
        })
    };
    assert_eq!(checked_after(8_000), []);
    assert_eq!(checked_after(8_200), [("I3", "doubled")]);
}

#[test]
fn calls_that_nobody_ordered_are_seen() {
    assert_eq!(verdicts(|evidence| evidence.calls[0].nonce = None), [("I4", "books"), ("I1", "lost")]);
    assert_eq!(verdicts(|evidence| evidence.world.numbers.clear()), [("I5", "books")]);
    let to_another = |evidence: &mut Evidence| {
        evidence.calls[0].to = PhoneNumber::parse("+14155550143").unwrap();
        evidence.world.numbers.insert(evidence.calls[0].to.clone());
    };
    assert_eq!(verdicts(to_another), [("I5", "books")], "somebody else's number");
}

#[test]
fn a_wake_up_that_never_happened_is_seen_however_it_is_called() {
    for (end, says) in [
        (None, "lost"),
        (Some(End::Up), "lost"),
        (Some(End::CallsExhausted), "lost"),
        (Some(End::Coalesced), "lost"),
        (Some(End::Cancelled), "lost"),
    ] {
        let found = verdicts(|evidence| {
            evidence.calls.clear();
            evidence.attempts.clear();
            evidence.wake_ups[0].end = end;
        });
        assert!(found.contains(&("I1", says)), "{end:?}: {found:?}");
    }
}

#[test]
fn too_late_needs_an_excuse_and_an_alert() {
    let too_late = |evidence: &mut Evidence| {
        evidence.calls.clear();
        evidence.attempts.clear();
        evidence.wake_ups[0].end = Some(End::TooLate);
    };
    assert_eq!(verdicts(too_late), [("I1", "lost"), ("I11", "silent")]);
    let excused = |evidence: &mut Evidence| {
        too_late(evidence);
        evidence.world.helpless = vec![(at(-60), at(3_600)), (at(3_700), at(9_000))];
        evidence.alerts = vec![AlertRow { wake_up: evidence.wake_ups[0].id, missed: true }];
    };
    assert_eq!(verdicts(excused), []);
    assert_eq!(
        verdicts(|evidence| {
            excused(evidence);
            evidence.world.helpless[1].0 = at(4_000);
        }),
        [("I1", "lost")],
        "seven minutes would have been enough"
    );
    assert_eq!(
        verdicts(|evidence| {
            excused(evidence);
            evidence.world.helpless[1].0 = at(4_000);
            evidence.world.snoozed = vec![(evidence.wake_ups[0].id, at(3_650))];
        }),
        [],
        "she had asked for a little more sleep"
    );
}

#[test]
fn whoever_is_left_to_sleep_is_seen() {
    let first_called_at = |secs: i64, change: fn(&mut Evidence)| {
        verdicts(|evidence| {
            evidence.attempts[0].intent_at = at(secs);
            evidence.attempts[0].over_at = Some(at(secs + 101));
            (evidence.calls[0].created_at, evidence.calls[0].ended_at) = (at(secs + 1), Some(at(secs + 100)));
            change(evidence);
        })
    };
    assert_eq!(first_called_at(290, |_| {}), []);
    assert_eq!(first_called_at(310, |_| {}), [("I1", "lost")]);
    assert_eq!(first_called_at(1_000, |evidence| evidence.world.helpless = vec![(at(-5), at(990))]), []);
    assert_eq!(first_called_at(1_000, |evidence| evidence.wake_ups[0].stands_since = at(990)), []);

    let redialled_at = |secs: i64, end: End| {
        verdicts(|evidence| {
            evidence.attempts[0].outcome = Some(Outcome::NoAnswer);
            evidence.alerts = vec![AlertRow { wake_up: evidence.wake_ups[0].id, missed: true }];
            evidence.wake_ups[0].end = Some(end);
            evidence.wake_ups[0].policy.deadline_mins = 45;
            again(evidence, secs, secs + 45);
            evidence.attempts[1].over_at = Some(at(secs + 46));
        })
    };
    // The longest pause between two calls is 20 minutes.
    assert_eq!(redialled_at(1_500, End::DeadlinePassed), [], "another 20 minutes would be past the 45");
    assert_eq!(redialled_at(200, End::DeadlinePassed), [("I1", "lost")], "there was time for another");
    assert_eq!(redialled_at(1_700, End::DeadlinePassed), [("I1", "lost")], "too long a pause");
    assert_eq!(redialled_at(200, End::CallsExhausted), [("I1", "lost")], "two calls of more");
}

#[test]
fn the_end_of_a_call_is_learned_of_before_long() {
    let learned = |after: i64, helpless: &[(i64, i64)]| {
        let helpless = helpless.iter().map(|(from, until)| (at(*from), at(*until))).collect();
        verdicts(|evidence| {
            evidence.attempts[0].over_at = Some(at(after));
            evidence.world.helpless = helpless;
        })
    };
    assert_eq!(learned(1_290, &[]), []);
    assert_eq!(learned(1_310, &[]), [("I1", "lost")], "she was on nobody's mind for twenty minutes");
    assert_eq!(learned(2_000, &[(90, 1_990)]), [], "the host was down");
}

#[test]
fn one_morning_is_one_wake_up() {
    let twice = |date: i8| {
        verdicts(|evidence| {
            let another = OccurrenceId::new(at(1), &mut StdRng::seed_from_u64(9));
            let morning = CivilKey { date: jiff::civil::date(2026, 3, date), ..morning() };
            let cancelled = WakeUpRow {
                id: another,
                morning: Some(morning),
                end: Some(End::Cancelled),
                ..evidence.wake_ups[0].clone()
            };
            evidence.wake_ups.push(cancelled);
            evidence.world.cancelled.insert(another);
        })
    };
    assert_eq!(twice(3), []);
    assert_eq!(twice(2), [("I12", "doubled")]);
}

#[test]
fn an_attempt_that_is_never_over_is_seen() {
    assert_eq!(
        verdicts(|evidence| {
            again(evidence, 200, 245);
            evidence.attempts[1].outcome = None;
        }),
        [("I1", "books")]
    );
}

#[test]
fn of_a_call_just_made_nobody_need_have_heard() {
    let unheard = |until: i64| {
        verdicts(|evidence| {
            again(evidence, 200, 245);
            evidence.attempts[1].call = None;
            evidence.world.until = at(until);
        })
    };
    assert_eq!(unheard(260), []);
    assert_eq!(unheard(600), [("I3", "doubled")]);
}

#[test]
fn what_is_over_stays_over() {
    let mut watch = Watch::default();
    let evidence = good();
    let (wake_up, attempt) = (evidence.wake_ups[0].id, evidence.attempts[0].id);
    assert_eq!(watch.see_wake_up(wake_up, None), None);
    assert_eq!(watch.see_wake_up(wake_up, Some(End::Up)), None);
    assert_eq!(watch.see_wake_up(wake_up, Some(End::Up)), None);
    assert!(watch.see_wake_up(wake_up, Some(End::Cancelled)).is_some());
    assert_eq!(watch.see_attempt(attempt, wake_up, Some(Outcome::Busy)), None);
    assert!(watch.see_attempt(attempt, wake_up, None).is_some());
}

#[test]
fn what_is_open_is_excused_by_a_host_that_is_down_to_the_end_and_by_no_other() {
    let open = |helpless: &'static [(i64, i64)]| {
        verdicts(|evidence| {
            evidence.wake_ups[0].end = None;
            evidence.world.helpless = helpless.iter().map(|(from, until)| (at(*from), at(*until))).collect();
        })
    };
    assert_eq!(open(&[]), [("I1", "lost")]);
    assert_eq!(open(&[(300, 86_400)]), []);
    assert_eq!(open(&[(300, 80_000)]), [("I1", "lost")], "it came back");
    assert_eq!(open(&[(40_000, 86_400)]), [("I1", "lost")], "it had eleven hours");
}
