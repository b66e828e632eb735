//! Calls that were made, and what became of them.

use serde::{Deserialize, Serialize};

use super::{Moment, OccurrenceShown};

/// Whether to tell what was said, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithTranscript {
    /// With what both sides said; it is nobody else's business, so it has to be asked for.
    #[serde(default)]
    pub transcript: bool,
}

/// Which mornings to tell of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// Whose; everybody's without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleeper: Option<String>,
    /// How many, the newest first; at most [`super::LIMIT_MAX`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// With what both sides said.
    #[serde(default)]
    pub transcript: bool,
}

/// One wake-up from due to up: its calls, and everything that happened, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Morning {
    /// The wake-up.
    pub wake_up: OccurrenceShown,
    /// Its calls, in order.
    pub attempts: Vec<AttemptShown>,
    /// What happened, in order.
    pub timeline: Vec<Step>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub when: Moment,
    /// How long after the wake-up was due, in seconds; negative before.
    pub after_due_secs: i64,
    /// In which of its calls, counted from 1; `None` when it concerns the wake-up as a whole.
    pub call: Option<u32>,
    /// What, as one word: `placed`, `carrier`, `barge_in`, `fell_back`, `said`, `ended`.
    pub what: String,
    /// The particulars; for `said`, the words.
    pub detail: String,
    /// Who spoke: `coach` or `sleeper`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptShown {
    /// Its own for good.
    pub id: String,
    /// The identifier's last eight characters, which name it too.
    pub short_id: String,
    /// The wake-up it serves.
    pub occurrence: String,
    /// Whom it calls.
    pub sleeper: String,
    /// 1 for the first call of its wake-up, and so on.
    pub number: u32,
    /// Why it was made: `first`, `redial`, `call_back` …
    pub kind: String,
    /// The number it called, its middle hidden.
    pub to: String,
    /// The mode it began in.
    pub mode: String,
    /// Why: `drawn`, `forced`, `no_model` …
    pub mode_reason: String,
    /// The probability of realtime mode in force.
    pub probability: f64,
    /// The number drawn; `None` when forced.
    pub draw: Option<f64>,
    /// When it was decided on.
    pub decided: Moment,
    /// `intended`, `unknown`, `placed`, `answered` or `finished`.
    pub state: String,
    /// The carrier's name for it.
    pub call_sid: Option<String>,
    /// How it ended.
    pub outcome: Option<String>,
    /// When.
    pub finished: Option<Moment>,
    /// Why the coach was satisfied.
    pub verdict: Option<VerdictShown>,
    /// Why it went on in traditional mode.
    pub fell_back: Option<String>,
    /// From the stream's start to the coach's first sound, in milliseconds.
    pub first_audio_ms: Option<u64>,
    /// How often she spoke over the coach.
    pub barge_ins: u32,
    /// How often the model was connected anew.
    pub reconnects: u32,
    /// What the models cost, in US dollars.
    pub cost_usd: f64,
    /// What was said; `None` unless it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Vec<Heard>>,
}

/// Why the coach was satisfied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictShown {
    /// What proved it.
    pub proof: String,
    /// In what words; `None` unless the transcript was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// One stretch of speech.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// `coach` or `sleeper`.
    pub speaker: String,
    /// The words.
    pub text: String,
    /// When.
    pub when: Moment,
    /// True when the sleeper spoke over it.
    pub interrupted: bool,
}
