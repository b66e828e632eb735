//! Calls asked for now.

use super::dto::{CallPlaced, CallRequest};
use super::{Desk, DeskError};

/// A call asked for rings once: hanging up on it is not oversleeping.
const CALLS_ALLOWED: u32 = 1;

impl Desk {
    /// Calls a stored sleeper now, once, and waits for the carrier's answer.
    pub async fn call_now(&self, request: &CallRequest) -> Result<CallPlaced, DeskError> {
        let daemon = self.daemon()?;
        let sleeper = self.sleeper_or_only("sleeper", request.sleeper.as_deref()).await?;
        let call = daemon.calls.call_now(sleeper.id, request.mode, CALLS_ALLOWED).await?;
        Ok(CallPlaced {
            state: call.state.to_owned(),
            call_sid: call.call.map(|id| id.as_str().to_owned()),
            mode: call.mode,
            attempt: call.attempt.to_string(),
            occurrence: call.occurrence.to_string(),
        })
    }
}
