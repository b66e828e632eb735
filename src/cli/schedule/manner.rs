//! How a rule's mornings differ from the usual, as it is said on the command line.

use clap::Args;

use crate::cli::usage::parse_chance;
use crate::desk::dto::{Edit, PolicyEdit, ScheduleEdit, ScheduleNew};
use crate::domain::money::MicroDollars;
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
    /// How long the phone rings, in seconds.
    #[arg(long, value_name = "SECONDS")]
    ring: Option<u32>,
    /// The waits before the redials, in seconds; the last one repeats.
    #[arg(long, value_name = "W1,W2,W3,W4", value_parser = waits)]
    redial: Option<Waits>,
    /// No further call once a morning has cost this many dollars; `none` is no limit.
    #[arg(long, value_name = "DOLLARS", value_parser = cost_cap)]
    cost_cap: Option<CostCap>,
    /// Tell the back-up person when she is not up so many minutes after the first call.
    #[arg(long, value_name = "MINUTES")]
    warn_after: Option<u32>,
    /// Let a goodbye end a call whatever else is wanted, or not.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
    word_is_enough: Option<bool>,
    /// For how many minutes after its time a late first call is still worth making.
    #[arg(long, value_name = "MINUTES")]
    useful_for: Option<u32>,
    /// How often realtime mode is drawn, from 0 to 1, whatever the settings say.
    #[arg(long, value_name = "0..1", value_parser = parse_chance)]
    probability: Option<f64>,
}

/// The waits of the redial ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Waits([u32; 4]);

/// A limit of money, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CostCap(Option<MicroDollars>);

fn waits(text: &str) -> Result<Waits, String> {
    let seconds: Option<Vec<u32>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    let four = seconds.and_then(|seconds| <[u32; 4]>::try_from(seconds).ok());
    four.map(Waits).ok_or_else(|| "write four waits in seconds, such as 90,300,600,1200".to_owned())
}

/// Whole cents are exact enough, and no fraction is lost on the way.
fn cost_cap(text: &str) -> Result<CostCap, String> {
    const MICROS_IN_A_CENT: i64 = 10_000;
    if text.eq_ignore_ascii_case("none") {
        return Ok(CostCap(None));
    }
    let wrong = || "write dollars and cents, such as 1.50, or none".to_owned();
    let (dollars, cents) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() || cents.len() != 2 || !digits(cents) || !digits(dollars) {
        return Err(wrong());
    }
    let cents: i64 = format!("{dollars}{cents}").parse().map_err(|_| wrong())?;
    cents.checked_mul(MICROS_IN_A_CENT).map(|micros| CostCap(Some(MicroDollars(micros)))).ok_or_else(wrong)
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
            ring_secs: self.ring,
            redial_after_secs: self.redial.map(|waits| waits.0),
            cost_cap: self.cost_cap.map_or(Edit::Keep, |cap| cap.0.map_or(Edit::Clear, Edit::To)),
            warn_after_mins: self.warn_after,
            word_is_enough: self.word_is_enough,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_four_numbers() {
        assert_eq!(waits("90,300, 600,1200"), Ok(Waits([90, 300, 600, 1_200])));
        for wrong in ["", "90", "90,300,600", "90,300,600,1200,1", "90,300,600,soon", "-1,2,3,4"] {
            assert!(waits(wrong).unwrap_err().contains("such as"), "{wrong}");
        }
    }

    #[test]
    fn a_cost_cap_is_dollars_and_cents_or_none() {
        for (text, micros) in [("1.50", 1_500_000), ("2", 2_000_000), ("0.05", 50_000), (".99", 990_000)] {
            assert_eq!(cost_cap(text), Ok(CostCap(Some(MicroDollars(micros)))), "{text}");
        }
        assert_eq!(cost_cap("None"), Ok(CostCap(None)));
        for wrong in ["", "1.5", "1.555", "-1.00", "1,50", "$2", "99999999999999999999", "922337203685477.99"]
        {
            assert!(cost_cap(wrong).is_err(), "{wrong}");
        }
    }
}
