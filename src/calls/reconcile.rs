//! Compares the carrier's list of calls with ours: what it placed and we did not, what we placed and heard
//! nothing of, and two calls to one telephone.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::surplus::Surplus;
use super::{CallError, Calls};
use crate::domain::alert::AlertKind;
use crate::domain::attempt::AttemptState;
use crate::domain::phone::PhoneNumber;
use crate::store::attempts::AttemptRecord;
use crate::telephony::client::CarrierCall;

/// How often the last minutes are compared.
const EVERY: Duration = Duration::from_mins(5);
/// How often a whole day is.
const WHOLE_DAY_EVERY: Duration = Duration::from_hours(24);
/// A day, and the calls that were going on when it began.
const WHOLE_DAY: SignedDuration = SignedDuration::from_hours(36);
/// Calls that had just begun at the last comparison, and clocks that differ.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// What the carrier has just taken may not be written down here yet.
const FRESH: SignedDuration = SignedDuration::from_mins(2);
/// Nothing was heard of an attempt for so long: a callback is lost, and with it whatever should have asked.
const QUIET: SignedDuration = SignedDuration::from_mins(10);
/// Failing so often in a row is worth telling: a quarter of an hour.
const FAILURES_TOLD: u32 = 3;

impl Calls {
    /// Compares at the start and every few minutes, until `stop`.
    pub async fn run_reconciler(self: Arc<Self>, stop: CancellationToken) {
        if let Err(error) = self.note_account().await {
            tracing::warn!(%error, "Could not note whose account this is; empty lists will be believed");
        }
        let (mut failures, mut whole_day_at, mut compared_at) = (0, Duration::ZERO, Timestamp::MIN);
        loop {
            let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
            let whole_day = elapsed >= whole_day_at;
            let back = if whole_day { now - WHOLE_DAY } else { compared_at.min(now) - OVERLAP };
            let compared = tokio::select! {
                () = stop.cancelled() => return,
                compared = self.reconcile(back) => compared,
            };
            match compared {
                Ok(()) => {
                    (failures, compared_at) = (0, now);
                    if whole_day {
                        whole_day_at = elapsed + WHOLE_DAY_EVERY;
                    }
                    self.resolve(AlertKind::ReconcileFailed).await;
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(%error, failures, "Could not compare the carrier's list of calls with ours");
                    if failures >= FAILURES_TOLD {
                        self.raise(AlertKind::ReconcileFailed, "", &error.to_string()).await;
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(EVERY) => {}
            }
        }
    }

    /// One comparison, of all calls since `back_to`.
    pub async fn reconcile(self: &Arc<Self>, back_to: Timestamp) -> Result<(), CallError> {
        let now = self.clock.now();
        let listed = self.carrier.list_from(&self.from, back_to).await?;
        let open = self.store.list_open_attempts().await?;
        for call in &listed {
            if !self.store.is_known_call(&call.id).await? {
                self.look_at_stranger(call, &open, now).await;
            }
        }
        for record in open.iter().filter(|record| is_quiet(record, now)) {
            let (calls, occurrence) = (Arc::clone(self), record.attempt.occurrence);
            self.tasks.spawn(calls.look_up(occurrence));
        }
        tracing::debug!(calls = listed.len(), "Compared the carrier's list of calls with ours");
        Ok(())
    }

    /// A call that no attempt of ours is bound to.
    async fn look_at_stranger(&self, call: &CarrierCall, open: &[AttemptRecord], now: Timestamp) {
        match judge(call, open, now) {
            Stranger::NotYet => {}
            Stranger::Double(of) => {
                self.end_surplus(of.attempt.id, &call.id, Surplus::Doubled).await;
            }
            Stranger::Alien => {
                let to = call.to.as_ref().map_or_else(|| "a number".to_owned(), PhoneNumber::masked);
                let at =
                    call.created_at.map_or_else(|| "at an unknown time".to_owned(), |at| format!("at {at}"));
                let detail = format!("placed {at} to {to}");
                self.raise(AlertKind::AlienCall, call.id.as_str(), &detail).await;
            }
        }
    }
}

/// What a call that we do not know is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stranger<'a> {
    /// It may be one of ours whose name has not been written down yet.
    NotYet,
    /// It rings a telephone that is on this call of ours already.
    Double(&'a AttemptRecord),
    /// Somebody else placed it.
    Alien,
}

fn judge<'a>(call: &CarrierCall, open: &'a [AttemptRecord], now: Timestamp) -> Stranger<'a> {
    let same_phone = |record: &&AttemptRecord| Some(&record.attempt.to) == call.to.as_ref();
    match open.iter().find(same_phone) {
        // A look-up will find it.
        Some(record) if matches!(record.attempt.state, AttemptState::Intended | AttemptState::Unknown) => {
            Stranger::NotYet
        }
        Some(record) if !call.status.is_terminal() => Stranger::Double(record),
        _ if call.created_at.is_none_or(|at| now.duration_since(at) < FRESH) => Stranger::NotYet,
        _ => Stranger::Alien,
    }
}

fn is_quiet(record: &AttemptRecord, now: Timestamp) -> bool {
    now.duration_since(record.attempt.intent_at) > QUIET
}

#[cfg(test)]
mod tests;
