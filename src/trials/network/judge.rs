//! Judges a world at its end: the two ledgers by the [checker], and what only this
//! engine can see: sockets, tickets, and what became of calls whose model was lost.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::report::Counts;
use super::world::nothing_cancelled;
use crate::app::Rehearsal;
use crate::domain::attempt::{AttemptState, Outcome};
use crate::domain::ids::SleeperId;
use crate::domain::mode::CallMode;
use crate::domain::wake_up::End;
use crate::simulator::twilio::{CallRecord, CallStatus, WebhookKind};
use crate::store::attempts::AttemptRecord;
use crate::trials::books::Books;
use crate::trials::checker::{self, Violation, World};
use crate::trials::ledger::LedgerCall;

/// Both ledgers are written by one clock, at instants a little apart.
const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_secs(2);
/// Of these minutes most are the busy machine's: its time runs many times as fast as the clock on the wall.
const CHANCE_ENOUGH: SignedDuration = SignedDuration::from_mins(10);

/// What a world's books say.
#[derive(Debug, Default)]
pub struct Judgement {
    /// What must not be: a sentence each.
    pub broken: Vec<String>,
    /// Calls that the carrier took later than any look-up waits, and what came of them: outside the promise.
    pub excused: Vec<String>,
    /// What the books say.
    pub counts: Counts,
}

/// Judges.
pub(super) async fn judge(
    rehearsal: &Rehearsal,
    people: &[SleeperId],
    helpless: Vec<(Timestamp, Timestamp)>,
    settle: Duration,
) -> anyhow::Result<Judgement> {
    let calls = rehearsal.exchange().calls();
    let books = Books::read(&rehearsal.store).await?;
    let mut found = Judgement { counts: counted(&books, &calls), ..Judgement::default() };
    let ledger: Vec<LedgerCall> = calls.iter().map(LedgerCall::of).collect();
    let world = World {
        // All is over: nothing is under way of which nobody can have heard.
        until: Timestamp::MAX,
        helpless,
        cancelled: nothing_cancelled(),
        snoozed: Vec::new(),
        numbers: books.numbers.clone(),
        clocks_differ_by: CLOCKS_DIFFER_BY,
        chance_enough: CHANCE_ENOUGH,
    };
    let late = books.taken_late(&ledger, settle);
    for violation in checker::judge(&books.beside(&ledger, world)?) {
        let says = told(&violation, &books, people);
        let excused = violation.comes_of_late_calls()
            && violation.wake_up.is_some_and(|wake_up| late.contains(&wake_up));
        if excused { found.excused.push(says) } else { found.broken.push(says) }
    }
    for wrong in seen_by_the_carrier(&calls, &books) {
        found.broken.push(wrong);
    }
    Ok(found)
}

/// With the scenario's number, which is what replays it.
fn told(violation: &Violation, books: &Books, people: &[SleeperId]) -> String {
    let sleeper = violation
        .wake_up
        .and_then(|id| books.wake_ups.iter().find(|row| row.id == id))
        .map(|row| row.sleeper);
    match sleeper.and_then(|id| people.iter().position(|known| *known == id)) {
        Some(scenario) => format!("scenario {scenario}: {violation}"),
        None => violation.to_string(),
    }
}

fn counted(books: &Books, calls: &[CallRecord]) -> Counts {
    let mut found = Counts {
        calls: calls.len(),
        attempts: books.attempts.len(),
        unknown: books.unknown,
        blind: books.blind.len(),
        ..Counts::default()
    };
    for wake_up in &books.wake_ups {
        let end = wake_up.wake_up.phase.end().map_or("open", End::name);
        *found.ends.entry(end).or_default() += 1;
    }
    for record in &books.attempts {
        found.reconnects += record.reconnects as usize;
        if let Some(fall_back) = &record.attempt.fell_back {
            found.fell_back += 1;
            *found.reasons.entry(fall_back.reason.clone()).or_default() += 1;
        }
    }
    found.streams = calls.iter().filter(|call| call.streams.iter().any(|one| one.started.is_some())).count();
    found.went_on = calls.iter().filter(|call| went_on(call)).count();
    found
}

/// Documents that were asked for after a stream had ended, and came.
fn documents_after_streams(call: &CallRecord) -> impl Iterator<Item = &str> {
    let ended = call.streams.iter().filter_map(|stream| stream.ended).max();
    let asked = call.webhooks_of(WebhookKind::Document);
    asked
        .filter(move |webhook| ended.is_some_and(|ended| webhook.at >= ended))
        .filter_map(|webhook| (webhook.status == Some(200)).then_some(webhook.body.as_str()))
}

fn speaks(document: &str) -> bool {
    document.contains("<Say") || document.contains("<Play")
}

fn went_on(call: &CallRecord) -> bool {
    documents_after_streams(call).any(speaks)
}

/// The emergency lines are said three times, and no others are.
const EMERGENCY: &str = "loop=\"3\"";

/// Whether we have taken a turn of hers in traditional mode: the emergency lines alone are none.
fn has_answered_in_words(call: &CallRecord) -> bool {
    call.webhooks_of(WebhookKind::Document).any(|webhook| {
        webhook.url.contains("/handle-response/")
            && webhook.status == Some(200)
            && webhook.body.contains("<Gather")
            && !webhook.body.contains(EMERGENCY)
    })
}

/// What the carrier's books alone show to be wrong.
fn seen_by_the_carrier(calls: &[CallRecord], books: &Books) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut opened: BTreeMap<&str, usize> = BTreeMap::new();
    for call in calls {
        for stream in call.streams.iter().filter(|stream| stream.started.is_some()) {
            *opened.entry(&stream.url).or_default() += 1;
        }
        if !call.status.is_final() {
            wrong.push(format!("call {} is still {}", call.sid, call.status.as_str()));
        }
        if let Some(record) = books.of_call(&LedgerCall::of(call)) {
            wrong.extend(fallen_back_well(call, record));
        }
    }
    wrong.extend(
        opened
            .into_iter()
            .filter(|(_, times)| *times > 1)
            .map(|(url, times)| format!("a media socket was opened {times} times with one ticket: {url}")),
    );
    wrong
}

/// A call whose stream broke goes on in words, with the reason written down.
fn fallen_back_well(call: &CallRecord, record: &AttemptRecord) -> Option<String> {
    let of = format!("call {} of attempt {}", call.sid, record.attempt.id);
    let fell_back = record.attempt.fell_back.as_ref();
    if fell_back.is_some_and(|fall_back| fall_back.reason.trim().is_empty()) {
        return Some(format!("{of} fell back for no reason"));
    }
    let was_realtime = record.attempt.decision.mode == CallMode::Realtime;
    if was_realtime && has_answered_in_words(call) && fell_back.is_none() {
        return Some(format!("{of} went on in traditional mode, and the fall back is not written down"));
    }
    // She was in the middle of it, we were asked what comes next, and hung up on her.
    let settled = record.verdict.is_some() || record.ending.is_some();
    let foreign = record.attempt.state.call().is_none_or(|known| known.as_str() != call.sid);
    let given_up = matches!(
        record.attempt.state,
        AttemptState::Finished { outcome: Outcome::NotPlaced | Outcome::Lost | Outcome::Superseded, .. }
    );
    let answered = call.reached(CallStatus::InProgress).is_some();
    let left =
        documents_after_streams(call).any(|document| document.contains("<Hangup") && !speaks(document));
    (was_realtime && answered && left && !settled && !foreign && !given_up)
        .then(|| format!("{of} was hung up on after its stream had broken"))
}
