//! Why the desk did not do what was asked, by what whoever asked can do about it.

use crate::calls::CallError;
use crate::store::StoreError;
use crate::telephony::error::CarrierError;

/// A request that was not fulfilled. Each says what was wrong, and what to do, in whole sentences.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// One field makes no sense: write it otherwise.
    #[error("{said}")]
    Invalid {
        /// The field, as in the request.
        field: &'static str,
        /// What is wrong with it.
        said: String,
        /// What to write instead; may be empty.
        hint: String,
    },
    /// There is no such thing, or more than one.
    #[error("{said}")]
    NotFound {
        /// What kind of thing: `sleeper`, `schedule`.
        what: &'static str,
        /// What was looked for.
        said: String,
        /// What there is instead; may be empty.
        hint: String,
    },
    /// It cannot be done as things stand.
    #[error("{said}")]
    Conflict {
        /// What stands in the way.
        said: String,
        /// What to do first; may be empty.
        hint: String,
    },
    /// Not now: the same request may well work in a moment.
    #[error("{said}")]
    Busy {
        /// What is in the way.
        said: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
}

impl DeskError {
    /// A field that makes no sense.
    pub fn invalid(field: &'static str, said: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Invalid { field, said: said.into(), hint: hint.into() }
    }

    /// Something that stands in the way.
    pub fn conflict(said: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Conflict { said: said.into(), hint: hint.into() }
    }

    /// What to do about it; empty when the sentence itself says so.
    pub fn hint(&self) -> &str {
        match self {
            Self::Invalid { hint, .. } | Self::NotFound { hint, .. } | Self::Conflict { hint, .. } => hint,
            Self::Busy { .. } => "Try again in a moment.",
            Self::Store(_) => "",
        }
    }
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => {
                Self::NotFound { what, said: format!("There is no such {what}."), hint: String::new() }
            }
            StoreError::NumberBusy => {
                Self::conflict("That phone is on a call of ours already.", "Wait until it is over.")
            }
            StoreError::Duplicate => Self::conflict("It exists already.", ""),
            other => Self::Store(other),
        }
    }
}

impl From<CallError> for DeskError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Store(error) => error.into(),
            CallError::NumberBusy => StoreError::NumberBusy.into(),
            CallError::NoSleeper => StoreError::NotFound("sleeper").into(),
            CallError::Replayed => Self::conflict("That was taken before.", ""),
            CallError::Unknown => StoreError::NotFound("call").into(),
            CallError::NoSnooze(why) => Self::conflict(format!("No snooze: {why}."), ""),
            CallError::Stopping => {
                Self::Busy { said: "The program is being stopped and makes no new calls.".to_owned() }
            }
            CallError::LineBusy(_) => Self::Busy { said: "Wake-ups that are due take the line.".to_owned() },
            CallError::Carrier(error @ CarrierError::Refused { .. }) => Self::conflict(error.to_string(), ""),
            CallError::Carrier(error) => Self::Busy { said: error.to_string() },
        }
    }
}
