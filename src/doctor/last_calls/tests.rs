use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::domain::attempt::{Attempt, AttemptKind, FallBack};
use crate::domain::ids::{AttemptId, CallId, Nonce, OccurrenceId, SleeperId};
use crate::domain::mode::{ModeDecision, ModeReason, Probability};
use crate::domain::money::MicroDollars;
use crate::domain::phone::PhoneNumber;
use crate::domain::wake_up::Lateness;

fn at() -> Timestamp {
    "2026-03-02T05:30:00Z".parse().unwrap()
}

/// A realtime call with this outcome and these lines in its history.
fn call(outcome: Outcome, history: &[(&str, &str)]) -> Call {
    let mut rng = StdRng::seed_from_u64(1);
    let attempt = Attempt {
        id: AttemptId::new(at(), &mut rng),
        occurrence: OccurrenceId::new(at(), &mut rng),
        sleeper: SleeperId::new(at(), &mut rng),
        number: 1,
        kind: AttemptKind::First,
        to: PhoneNumber::parse("+14155550142").unwrap(),
        nonce: Nonce::new(&mut rng),
        decision: ModeDecision {
            mode: CallMode::Realtime,
            reason: ModeReason::Drawn,
            probability: Probability::ALWAYS,
            draw: Some(0.1),
        },
        intent_at: at(),
        state: AttemptState::Finished { call: Some(CallId::new("CA1")), outcome, finished_at: at() },
        fell_back: None,
        cost: MicroDollars(0),
    };
    let line = |(what, detail): &(&str, &str)| HistoryLine {
        at: at(),
        what: (*what).to_owned(),
        detail: (*detail).to_owned(),
    };
    Call {
        title: "Call 1 for 2026-03-02 05:30 UTC".to_owned(),
        record: AttemptRecord::intended(attempt, Lateness::OnTime, 1),
        history: history.iter().map(line).collect(),
    }
}

const ANSWERED: [(&str, &str); 2] = [("placed", ""), ("carrier", "in-progress")];

fn fell_back(mut call: Call, ticket: bool, used: bool, reason: &str) -> Call {
    call.record.document = Some("<Response/>".to_owned());
    call.record.ticket = ticket.then(|| Nonce::new(&mut StdRng::seed_from_u64(2)));
    call.record.ticket_used_at = used.then(at);
    call.record.attempt.fell_back = Some(FallBack { at: at(), reason: reason.to_owned() });
    call
}

fn check(call: &Call, id: &str, saw: &str) {
    let finding = call.finding();
    assert_eq!((finding.id.as_ref(), finding.saw.as_str()), (id, saw));
}

#[test]
fn a_call_that_nobody_answers_is_no_broken_chain() {
    check(
        &call(Outcome::NoAnswer, &[("placed", ""), ("carrier", "ringing"), ("carrier", "no-answer")]),
        "last-calls.not-taken",
        "Call 1 for 2026-03-02 05:30 UTC: placed ✓ → answered ✗ (no_answer)",
    );
}

#[test]
fn a_call_that_went_well_shows_the_whole_chain() {
    let mut good = call(Outcome::Up, &ANSWERED);
    good.record.document = Some("<Response/>".to_owned());
    good.record.ticket = Some(Nonce::new(&mut StdRng::seed_from_u64(2)));
    good.record.ticket_used_at = Some(at());
    check(
        &good,
        "last-calls.went-well",
        "Call 1 for 2026-03-02 05:30 UTC: placed ✓ → answered ✓ → TwiML ✓ → socket ✓ → model ✓ (up)",
    );
}

