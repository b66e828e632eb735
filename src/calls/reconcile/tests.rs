use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::domain::attempt::{Attempt, AttemptKind};
use crate::domain::ids::{AttemptId, CallId, Nonce, OccurrenceId, SleeperId};
use crate::domain::mode::{CallMode, ModeDecision, ModeReason, Probability};
use crate::domain::money::MicroDollars;
use crate::domain::wake_up::Lateness;
use crate::telephony::status::CarrierStatus;

const ANNA: &str = "+14155550101";
const BRUNO: &str = "+14155550102";

/// So many seconds after the attempts were written down.
fn after(secs: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(secs)
}

/// An attempt to call Anna.
fn ours(state: AttemptState) -> AttemptRecord {
    let mut rng = StdRng::seed_from_u64(1);
    let intent_at = after(0);
    let attempt = Attempt {
        id: AttemptId::new(intent_at, &mut rng),
        occurrence: OccurrenceId::new(intent_at, &mut rng),
        sleeper: SleeperId::new(intent_at, &mut rng),
        number: 1,
        kind: AttemptKind::First,
        to: PhoneNumber::parse(ANNA).unwrap(),
        nonce: Nonce::new(&mut rng),
        decision: ModeDecision {
            mode: CallMode::Traditional,
            reason: ModeReason::Forced,
            probability: Probability::new(0.5).unwrap(),
            draw: None,
        },
        intent_at,
        state,
        fell_back: None,
        cost: MicroDollars::default(),
    };
    AttemptRecord::intended(attempt, Lateness::OnTime, 1)
}

/// A call in the carrier's list that no attempt is bound to.
fn theirs(to: Option<&str>, status: CarrierStatus, created_at: Option<Timestamp>) -> CarrierCall {
    CarrierCall {
        id: CallId::new("CA2"),
        status,
        created_at,
        started_at: None,
        ended_at: None,
        duration: None,
        cost: None,
        direction: None,
        answered_by: None,
        to: to.map(|number| PhoneNumber::parse(number).unwrap()),
        from: None,
    }
}

#[test]
fn a_call_that_is_not_known_is_one_of_ours_on_its_way_or_one_too_many_or_a_strangers() {
    let placed = || AttemptState::Placed { call: CallId::new("CA1") };
    let (ringing, done) = (|| CarrierStatus::Ringing, || CarrierStatus::Completed);
    // Who is on which call with us, what is listed, how many seconds ago it was taken: what it is.
    for (state, to, status, age, expected) in [
        // The request has no answer yet, or none that says anything: the look-up will find the call.
        (Some(AttemptState::Intended), Some(ANNA), ringing(), Some(1), "not yet"),
        (Some(AttemptState::Unknown), Some(ANNA), ringing(), Some(600), "not yet"),
        (Some(AttemptState::Unknown), Some(ANNA), done(), Some(600), "not yet"),
        // Her telephone is on a call of ours, and rings once more.
        (Some(placed()), Some(ANNA), ringing(), Some(1), "double"),
        (Some(placed()), Some(ANNA), ringing(), None, "double"),
        // What is over disturbs nobody, and may have been written down a moment ago.
        (Some(placed()), Some(ANNA), done(), Some(119), "not yet"),
        (Some(placed()), Some(ANNA), done(), Some(120), "alien"),
        // Another telephone than any that we call.
        (Some(placed()), Some(BRUNO), ringing(), Some(119), "not yet"),
        (Some(placed()), Some(BRUNO), ringing(), Some(120), "alien"),
        (None, Some(ANNA), ringing(), Some(3_600), "alien"),
        (None, None, done(), Some(3_600), "alien"),
        // Nobody knows since when: it is never too old to be ours.
        (None, Some(BRUNO), ringing(), None, "not yet"),
    ] {
        let open: Vec<AttemptRecord> = state.clone().map(ours).into_iter().collect();
        let listed = theirs(to, status, age.map(|age| after(3_600 - age)));
        let judged = match judge(&listed, &open, after(3_600)) {
            Stranger::NotYet => "not yet",
            Stranger::Double(of) => {
                assert_eq!(of.attempt.id, open[0].attempt.id);
                "double"
            }
            Stranger::Alien => "alien",
        };
        assert_eq!(judged, expected, "{state:?}: {listed:?}");
    }
}

#[test]
fn an_attempt_that_nothing_was_heard_of_for_ten_minutes_is_asked_about() {
    let record = ours(AttemptState::Placed { call: CallId::new("CA1") });
    assert!(!is_quiet(&record, after(600)));
    assert!(is_quiet(&record, after(601)));
}
