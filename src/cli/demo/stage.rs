//! Plays one scene: moves the clock to the morning, lets the schedule ring, and watches to the end.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;
use tokio::sync::broadcast::error::RecvError;

use super::doorbell;
use super::printer::Printer;
use super::report::SceneResult;
use super::scenes::{self, Scene};
use crate::app::Rehearsal;
use crate::calls::What;
use crate::clock::{SharedClock, timeout};
use crate::domain::proof::Proof;
use crate::domain::wake_up::End;
use crate::simulator::openai::faults::Faults;
use crate::store::sleepers::Sleeper;

/// Played a moment before the schedule rings, and before each redial.
const BEFORE: SignedDuration = SignedDuration::from_millis(300);
/// A scene that takes longer has gone wrong.
const LONGEST: Duration = Duration::from_mins(6);
/// Waits shorter than this are lived through, longer ones are skipped.
const WORTH_SKIPPING: SignedDuration = SignedDuration::from_secs(8);

/// Plays the scene and tells how it went.
pub async fn play(
    morning: &Rehearsal,
    sleeper: &Sleeper,
    scene: &Scene,
    printer: &Printer,
    recordings: &Path,
) -> anyhow::Result<SceneResult> {
    let zone = morning.zones.get(scenes::ZONE)?;
    printer.heading(scene, &zone);
    morning.set_probability(scene.probability).await?;
    morning.models().set_faults(scene.faults.clone());
    morning.exchange().set_sleeper(sleeper.phone_number.as_str(), scene.sleepers.clone());
    let calls_before = morning.exchange().calls().len();
    let mut events = morning.running.calls.subscribe();
    morning.jump_to(scenes::due_at(scene, &zone)?.saturating_sub(BEFORE)?);
    let clock: SharedClock = morning.clock.clone();
    let watched = timeout(&*clock, LONGEST, async {
        let mut occurrence = None;
        loop {
            let event = match events.recv().await {
                Ok(event) => event,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => anyhow::bail!("the daemon stopped in the middle of the scene"),
            };
            // Only this morning's events: a call of the last scene may still be closing.
            if occurrence.is_none() && matches!(event.what, What::Decided(..)) {
                occurrence = Some(event.occurrence);
            }
            if occurrence != Some(event.occurrence) {
                continue;
            }
            printer.event(&event, &zone);
            match event.what {
                What::FellBack(_) | What::Finished(_) => morning.models().set_faults(Faults::default()),
                What::FirstAudio(_) if scene.faults.drop_after_deltas.is_some() => {
                    morning.models().faults(scenes::model_stays_away);
                }
                What::Waiting(_, at) if at.duration_since(event.at) > WORTH_SKIPPING => {
                    morning.jump_to(at.saturating_sub(BEFORE)?);
                }
                What::Saw(Proof::Sum, _) if event.attempt.is_some() => {
                    printer.aside(&event, &zone, "she walks to the door and touches the doorbell");
                    doorbell::is_touched(morning).await?;
                }
                What::Ended(end) => return Ok((event.occurrence, end)),
                _ => {}
            }
        }
    });
    let (occurrence, end) =
        watched.await.with_context(|| format!("the scene \"{}\" never ended", scene.name))??;
    let wav = record(morning, scene, calls_before, recordings)?;
    let attempts = morning.store.list_attempts(occurrence).await?;
    let conversation = morning.store.list_conversation(occurrence).await?;
    Ok(SceneResult { name: scene.name, up: end == End::Up, end, attempts, conversation, wav })
}

/// Writes the recording of each answered call of the scene.
fn record(
    morning: &Rehearsal,
    scene: &Scene,
    calls_before: usize,
    directory: &Path,
) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut written = Vec::new();
    for call in morning.exchange().calls().iter().skip(calls_before) {
        let Some(recording) = morning.exchange().recording(&call.sid) else { continue };
        if recording.length().is_zero() {
            continue;
        }
        let suffix = if written.is_empty() { String::new() } else { format!("-{}", written.len() + 1) };
        let path = directory.join(format!("{}{suffix}.wav", scene.name));
        std::fs::write(&path, recording.wav()).with_context(|| format!("cannot write {}", path.display()))?;
        written.push(path);
    }
    Ok(written)
}
