//! `--chain`: a whole call on the local line, from the dial to the goodbye, on a clock that runs faster.

use std::time::Duration;

use tokio::sync::broadcast::Receiver;

use crate::app::{Rehearsal, RehearsalPlan};
use crate::calls::{CallEvent, What};
use crate::clock::{SharedClock, timeout};
use crate::doctor::Finding;
use crate::doctor::chain::{Ticks, findings};
use crate::domain::mode::CallMode;
use crate::simulator::sleeper::Sleeper;

/// Fast enough not to bore, slow enough for a small machine.
const SPEED: f64 = 4.0;
/// A number kept for fiction; nothing leaves this machine.
const NUMBER: &str = "+14155550142";
/// Longer than the rehearsed call takes, in its own time.
const PATIENCE: Duration = Duration::from_mins(2);

/// Makes the call and says how far it came.
pub(super) async fn rehearse(clock: &SharedClock) -> anyhow::Result<Vec<Finding>> {
    let mut morning = Box::pin(Rehearsal::start(RehearsalPlan::at(clock.now(), SPEED))).await?;
    let anna = morning.add_sleeper("Anna", NUMBER).await?;
    morning.exchange().set_sleeper(NUMBER, vec![Sleeper::prompt_riser()]);
    let events = morning.running.calls.subscribe();
    let time: SharedClock = morning.clock.clone();
    // A call that cannot be placed is a missing tick, like all that follows from it.
    let _ = morning.running.calls.call_now(anna.id, Some(CallMode::Realtime), 1).await;
    let heard = watch(events, &time).await;
    let ticks = ticks(&morning, &heard);
    morning.stop().await?;
    Ok(findings(ticks))
}

/// What the coach's side noticed: when it was heard first, and whether it was satisfied.
#[derive(Default)]
struct Heard {
    audio: Option<Duration>,
    satisfied: bool,
}

async fn watch(mut events: Receiver<CallEvent>, time: &SharedClock) -> Heard {
    let mut heard = Heard::default();
    let watching = async {
        while let Ok(event) = events.recv().await {
            match event.what {
                What::FirstAudio(after) => heard.audio = Some(after),
                What::Satisfied(_) => heard.satisfied = true,
                What::Finished(_) => return,
                _ => {}
            }
        }
    };
    // What did not happen in time is a missing tick.
    let _late = timeout(&**time, PATIENCE, watching).await;
    heard
}

/// The far side's own books, which need not believe ours.
fn ticks(morning: &Rehearsal, heard: &Heard) -> Ticks {
    let calls = morning.exchange().calls();
    let Some(call) = calls.first() else { return Ticks::default() };
    Ticks {
        voice_url: !call.webhooks.is_empty(),
        twiml: !call.streams.is_empty(),
        socket: call.streams.iter().any(|stream| stream.started.is_some()),
        audio: heard.audio,
        ended: heard.satisfied,
    }
}
