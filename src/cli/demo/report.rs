//! The closing table of the demo, and the same as JSON.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

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

const HEADINGS: [&str; 9] =
    ["wake-up", "call", "mode", "draw", "first audio", "barge-ins", "fell back", "verdict", "cost"];

/// The table, with columns as wide as they need to be.
pub fn print_table(results: &[SceneResult], recordings: &Path) {
    let rows: Vec<[String; 9]> =
        results.iter().flat_map(|scene| scene.attempts.iter().map(|attempt| row(scene, attempt))).collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).chain([HEADINGS[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEADINGS.len()).map(width).collect();
    let print = |cells: &[&str]| {
        let cells: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        say(cells.join("  ").trim_end());
    };
    say("");
    print(&HEADINGS);
    print(
        &widths
            .iter()
            .map(|width| "─".repeat(*width))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    for row in &rows {
        print(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let up = results.iter().filter(|scene| scene.up).count();
    say(&format!("\n{up} of {} wake-ups ended up. Recordings: {}", results.len(), recordings.display()));
}

fn row(scene: &SceneResult, record: &AttemptRecord) -> [String; 9] {
    let attempt = &record.attempt;
    let outcome = match &attempt.state {
        AttemptState::Finished { outcome, .. } => outcome.name(),
        open => open.name(),
    };
    let verdict = record.verdict.as_ref().map_or(outcome, |verdict| verdict.proof.name());
    [
        scene.name.to_owned(),
        attempt.number.to_string(),
        attempt.decision.mode.name().to_owned(),
        attempt.decision.draw.map_or_else(|| "–".to_owned(), |draw| format!("{draw:.2}")),
        record.first_audio.map_or_else(|| "–".to_owned(), |after| format!("{} ms", after.as_millis())),
        record.barge_ins.to_string(),
        if attempt.fell_back.is_some() { "yes" } else { "no" }.to_owned(),
        verdict.replace('_', " "),
        attempt.cost.to_string(),
    ]
}

/// One JSON document for scripts.
pub fn print_json(results: &[SceneResult]) -> anyhow::Result<()> {
    let wake_ups: Vec<Value> = results.iter().map(scene_json).collect();
    let cost: MicroDollars =
        results.iter().flat_map(|scene| &scene.attempts).map(|record| record.attempt.cost).sum();
    let document = json!({ "wake_ups": wake_ups, "all_up": results.iter().all(|scene| scene.up), "cost_usd": dollars(cost) });
    say(&serde_json::to_string_pretty(&document)?);
    Ok(())
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

fn say(text: &str) {
    // A closed pipe is the reader's wish.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
