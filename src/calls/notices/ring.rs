//! Brings a notice by telephone, as carefully as a wake-up: intent before the request, one live call to a
//! number, and a look before dialling again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::super::decide::CLOCKS_DIFFER_BY;
use super::super::pacer::Turn;
use super::super::{CallError, Calls};
use super::NO_NEWS;
use crate::domain::attempt::Outcome;
use crate::domain::ids::{CallId, Nonce};
use crate::domain::notice::NoticeState;
use crate::domain::phone::PhoneNumber;
use crate::domain::wake_up::{ASK_AFTER, look_after};
use crate::store::StoreError;
use crate::store::notice_calls::{NoticeCall, NoticeCallState};
use crate::store::notices::Notice;
use crate::telephony::client::NewCall;
use crate::telephony::error::CarrierError;
use crate::telephony::status::CarrierStatus;

/// Nobody is telephoned with news older than this, for instance after a night in which this host was down.
const NEWS_FOR: SignedDuration = SignedDuration::from_hours(2);
/// The outbox holds other people's notices too.
const SLOT_PATIENCE: Duration = Duration::from_secs(3);
/// That number is on another call of ours; look again soon.
const BUSY_WITH_US: SignedDuration = SignedDuration::from_secs(15);
/// The carrier cannot be reached: nothing rang, so it does not count.
const NOT_PLACED: SignedDuration = SignedDuration::from_secs(30);
/// After this long without a list, it counts as a call that was lost.
const LOOK_UP_PATIENCE: SignedDuration = SignedDuration::from_secs(75);
/// A call with a message of half a minute that goes on for longer is stuck.
const STUCK_AFTER: SignedDuration = SignedDuration::from_mins(6);
/// How long it rings: before most mailboxes answer.
const RINGS_FOR: Duration = Duration::from_secs(45);
/// The longest such a call may take.
const LONGEST_CALL: Duration = Duration::from_mins(3);

impl Calls {
    /// Looks after the call that brings a notice, or makes one.
    pub(super) async fn ring(&self, notice: &Notice) -> Result<(), CallError> {
        let calls = self.store.list_notice_calls(notice.id).await?;
        if let Some(open) = calls.into_iter().find(|call| call.state != NoticeCallState::Finished) {
            return self.look_after(notice, &open).await;
        }
        if self.is_no_news(notice).await? {
            return Ok(self.settle(notice, NoticeState::Withdrawn, Some(NO_NEWS)).await?);
        }
        if self.clock.now().duration_since(notice.created_at) > NEWS_FOR {
            return Ok(self
                .settle(notice, NoticeState::GivenUp, Some("it is too old to telephone for"))
                .await?);
        }
        let number = self.contact_of(notice).await?.and_then(|contact| contact.phone_number);
        let Some(to) = number else {
            let why = Some("there is no such number any more");
            return Ok(self.settle(notice, NoticeState::GivenUp, why).await?);
        };
        if let Err(wait) = self.wait_for_slot().await {
            return Ok(self.put_off(notice, after(self.clock.now(), wait), None).await?);
        }
        let Some(intent) = self.intend_notice(notice, to).await? else { return Ok(()) };
        self.dial_notice(notice, &intent).await
    }

    /// A slot that no wake-up waits for; how long to come back in when they take them all.
    async fn wait_for_slot(&self) -> Result<(), Duration> {
        let patience = self.clock.elapsed() + SLOT_PATIENCE;
        while let Err(wait) = self.pacer.take(Turn::Spare) {
            if self.clock.elapsed() + wait > patience {
                return Err(wait);
            }
            self.clock.sleep(wait).await;
        }
        Ok(())
    }

