//! Judges a world at its end: the two ledgers by the [checker], and what only this
//! engine can see: sockets, tickets, and what became of calls whose model was lost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::world::nothing_cancelled;
use crate::app::Rehearsal;
use crate::clock::Clock as _;
use crate::domain::alert::AlertKind;
use crate::domain::attempt::{AttemptState, Outcome};
use crate::domain::ids::{CallId, Nonce, OccurrenceId, SleeperId};
use crate::domain::mode::CallMode;
use crate::domain::phone::PhoneNumber;
use crate::domain::wake_up::{End, Phase, look_after};
use crate::simulator::twilio::{CallRecord, CallStatus, WebhookKind};
use crate::store::Store;
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::trials::checker::{self, AlertRow, AttemptRow, CallRow, Evidence, Violation, WakeUpRow, World};
use crate::trials::ledger::LedgerCall;

/// Both ledgers are written by one clock, at instants a little apart.
const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_secs(2);
/// The written word for an attempt given up without the carrier's list.
const BLIND: &str = "dial_without_lookup";
/// The written word for an attempt whose request was not answered.
const UNKNOWN: &str = "placing_unknown";

/// What a world's books say.
#[derive(Debug, Default)]
pub struct Judgement {
    /// What must not be: a sentence each.
    pub broken: Vec<String>,
    /// Calls that the carrier took later than any look-up waits, and what came of them: outside the promise.
    pub excused: Vec<String>,
    /// How wake-ups ended.
    pub ends: BTreeMap<&'static str, usize>,
    /// Calls that the carrier took.
    pub calls: usize,
    /// Attempts, whether or not anything rang.
    pub attempts: usize,
    /// Attempts whose request was not answered.
    pub unknown: usize,
    /// Attempts given up without the carrier's list.
    pub blind: usize,
    /// Calls with a media stream that began.
    pub streams: usize,
    /// Model connections made anew in the middle of a call.
    pub reconnects: usize,
    /// Attempts that fell back.
    pub fell_back: usize,
    /// The same, by the first words of the reason.
    pub reasons: BTreeMap<String, usize>,
    /// Calls that went on in traditional mode after their stream had broken.
    pub went_on: usize,
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
    let mut found = books.counted(&calls);
    let evidence = Evidence {
        wake_ups: books.wake_ups.iter().map(wake_up_row).collect(),
        attempts: books.attempts.iter().map(|record| books.attempt_row(record)).collect(),
        alerts: books.missed.iter().map(|wake_up| AlertRow { wake_up: *wake_up, missed: true }).collect(),
        calls: calls.iter().map(call_row).collect::<anyhow::Result<_>>()?,
        world: World {
            until: rehearsal.clock.now(),
            helpless,
            cancelled: nothing_cancelled(),
            snoozed: Vec::new(),
            numbers: numbers_of(&books),
            clocks_differ_by: CLOCKS_DIFFER_BY,
        },
    };
    let late = books.taken_late(&calls, settle);
    for violation in checker::judge(&evidence) {
        let says = told(&violation, &books, people);
        let excused = violation.wake_up.is_some_and(|wake_up| late.contains(&wake_up));
        if excused { found.excused.push(says) } else { found.broken.push(says) }
    }
    for wrong in seen_by_the_carrier(&calls, &books) {
        found.broken.push(wrong);
    }
    let damage = rehearsal.store.condition().await?.damage;
    found.broken.extend(damage.into_iter().map(|line| format!("the database is damaged: {line}")));
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

/// Our ledger, as the database has it.
struct Books {
    wake_ups: Vec<Occurrence>,
    attempts: Vec<AttemptRecord>,
    by_nonce: BTreeMap<String, usize>,
    blind: BTreeSet<String>,
    unknown: usize,
    missed: Vec<OccurrenceId>,
}

impl Books {
    async fn read(store: &Store) -> anyhow::Result<Self> {
        let wake_ups = store.list_recent(u32::MAX).await?;
        let (mut attempts, mut blind, mut unknown) = (Vec::new(), BTreeSet::new(), 0);
        for wake_up in &wake_ups {
            attempts.extend(store.list_attempts(wake_up.id).await?);
        }
        for record in &attempts {
            let history = store.list_history(record.attempt.id).await?;
            if history.iter().any(|line| line.what == BLIND) {
                blind.insert(record.attempt.id.to_string());
            }
            unknown += usize::from(history.iter().any(|line| line.what == UNKNOWN));
        }
        let alerts = store.list_alerts(false, u32::MAX).await?;
        let missed = alerts.iter().filter(|alert| alert.kind == AlertKind::Missed);
        let missed = missed.filter_map(|alert| alert.subject.parse().ok()).collect();
        let by_nonce = attempts
            .iter()
            .enumerate()
            .map(|(at, row)| (row.attempt.nonce.as_str().to_owned(), at))
            .collect();
        Ok(Self { wake_ups, attempts, by_nonce, blind, unknown, missed })
    }

