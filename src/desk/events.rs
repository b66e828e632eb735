//! What happens in calls, as it happens: for pages, for `--follow`, for other programs.

use jiff::Unit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::dto::EventShown;
use super::{Desk, DeskError};
use crate::calls::{CallEvent, What};
use crate::coach::silence::SilenceStep;

/// A listener's own view of the events.
pub struct Events {
    from: Receiver<CallEvent>,
    transcript: bool,
}

impl Desk {
    /// From now on, everything that happens in calls; what was said only with `transcript`.
    pub fn events(&self, transcript: bool) -> Result<Events, DeskError> {
        Ok(Events { from: self.daemon()?.calls.subscribe(), transcript })
    }
}

impl Events {
    /// The next event; `None` once there will be no more. A listener that falls behind is told how many
    /// it lost, and the calls take no notice.
    pub async fn next(&mut self) -> Option<Result<EventShown, u64>> {
        match self.from.recv().await {
            Ok(event) => Some(Ok(shown(&event, self.transcript))),
            Err(RecvError::Lagged(lost)) => Some(Err(lost)),
            Err(RecvError::Closed) => None,
        }
    }
}

fn shown(event: &CallEvent, transcript: bool) -> EventShown {
    let (what, detail) = told(&event.what, transcript);
    let speaker = match &event.what {
        What::Said(said) => Some(said.speaker.name().to_owned()),
        _ => None,
    };
    EventShown {
        // Nobody reads nanoseconds.
        at: event.at.round(Unit::Millisecond).unwrap_or(event.at),
        occurrence: event.occurrence.to_string(),
        attempt: event.attempt.map(|id| id.to_string()),
        what: what.to_owned(),
        detail,
        speaker,
    }
}

fn told(what: &What, transcript: bool) -> (&'static str, String) {
    match what {
        What::Decided(kind, decision) => {
            ("decided", format!("{}, {} ({})", kind.name(), decision.mode.name(), decision.reason.name()))
        }
        What::Placed => ("placed", String::new()),
        What::PlacingUnknown => ("placing_unknown", "the phone may be ringing".to_owned()),
        What::Answered => ("answered", String::new()),
        What::Said(said) => ("said", if transcript { said.text.clone() } else { String::new() }),
        What::FirstAudio(after) => ("first_audio", format!("after {} ms", after.as_millis())),
        What::BargeIn => ("barge_in", String::new()),
        What::FellBack(reason) => ("fell_back", reason.clone()),
        What::Silence(step) => ("silence", silence(*step).to_owned()),
        // The evidence is what she said.
        What::Saw(proof, evidence) => {
            let words = if transcript { format!(": {evidence}") } else { String::new() };
            ("saw", format!("{proof}{words}"))
        }
        What::Satisfied(verdict) => ("satisfied", verdict.proof.name().to_owned()),
        What::Finished(outcome) => ("finished", outcome.name().to_owned()),
        What::Waiting(kind, at) => ("waiting", format!("{} at {at}", kind.name())),
        What::Ended(end) => ("ended", end.name().to_owned()),
        What::Told(telling) => ("told", telling.in_words()),
    }
}

fn silence(step: SilenceStep) -> &'static str {
    match step {
        SilenceStep::Nudge => "asked again",
        SilenceStep::Tone => "sounded the tone",
        SilenceStep::GiveUp => "hung up, to call back",
    }
}