    /// Writes the intent down; `None` when it cannot be made now.
    async fn intend_notice(&self, notice: &Notice, to: PhoneNumber) -> Result<Option<NoticeCall>, CallError> {
        let now = self.clock.now();
        let intent = NoticeCall {
            nonce: self.with_rng(Nonce::new),
            notice: notice.id,
            to,
            state: NoticeCallState::Intended,
            call: None,
            intent_at: now,
            answered_at: None,
            outcome: None,
        };
        let mut change = self.store.change().await?;
        match change.add_notice_call(&intent).await {
            Err(StoreError::NumberBusy) => {
                let until = now.saturating_add(BUSY_WITH_US).unwrap_or(Timestamp::MAX);
                change.put_notice_off(notice.id, until, notice.tries, None).await?;
                change.commit().await?;
                return Ok(None);
            }
            added => added?,
        }
        // Settled meanwhile: nobody is rung for it.
        if !change
            .put_notice_off(notice.id, after(now, look_after(self.policy.settle)), notice.tries + 1, None)
            .await?
        {
            return Ok(None);
        }
        change.commit().await?;
        Ok(Some(intent))
    }

    async fn dial_notice(&self, notice: &Notice, intent: &NoticeCall) -> Result<(), CallError> {
        let nonce = &intent.nonce;
        let (voice_url, status_url) =
            (self.addresses.notice_voice(nonce), self.addresses.notice_status(nonce));
        let call = NewCall {
            to: &intent.to,
            from: &self.from,
            voice_url: &voice_url,
            fallback_url: None,
            status_url: &status_url,
            ring_timeout: self.policy.ring_timeout.unwrap_or(RINGS_FOR),
            time_limit: LONGEST_CALL,
            detect_machine: false,
        };
        match self.carrier.place(&call).await {
            Ok(placed) => self.notice_placed(notice, nonce, &placed.id).await,
            Err(error) => self.notice_not_placed(notice, nonce, &error).await,
        }
    }

    pub(super) async fn notice_placed(
        &self,
        notice: &Notice,
        nonce: &Nonce,
        call: &CallId,
    ) -> Result<(), CallError> {
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        let bound = change.bind_notice_call(nonce, call).await?;
        let current =
            change.notices(notice.occurrence).await?.into_iter().find(|other| other.id == notice.id);
        if let (true, Some(current)) = (bound, current) {
            change.put_notice_off(current.id, after(now, ASK_AFTER), current.tries, None).await?;
        }
        change.commit().await?;
        tracing::info!(occurrence = %notice.occurrence, call = %call, "Telephoning {}", notice.recipient.role());
        Ok(())
    }

    async fn notice_not_placed(
        &self,
        notice: &Notice,
        nonce: &Nonce,
        error: &CarrierError,
    ) -> Result<(), CallError> {
        let tried = Notice { tries: notice.tries + 1, ..notice.clone() };
        let problem = error.to_string();
        let outcome = match error {
            CarrierError::Refused { lasting: true, .. } => Outcome::RefusedForGood,
            CarrierError::Refused { .. } => Outcome::Refused,
            CarrierError::Throttled { retry_after } => {
                self.pacer.hold(*retry_after);
                Outcome::NotPlaced
            }
            CarrierError::NotSent(_) => Outcome::NotPlaced,
            CarrierError::Unknown(_) => {
                // The next look, at the time that the intent set, asks the carrier's list.
                let mut change = self.store.change().await?;
                change.mark_notice_call_unknown(nonce).await?;
                return Ok(change.commit().await?);
            }
        };
        let mut change = self.store.change().await?;
        change.finish_notice_call(nonce, outcome).await?;
        change.commit().await?;
        match outcome {
            Outcome::RefusedForGood => self.settle(&tried, NoticeState::GivenUp, Some(&problem)).await?,
            Outcome::Refused => self.again_or_give_up(&tried, &problem).await?,
            _ => {
                let until = self.clock.now().saturating_add(NOT_PLACED).unwrap_or(Timestamp::MAX);
                self.put_off(notice, until, Some(&problem)).await?;
            }
        }
        Ok(())
    }

