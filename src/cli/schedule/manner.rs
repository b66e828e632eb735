//! How a rule's mornings differ from the usual, as it is said on the command line.

use clap::Args;

use crate::cli::usage::parse_chance;
use crate::desk::dto::{Edit, PolicyEdit, ScheduleEdit, ScheduleNew};
use crate::domain::policy::CheckCalls;
use crate::domain::proof::Proofs;

/// What a rule does its own way.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct Manner {
    /// What must be seen before she counts as up, all of it: conversation, key, code, sum, place, word.
    #[arg(long, value_name = "PROOF,…")]
    proof: Option<Proofs>,
    /// Whether to call again later to see that she has stayed up: off, once or strict.
    #[arg(long, value_parser = check)]
    check: Option<CheckCalls>,
    /// What to call the rule.
    #[arg(long)]
    label: Option<String>,
    /// Let its clock travel with her (`schedule travel`), or not.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
    follows: Option<bool>,
    /// How many calls one morning may take.
    #[arg(long, value_name = "COUNT")]
    calls: Option<u32>,
    /// For how many minutes the calls go on.
    #[arg(long, value_name = "MINUTES")]
    deadline: Option<u32>,
    /// How many snoozes are granted in one morning.
    #[arg(long, value_name = "COUNT")]
    snoozes: Option<u32>,
    /// For how many minutes after its time a late first call is still worth making.
    #[arg(long, value_name = "MINUTES")]
    useful_for: Option<u32>,
    /// How often realtime mode is drawn, from 0 to 1, whatever the settings say.
    #[arg(long, value_name = "0..1", value_parser = parse_chance)]
    probability: Option<f64>,
}

fn check(text: &str) -> Result<CheckCalls, String> {
    CheckCalls::from_name(text).ok_or_else(|| "write off, once or strict".to_owned())
}

impl Manner {
    /// A new rule of this manner.
    pub fn new_rule(&self, when: String, zone: Option<&String>, sleeper: Option<&String>) -> ScheduleNew {
        ScheduleNew {
            sleeper: sleeper.cloned(),
            when,
            once: false,
            zone: zone.cloned(),
            probability: self.probability,
            useful_for_mins: self.useful_for,
            label: self.label.clone(),
            follows: self.follows.unwrap_or_default(),
            policy: self.policy(),
        }
    }

    /// The change of a rule into this manner.
    pub fn edit(&self, when: Option<String>, enabled: Option<bool>) -> ScheduleEdit {
        ScheduleEdit {
            when,
            probability: self.probability.map_or(Edit::Keep, Edit::To),
            useful_for_mins: self.useful_for,
            label: self.label.clone().map_or(Edit::Keep, Edit::To),
            follows: self.follows,
            enabled,
            policy: self.policy(),
        }
    }

    fn policy(&self) -> PolicyEdit {
        PolicyEdit {
            proofs: self.proof,
            check: self.check,
            calls_allowed: self.calls,
            deadline_mins: self.deadline,
            snoozes: self.snoozes,
            ..PolicyEdit::default()
        }
    }
}
