//! Ends calls that should not be ringing, at once and not only once asked, and says so when a telephone was
//! rung twice.

use std::time::Duration;

use super::Calls;
use crate::domain::alert::AlertKind;
use crate::domain::attempt::{AttemptState, Outcome};
use crate::domain::ids::{AttemptId, CallId};
use crate::planted::{Planted, is_planted};

/// Waits between tries to end it: together with the requests well under the three seconds after which a
/// second ring is more than a hiccup.
const AGAIN_AFTER: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(400), Duration::from_millis(800)];

/// Why a call should not be ringing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surplus {
    /// There is another one, or we believed that there was none: she may be rung twice.
    Doubled,
    /// It was taken back, or gave way, or its end was told before its beginning.
    GoneBy,
}

impl Surplus {
    /// What it means that a call shows up for an attempt that is not, or no more, waiting for it. `bound` says
    /// whether it is the attempt's call.
    pub fn of(bound: bool, state: &AttemptState) -> Self {
        match state {
            _ if !bound => Self::Doubled,
            // The carrier's list did not show it in time, and the next call may be under way.
            AttemptState::Finished {
                outcome: Outcome::NotPlaced | Outcome::Lost | Outcome::Superseded,
                ..
            } => Self::Doubled,
            _ => Self::GoneBy,
        }
    }
}

impl Calls {
    /// Ends a call; false when the carrier could not be told. The one we end is the one that no attempt
    /// conducts: whichever began first, the other has somebody to talk with.
    pub(super) async fn end_surplus(&self, attempt: AttemptId, call: &CallId, why: Surplus) -> bool {
        if is_planted(Planted::SurplusRings) {
            return true;
        }
        tracing::warn!(attempt = %attempt, call = %call, "Ending a surplus call");
        self.metrics.ended_surplus();
        let mut ended = self.carrier.hang_up(call).await;
        for wait in AGAIN_AFTER {
            if ended.is_ok() {
                break;
            }
            self.clock.sleep(wait).await;
            ended = self.carrier.hang_up(call).await;
        }
        if let Err(error) = &ended {
            tracing::error!(attempt = %attempt, call = %call, %error, "Could not end a surplus call");
        }
        // One that was over already rang nobody twice, as far as we can tell.
        if why == Surplus::Doubled && !matches!(ended, Ok(None)) {
            let detail = format!("a second call showed up for attempt {attempt}");
            self.raise(AlertKind::Doubled, call.as_str(), &detail).await;
        }
        ended.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_late_word_on_a_call_that_was_known_is_no_double() {
        let call = CallId::new("CA1");
        let finished =
            |outcome| AttemptState::Finished { call: None, outcome, finished_at: Timestamp::UNIX_EPOCH };
        let placed = AttemptState::Placed { call };
        for (bound, state, expected) in [
            (true, placed.clone(), Surplus::GoneBy),
            (false, placed, Surplus::Doubled),
            (true, finished(Outcome::HungUp), Surplus::GoneBy),
            (true, finished(Outcome::Canceled), Surplus::GoneBy),
            (true, finished(Outcome::NotPlaced), Surplus::Doubled),
            (true, finished(Outcome::Lost), Surplus::Doubled),
            (false, finished(Outcome::Busy), Surplus::Doubled),
        ] {
            assert_eq!(Surplus::of(bound, &state), expected, "{bound} {state:?}");
        }
    }
}
