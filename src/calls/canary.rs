//! Whether the carrier's list can be believed when it shows nothing: by a call that it must show.
//!
//! An empty list has a phone ring again. One plus sign that was not encoded, one filter that the carrier has
//! come to read otherwise, and every list is empty.

use jiff::{SignedDuration, Timestamp};

use super::decide::CLOCKS_DIFFER_BY;
use super::{CallError, Calls};
use crate::domain::phone::PhoneNumber;
use crate::planted::{Planted, is_planted};
use crate::store::StoreError;
use crate::store::control::Control;
use crate::telephony::client::CarrierCall;
use crate::telephony::error::{CarrierError, Cause};

/// Calls older than this may have been deleted at the carrier.
const CONTROL_YOUNG: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Calls that have ended a moment ago may not be listed as they will be.
const CONTROL_OLD: SignedDuration = SignedDuration::from_mins(1);

impl Calls {
    /// The calls to a number as the carrier lists them. An empty list is an error when the same question,
    /// asked about the newest call of ours that is over, does not find that one either.
    pub(super) async fn list_believed(
        &self,
        to: &PhoneNumber,
        back_to: Timestamp,
    ) -> Result<Vec<CarrierCall>, CallError> {
        let listed = self.carrier.list_to(to, back_to).await?;
        if !listed.is_empty() || is_planted(Planted::EmptyListBelieved) {
            return Ok(listed);
        }
        // Without any such call, as on the first morning, there is nothing to doubt it by.
        let Some(control) = self.control().await? else { return Ok(listed) };
        let back_to = control.intent_at.saturating_sub(CLOCKS_DIFFER_BY).unwrap_or(Timestamp::MIN);
        let known = self.carrier.list_to(&control.to, back_to).await?;
        if known.iter().any(|call| call.id == control.call) {
            return Ok(listed);
        }
        tracing::warn!(call = %control.call, "The carrier's list is empty, and leaves out a call that it must show");
        Err(CarrierError::Unknown(Cause::Garbage("leaves out a call that is known")).into())
    }

    async fn control(&self) -> Result<Option<Control>, StoreError> {
        let now = self.clock.now();
        let Some(since) = self.store.account_since(self.carrier.account_sid()).await? else {
            return Ok(None);
        };
        let young = now.saturating_sub(CONTROL_YOUNG).unwrap_or(Timestamp::MIN);
        let old = now.saturating_sub(CONTROL_OLD).unwrap_or(Timestamp::MIN);
        self.store.find_control_call(young.max(since), old).await
    }

    /// Another account's list knows none of the calls made before.
    pub(super) async fn note_account(&self) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.note_account(self.carrier.account_sid(), self.clock.now()).await?;
        change.commit().await
    }
}
