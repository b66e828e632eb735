//! Our own ledger as the database has it, put before the judge beside the carrier's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;

use super::checker::{AlertRow, AttemptRow, CallRow, Evidence, WakeUpRow, World};
use super::ledger::LedgerCall;
use crate::domain::alert::AlertKind;
use crate::domain::ids::{AttemptId, CallId, Nonce, OccurrenceId};
use crate::domain::phone::PhoneNumber;
use crate::domain::wake_up::look_after;
use crate::store::Store;
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;

/// The written word for an attempt given up without the carrier's list.
const BLIND: &str = "dial_without_lookup";
/// The written word for an attempt whose request was not answered.
const UNKNOWN: &str = "placing_unknown";

/// Everything that is written down.
#[derive(Debug)]
pub struct Books {
    /// Every wake-up.
    pub wake_ups: Vec<Occurrence>,
    /// Every attempt.
    pub attempts: Vec<AttemptRecord>,
    /// Attempts given up without the carrier's list.
    pub blind: BTreeSet<AttemptId>,
    /// How many requests were not answered.
    pub unknown: usize,
    /// Wake-ups of which an alert says that they were missed.
    pub missed: Vec<OccurrenceId>,
    /// The numbers of those who are to be called.
    pub numbers: BTreeSet<PhoneNumber>,
    by_nonce: BTreeMap<String, usize>,
}

impl Books {
    /// Reads them; a damaged database is an error.
    pub async fn read(store: &Store) -> anyhow::Result<Self> {
        let damage = store.condition().await?.damage;
        anyhow::ensure!(damage.is_empty(), "the database is damaged: {damage:?}");
        let wake_ups = store.list_recent(u32::MAX).await?;
        let (mut attempts, mut blind, mut unknown) = (Vec::new(), BTreeSet::new(), 0);
        for wake_up in &wake_ups {
            attempts.extend(store.list_attempts(wake_up.id).await?);
        }
        for record in &attempts {
            let history = store.list_history(record.attempt.id).await?;
            if history.iter().any(|line| line.what == BLIND) {
                blind.insert(record.attempt.id);
            }
            unknown += usize::from(history.iter().any(|line| line.what == UNKNOWN));
        }
        let numbers = store.list_sleepers().await?.into_iter().map(|sleeper| sleeper.phone_number).collect();
        let alerts = store.list_alerts(false, u32::MAX).await?;
        let missed = alerts.iter().filter(|alert| alert.kind == AlertKind::Missed);
        let missed = missed.filter_map(|alert| alert.subject.parse().ok()).collect();
        let nonces = attempts.iter().map(|row| row.attempt.nonce.as_str().to_owned());
        let by_nonce = nonces.enumerate().map(|(at, nonce)| (nonce, at)).collect();
        Ok(Self { wake_ups, attempts, blind, unknown, missed, numbers, by_nonce })
    }

    /// Both ledgers. An error when the carrier's has something in it that cannot be a number.
    pub fn beside(&self, calls: &[LedgerCall], world: World) -> anyhow::Result<Evidence> {
        let attempt = |record: &AttemptRecord| {
            let attempt = &record.attempt;
            AttemptRow::of(attempt, self.blind.contains(&attempt.id))
        };
        Ok(Evidence {
            // When they were planned is not written down; here everything is planned ahead of its time.
            wake_ups: self.wake_ups.iter().map(|row| WakeUpRow::of(row, row.wake_up.due_at)).collect(),
            attempts: self.attempts.iter().map(attempt).collect(),
            alerts: self.missed.iter().map(|wake_up| AlertRow { wake_up: *wake_up, missed: true }).collect(),
            calls: calls.iter().map(call_row).collect::<anyhow::Result<_>>()?,
            world,
        })
    }

    /// The attempt that a call was made for.
    pub fn of_call(&self, call: &LedgerCall) -> Option<&AttemptRecord> {
        self.by_nonce.get(&call.nonce).map(|at| &self.attempts[*at])
    }

    /// Wake-ups with a call that the carrier took when the look-up for it was over.
    pub fn taken_late(&self, calls: &[LedgerCall], settle: Duration) -> BTreeSet<OccurrenceId> {
        let limit = SignedDuration::try_from(look_after(settle)).unwrap_or(SignedDuration::MAX);
        let late = calls.iter().filter_map(|call| {
            let attempt = &self.of_call(call)?.attempt;
            (call.created_at.duration_since(attempt.intent_at) > limit).then_some(attempt.occurrence)
        });
        late.collect()
    }
}

fn call_row(call: &LedgerCall) -> anyhow::Result<CallRow> {
    Ok(CallRow {
        id: CallId::new(&call.sid),
        to: PhoneNumber::parse(&call.to).with_context(|| format!("call {} went to nobody", call.sid))?,
        nonce: Nonce::parse(&call.nonce),
        created_at: call.created_at,
        ended_at: call.ended_at,
        got_up: call.answered,
    })
}
