//! What a morning asks for, changed bit by bit.

use serde::{Deserialize, Serialize};

use super::Edit;
use crate::domain::money::MicroDollars;
use crate::domain::policy::{CheckCalls, MorningPolicy};
use crate::domain::proof::Proofs;

/// What to change about a morning's policy; what is not named stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyEdit {
    /// What must be seen before she counts as up; all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proofs: Option<Proofs>,
    /// Whether the word alone ends a call, whatever else was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word_is_enough: Option<bool>,
    /// Calls afterwards, to see whether she stayed up: `off`, `once` or `strict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckCalls>,
    /// How long the phone rings, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_secs: Option<u32>,
    /// Waits before each redial, in seconds; the last one repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redial_after_secs: Option<[u32; 4]>,
    /// Calls made in one morning at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_allowed: Option<u32>,
    /// From the first call to the last redial, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_mins: Option<u32>,
    /// No further call once the morning has cost this much, in millionths of a dollar; `null` is no limit.
    #[serde(default, skip_serializing_if = "Edit::is_keep")]
    pub cost_cap: Edit<MicroDollars>,
    /// Snoozes granted in one morning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozes: Option<u32>,
    /// The back-up person is told when she is not up so many minutes after the first call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_after_mins: Option<u32>,
}

impl PolicyEdit {
    /// Whether everything stays as it is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The policy with the changes made, sensible or not.
    #[must_use]
    pub fn applied_to(&self, before: MorningPolicy) -> MorningPolicy {
        let mut cost_cap = before.cost_cap;
        self.cost_cap.apply(&mut cost_cap);
        MorningPolicy {
            proofs: self.proofs.unwrap_or(before.proofs),
            word_is_enough: self.word_is_enough.unwrap_or(before.word_is_enough),
            check: self.check.unwrap_or(before.check),
            ring_secs: self.ring_secs.unwrap_or(before.ring_secs),
            redial_after_secs: self.redial_after_secs.unwrap_or(before.redial_after_secs),
            calls_allowed: self.calls_allowed.unwrap_or(before.calls_allowed),
            deadline_mins: self.deadline_mins.unwrap_or(before.deadline_mins),
            cost_cap,
            snoozes: self.snoozes.unwrap_or(before.snoozes),
            warn_after_mins: self.warn_after_mins.unwrap_or(before.warn_after_mins),
        }
    }
}
