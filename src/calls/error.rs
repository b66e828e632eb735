//! Why something asked of the calls could not be done.

use std::time::Duration;

use crate::domain::wake_up::NoSnooze;
use crate::store::StoreError;
use crate::telephony::error::CarrierError;

/// A request that could not be fulfilled.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// That phone is on a call of ours already.
    #[error("that phone has a call of ours under way")]
    NumberBusy,
    /// Wake-ups that are due take all the calls the account may begin.
    #[error("wake-ups that are due take the line; it has room again in {0:?}")]
    LineBusy(Duration),
    /// The program is being stopped.
    #[error("the program is being stopped and makes no new calls")]
    Stopping,
    /// There is nobody to call.
    #[error("there is no sleeper to call")]
    NoSleeper,
    /// That very request was taken before.
    #[error("that was taken before")]
    Replayed,
    /// There is no such call: the webhook's path or the ticket is not one of ours.
    #[error("there is no such call")]
    Unknown,
    /// A snooze that cannot be granted now.
    #[error("no snooze: {0}")]
    NoSnooze(#[from] NoSnooze),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The carrier failed.
    #[error(transparent)]
    Carrier(#[from] CarrierError),
}