    /// Asks the carrier what became of the call that is under way as far as we know.
    async fn look_after(&self, notice: &Notice, open: &NoticeCall) -> Result<(), CallError> {
        let Some(call) = &open.call else { return self.look_for_notice(notice, open).await };
        let now = self.clock.now();
        let Some(found) = self.carrier.fetch(call).await? else {
            return self.notice_call_ended(&open.nonce, &CarrierStatus::Failed).await;
        };
        if found.status.is_terminal() {
            return self.notice_call_ended(&open.nonce, &found.status).await;
        }
        if now.duration_since(open.intent_at) > STUCK_AFTER {
            tracing::warn!(call = %call, "The call with a notice is stuck; ending it");
            self.carrier.hang_up(call).await?;
            return self.notice_call_ended(&open.nonce, &CarrierStatus::Failed).await;
        }
        Ok(self.put_off(notice, after(now, ASK_AFTER), None).await?)
    }

    /// The carrier may or may not have taken the call: its own list decides.
    async fn look_for_notice(&self, notice: &Notice, open: &NoticeCall) -> Result<(), CallError> {
        let now = self.clock.now();
        let back_to = open.intent_at.saturating_sub(CLOCKS_DIFFER_BY).unwrap_or(Timestamp::MIN);
        let listed = match self.carrier.list_to(&open.to, back_to).await {
            Ok(listed) => listed,
            Err(error) if now.duration_since(open.intent_at) > LOOK_UP_PATIENCE => {
                tracing::warn!(%error, "No look-up came about; a call with a notice counts as lost");
                return self.notice_call_ended(&open.nonce, &CarrierStatus::Failed).await;
            }
            Err(_) => {
                return Ok(self.put_off(notice, after(now, look_after(self.policy.settle)), None).await?);
            }
        };
        for found in listed {
            if self.store.is_known_call(&found.id).await? {
                continue;
            }
            self.notice_placed(notice, &open.nonce, &found.id).await?;
            if found.status.is_terminal() {
                self.notice_call_ended(&open.nonce, &found.status).await?;
            }
            return Ok(());
        }
        let mut change = self.store.change().await?;
        let current = change.notice_call(&open.nonce).await?;
        if current.is_some_and(|current| current.call.is_some()) {
            // A webhook was quicker than the list: that call goes on.
            return Ok(());
        }
        change.finish_notice_call(&open.nonce, Outcome::NotPlaced).await?;
        change.put_notice_off(notice.id, now, notice.tries, None).await?;
        Ok(change.commit().await?)
    }

    /// A call is over: they were reached, or it is tried again.
    pub(super) async fn notice_call_ended(
        &self,
        nonce: &Nonce,
        status: &CarrierStatus,
    ) -> Result<(), CallError> {
        let mut change = self.store.change().await?;
        let call = change.notice_call(nonce).await?.ok_or(CallError::Unknown)?;
        let outcome = match (status, call.answered_at) {
            (_, Some(_)) => Outcome::HungUp,
            (CarrierStatus::Busy, None) => Outcome::Busy,
            (CarrierStatus::NoAnswer, None) => Outcome::NoAnswer,
            (CarrierStatus::Canceled, None) => Outcome::Canceled,
            _ => Outcome::Failed,
        };
        if !change.finish_notice_call(nonce, outcome).await? {
            return Ok(());
        }
        change.commit().await?;
        let notice = self.store.load_notice(call.notice).await?;
        if notice.state != NoticeState::Pending {
            return Ok(());
        }
        let all = self.store.list_notice_calls(notice.id).await?;
        let heard = all.iter().any(|call| call.answered_at.is_some());
        if heard && notice.channel.again_after(notice.tries).is_none() {
            // It was read out, to somebody or to a machine, and nobody pressed the key.
            return Ok(self.settle(&notice, NoticeState::Sent, Some("not confirmed")).await?);
        }
        let problem = if heard { "it was not confirmed" } else { "the call was not answered" };
        Ok(self.again_or_give_up(&notice, problem).await?)
    }
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
