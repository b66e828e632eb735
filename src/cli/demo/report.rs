//! The closing table of the demo, and the same as JSON.

use std::path::{Path, PathBuf};

use anstyle::Style;
use serde_json::{Value, json};

use crate::cli::table::{Cell, Table};
use crate::cli::terminal::{self, CARE, GOOD};
use crate::domain::attempt::AttemptState;
use crate::domain::money::MicroDollars;
use crate::domain::utterance::Utterance;
use crate::domain::wake_up::End;
use crate::store::attempts::AttemptRecord;

/// How a scene went.
pub struct SceneResult {
    /// The scene's word.
    pub name: &'static str,
    /// Whether she was up at the end.
    pub up: bool,
    /// How it ended.
    pub end: End,
    /// Its calls.
    pub attempts: Vec<AttemptRecord>,
    /// What was said in them.
    pub conversation: Vec<Utterance>,
    /// The recordings.
    pub wav: Vec<PathBuf>,
}

impl SceneResult {
    /// Whether she was up at the end.
    pub fn is_up(&self) -> bool {
        self.up
    }
}

/// The table, and how many got up.
pub fn print_table(results: &[SceneResult], recordings: &Path) {
    let mut table = Table::of([
        "wake-up",
        "call",
        "mode",
        "draw",
        "first audio",
        "barge-ins",
        "fell back",
        "verdict",
        "cost",
    ]);
    for scene in results {
        scene.attempts.iter().for_each(|attempt| table.row(row(scene, attempt)));
    }
    terminal::say("");
    table.print();
    let up = results.iter().filter(|scene| scene.up).count();
    terminal::say(&format!(
        "\n{up} of {} wake-ups ended up. Recordings: {}",
        results.len(),
        recordings.display()
    ));
}

fn row(scene: &SceneResult, record: &AttemptRecord) -> [Cell; 9] {
    let attempt = &record.attempt;
    let outcome = match &attempt.state {
        AttemptState::Finished { outcome, .. } => outcome.name(),
        open => open.name(),
    };
    let verdict = record.verdict.as_ref().map_or(outcome, |verdict| verdict.proof.name());
    [
        scene.name.into(),
        attempt.number.to_string().into(),
        attempt.decision.mode.name().into(),
        attempt.decision.draw.map(|draw| format!("{draw:.2}")).into(),
        record.first_audio.map(|after| format!("{} ms", after.as_millis())).into(),
        record.barge_ins.to_string().into(),
        if attempt.fell_back.is_some() { Cell::styled("yes", CARE) } else { "no".into() },
        Cell::styled(verdict.replace('_', " "), if record.verdict.is_some() { GOOD } else { Style::new() }),
        attempt.cost.to_string().into(),
    ]
}

/// One JSON document for scripts.
pub fn print_json(results: &[SceneResult]) -> anyhow::Result<()> {
    let wake_ups: Vec<Value> = results.iter().map(scene_json).collect();
    let cost: MicroDollars =
        results.iter().flat_map(|scene| &scene.attempts).map(|record| record.attempt.cost).sum();
    let document = json!({ "wake_ups": wake_ups, "all_up": results.iter().all(|scene| scene.up), "cost_usd": dollars(cost) });
    terminal::say_json(&document)
}

fn scene_json(scene: &SceneResult) -> Value {
    let calls: Vec<Value> = scene
        .attempts
        .iter()
        .map(|record| {
            json!({
                "number": record.attempt.number,
                "kind": record.attempt.kind,
                "decision": record.attempt.decision,
                "state": record.attempt.state,
                "fell_back": record.attempt.fell_back,
                "first_audio_ms": record.first_audio.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
                "barge_ins": record.barge_ins,
                "reconnects": record.reconnects,
                "verdict": record.verdict,
                "cost_usd": dollars(record.attempt.cost),
            })
        })
        .collect();
    json!({ "name": scene.name, "up": scene.up, "end": scene.end, "calls": calls, "conversation": scene.conversation, "recordings": scene.wav })
}

#[expect(clippy::cast_precision_loss, reason = "a demo costs less than a thousand million dollars")]
fn dollars(amount: MicroDollars) -> f64 {
    amount.0 as f64 / 1_000_000.0
}