    fn attempt_row(&self, record: &AttemptRecord) -> AttemptRow {
        let attempt = &record.attempt;
        let (outcome, over_at) = match &attempt.state {
            AttemptState::Finished { outcome, finished_at, .. } => (Some(*outcome), Some(*finished_at)),
            _ => (None, None),
        };
        AttemptRow {
            id: attempt.id,
            wake_up: attempt.occurrence,
            nonce: attempt.nonce.clone(),
            to: attempt.to.clone(),
            intent_at: attempt.intent_at,
            call: attempt.state.call().cloned(),
            outcome,
            over_at,
            blind: self.blind.contains(&attempt.id.to_string()),
        }
    }

    fn of_call(&self, call: &CallRecord) -> Option<&AttemptRecord> {
        self.by_nonce.get(&LedgerCall::of(call).nonce).map(|at| &self.attempts[*at])
    }

    /// Wake-ups with a call that the carrier took when the look-up for it was over.
    fn taken_late(&self, calls: &[CallRecord], settle: Duration) -> BTreeSet<OccurrenceId> {
        let limit = SignedDuration::try_from(look_after(settle)).unwrap_or(SignedDuration::MAX);
        let late = calls.iter().filter_map(|call| {
            let attempt = &self.of_call(call)?.attempt;
            (call.created_at.duration_since(attempt.intent_at) > limit).then_some(attempt.occurrence)
        });
        late.collect()
    }

    fn counted(&self, calls: &[CallRecord]) -> Judgement {
        let mut found = Judgement {
            calls: calls.len(),
            attempts: self.attempts.len(),
            unknown: self.unknown,
            blind: self.blind.len(),
            ..Judgement::default()
        };
        for wake_up in &self.wake_ups {
            let end = end_of(wake_up).map_or("open", End::name);
            *found.ends.entry(end).or_default() += 1;
        }
        for record in &self.attempts {
            found.reconnects += record.reconnects as usize;
            if let Some(fall_back) = &record.attempt.fell_back {
                found.fell_back += 1;
                *found.reasons.entry(fall_back.reason.clone()).or_default() += 1;
            }
        }
        found.streams =
            calls.iter().filter(|call| call.streams.iter().any(|one| one.started.is_some())).count();
        found.went_on = calls.iter().filter(|call| went_on(call)).count();
        found
    }
}

fn end_of(wake_up: &Occurrence) -> Option<End> {
    match wake_up.wake_up.phase {
        Phase::Ended(end) => Some(end),
        _ => None,
    }
}

fn wake_up_row(row: &Occurrence) -> WakeUpRow {
    WakeUpRow {
        id: row.id,
        sleeper: row.sleeper,
        by_schedule: row.key.is_some(),
        due_at: row.wake_up.due_at,
        useful_until: row.wake_up.useful_until,
        policy: row.wake_up.policy,
        end: end_of(row),
    }
}

fn call_row(call: &CallRecord) -> anyhow::Result<CallRow> {
    Ok(CallRow {
        id: CallId::new(&call.sid),
        to: PhoneNumber::parse(&call.to)?,
        nonce: Nonce::parse(&LedgerCall::of(call).nonce),
        created_at: call.created_at,
        ended_at: call.ended_at,
        got_up: call.reached(CallStatus::InProgress).is_some(),
    })
}

fn numbers_of(books: &Books) -> BTreeSet<PhoneNumber> {
    books.attempts.iter().map(|record| record.attempt.to.clone()).collect()
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
        if let Some(record) = books.of_call(call) {
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
