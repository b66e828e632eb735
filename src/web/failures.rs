//! Our own failures as problems: what the caller may know and do about them, and no internals.

use std::time::Duration;

use super::error::Problem;
use crate::calls::CallError;
use crate::desk::DeskError;
use crate::store::StoreError;
use crate::telephony::error::CarrierError;

/// Long enough for a write that is in the way to be over.
const TRY_AGAIN_IN: Duration = Duration::from_secs(5);

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Self::not_found(format!("There is no such {what}.")),
            StoreError::NumberBusy | StoreError::Duplicate => Self::conflict(error.to_string()),
            StoreError::Database(_) => {
                tracing::error!(%error, "The database failed");
                Self::unavailable("The database did not answer.", TRY_AGAIN_IN)
            }
            other => Self::internal(&other),
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let hint = error.hint().to_owned();
        let whole = |said: String| if hint.is_empty() { said } else { format!("{said} {hint}") };
        match error {
            DeskError::Invalid { field, said, .. } => {
                Self::bad_request(format!("The field `{field}` does not fit.")).with_field(field, whole(said))
            }
            DeskError::NotFound { said, .. } => Self::not_found(whole(said)),
            DeskError::Conflict { said, .. } => Self::conflict(whole(said)),
            DeskError::Busy { said } => Self::unavailable(whole(said), TRY_AGAIN_IN),
            DeskError::Store(error) => error.into(),
        }
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Store(error) => error.into(),
            CallError::NumberBusy => {
                Self::conflict("That phone is on a call of ours already; wait until it is over.")
            }
            CallError::NoSnooze(_) => Self::conflict(error.to_string()),
            CallError::LineBusy(wait) => Self::unavailable(error.to_string(), wait),
            CallError::Stopping => Self::unavailable(error.to_string(), TRY_AGAIN_IN),
            CallError::NoSleeper => Self::not_found("There is no such sleeper."),
            CallError::Replayed => Self::conflict("This very request was taken before; it counts once."),
            CallError::Unknown => Self::not_found("There is no such call."),
            CallError::Carrier(error @ CarrierError::Refused { .. }) => Self::conflict(error.to_string()),
            CallError::Carrier(error) => Self::unavailable(error.to_string(), TRY_AGAIN_IN),
        }
    }
}