#[test]
fn a_refused_call_names_the_carriers_number_and_its_cure() {
    let said = "the carrier refused the request: Account not authorized to call [number] (error 21215)";
    let mut refused = call(Outcome::RefusedForGood, &[("not_placed", said)]);
    refused.record.attempt.state =
        AttemptState::Finished { call: None, outcome: Outcome::RefusedForGood, finished_at: at() };
    let finding = refused.finding();
    assert_eq!(finding.id, "last-calls.refused");
    assert_eq!(finding.code.as_deref(), Some("21215"));
    assert_eq!(finding.fix.as_deref(), Some("Permit it in the console (Voice, Geo permissions)."));
    assert!(finding.saw.contains("placed ✗ (the carrier refused"), "{}", finding.saw);
}

#[test]
fn the_first_broken_link_is_named() {
    let title = "Call 1 for 2026-03-02 05:30 UTC: ";
    for (call, id, chain) in [
        (call(Outcome::Lost, &[("placed", "")]), "last-calls.no-news", "placed ✓ → answered ✗"),
        (
            call(Outcome::Lost, &[("placed", ""), ("carrier", "ringing")]),
            "last-calls.lost",
            "placed ✓ → answered ✗",
        ),
        (
            call(Outcome::Failed, &[("placed", ""), ("carrier", "failed (SIP 404)")]),
            "last-calls.failed",
            "placed ✓ → answered ✗ (failed (SIP 404))",
        ),
        (call(Outcome::HungUp, &ANSWERED), "last-calls.no-document", "placed ✓ → answered ✓ → TwiML ✗"),
        (
            fell_back(call(Outcome::Up, &ANSWERED), false, false, "HTTP 401"),
            "last-calls.no-model",
            "placed ✓ → answered ✓ → TwiML ✓ → model ✗ (HTTP 401)",
        ),
        (
            fell_back(
                call(Outcome::Up, &ANSWERED),
                true,
                false,
                "the carrier could not open the media stream",
            ),
            "last-calls.no-socket",
            "placed ✓ → answered ✓ → TwiML ✓ → socket ✗ (the carrier could not open the media stream)",
        ),
        (
            fell_back(call(Outcome::Up, &ANSWERED), true, true, "the media stream broke off"),
            "last-calls.socket-broke",
            "placed ✓ → answered ✓ → TwiML ✓ → socket ✗ (the media stream broke off)",
        ),
        (
            fell_back(call(Outcome::Up, &ANSWERED), true, true, "the realtime model was lost: garbage"),
            "last-calls.model-lost",
            "placed ✓ → answered ✓ → TwiML ✓ → socket ✓ → model ✗ (the realtime model was lost: garbage)",
        ),
        (
            fell_back(call(Outcome::Up, &ANSWERED), true, true, "this host is being restarted"),
            "last-calls.restarted",
            "placed ✓ → answered ✓ → TwiML ✓ → socket ✓ → model ✗ (this host is being restarted)",
        ),
    ] {
        check(&call, id, &format!("{title}{chain}"));
    }
}

#[test]
fn the_carriers_own_words_on_the_socket_are_shown() {
    let history = [ANSWERED[0], ANSWERED[1], ("stream-error", "31920 handshake")];
    let call =
        fell_back(call(Outcome::Up, &history), true, false, "the carrier could not open the media stream");
    let saw = call.finding().saw;
    assert!(saw.ends_with("socket ✗ (31920 handshake)"), "{saw}");
}

#[test]
fn a_machine_that_was_hung_up_on_needed_no_document() {
    let history = [ANSWERED[0], ANSWERED[1], ("machine", "a machine answered")];
    assert_eq!(call(Outcome::Voicemail, &history).finding().id, "last-calls.went-well");
}

#[test]
fn what_was_never_placed_is_told_apart() {
    let not = |history| {
        let mut call = call(Outcome::NotPlaced, history);
        call.record.attempt.state =
            AttemptState::Finished { call: None, outcome: Outcome::NotPlaced, finished_at: at() };
        call.finding().id
    };
    assert_eq!(not(&[("not_placed", "the carrier could not be reached")]), "last-calls.not-placed");
    assert_eq!(not(&[("placing_unknown", "…")]), "last-calls.unknown");
}
