//! What a morning asks for: which proofs, how often and how long to call, when to check again.
//!
//! Stored with each schedule, and copied to each wake-up when it is planned, so that a change never
//! reaches a wake-up that is under way.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::money::MicroDollars;
use super::proof::{Proof, Proofs};

/// Whether to telephone again, later, to see whether she has stayed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckCalls {
    /// Up is up.
    Off,
    /// Once, after five to nine minutes.
    Once,
    /// A second time, after another fifteen to twenty-five.
    Strict,
}

impl CheckCalls {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Off, Self::Once, Self::Strict];

    /// The word for tables, the command line and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Once => "once",
            Self::Strict => "strict",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.name() == name)
    }

    /// How many check calls a morning has.
    pub fn calls(self) -> u32 {
        match self {
            Self::Off => 0,
            Self::Once => 1,
            Self::Strict => 2,
        }
    }
}

/// The rules of one morning. Missing fields of the JSON form take the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MorningPolicy {
    /// What must be seen before she counts as up; all of them.
    pub proofs: Proofs,
    /// A goodbye of hers ends the call whatever else is wanted, as in the original work: for calls that try
    /// things out, and for people who trust themselves.
    pub word_is_enough: bool,
    /// Calls afterwards, to see whether she stayed up.
    pub check: CheckCalls,
    /// How long the phone rings, in seconds.
    pub ring_secs: u32,
    /// Waits before each redial, in seconds; the last one repeats.
    pub redial_after_secs: [u32; 4],
    /// Calls made in one morning at most, check calls included.
    pub calls_allowed: u32,
    /// From the first call to the last redial, in minutes.
    pub deadline_mins: u32,
    /// No further call once the morning has cost this much; `None` is no limit.
    pub cost_cap: Option<MicroDollars>,
    /// Snoozes granted in one morning; nine minutes each.
    pub snoozes: u32,
    /// The back-up person is told when she is not up so many minutes after the first call.
    pub warn_after_mins: u32,
}

impl MorningPolicy {
    /// What a morning asks for when nobody has said anything else.
    pub const DEFAULT: Self = Self {
        proofs: Proofs::NONE.with(Proof::Conversation),
        word_is_enough: false,
        check: CheckCalls::Once,
        ring_secs: 45,
        // The second call within three minutes passes a phone's Do Not Disturb.
        redial_after_secs: [90, 300, 600, 1_200],
        calls_allowed: 8,
        deadline_mins: 60,
        cost_cap: None,
        snoozes: 1,
        warn_after_mins: 10,
    };
}

impl Default for MorningPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A value that a morning cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {said}, but must be {allowed}")]
pub struct PolicyProblem {
    /// Which field.
    pub field: &'static str,
    /// What it was.
    pub said: String,
    /// What it may be.
    pub allowed: &'static str,
}

impl MorningPolicy {
    /// The defaults where there is a doorbell: walking there is the proof.
    pub fn with_a_doorbell() -> Self {
        Self { proofs: Proofs::of(&[Proof::Place]), ..Self::default() }
    }

    /// A call that somebody asked for by hand: no checks afterwards, few calls, and a goodbye ends it.
    pub fn by_hand(calls_allowed: u32) -> Self {
        Self { check: CheckCalls::Off, word_is_enough: true, calls_allowed, ..Self::default() }
    }

    /// Whether whoever has met this has met the other as well: as many proofs, no weaker goodbye, as many checks.
    pub fn covers(&self, other: &Self) -> bool {
        other.proofs.without(self.proofs).is_empty()
            && (!self.word_is_enough || other.word_is_enough)
            && self.check.calls() >= other.check.calls()
    }

    /// Two mornings in one: everything that either asks for, and the more patient of both ladders.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let check = if self.check.calls() < other.check.calls() { other.check } else { self.check };
        Self {
            proofs: other.proofs.iter().fold(self.proofs, Proofs::with),
            word_is_enough: self.word_is_enough && other.word_is_enough,
            check,
            ring_secs: self.ring_secs.max(other.ring_secs),
            redial_after_secs: self.redial_after_secs,
            calls_allowed: self.calls_allowed.max(other.calls_allowed),
            deadline_mins: self.deadline_mins.max(other.deadline_mins),
            cost_cap: self.cost_cap.zip(other.cost_cap).map(|(one, another)| one.max(another)),
            snoozes: self.snoozes.min(other.snoozes),
            warn_after_mins: self.warn_after_mins.min(other.warn_after_mins),
        }
    }

    /// The same morning away from home: a place that is not there is replaced by talk and two checks.
    #[must_use]
    pub fn away(self) -> Self {
        if !self.proofs.contains(Proof::Place) {
            return self;
        }
        let elsewhere = self.proofs.without(Proofs::of(&[Proof::Place]));
        Self { proofs: elsewhere.with(Proof::Conversation), check: CheckCalls::Strict, ..self }
    }

    /// The same policy when every value makes sense; else every value that does not.
    pub fn checked(self) -> Result<Self, Vec<PolicyProblem>> {
        let mut problems = Vec::new();
        let mut hold = |fits: bool, field, said: String, allowed| {
            if !fits {
                problems.push(PolicyProblem { field, said, allowed });
            }
        };
        hold(!self.proofs.is_empty(), "proofs", "empty".to_owned(), "at least one proof");
        let rings = self.ring_secs;
        // Up to ten minutes by the carrier's sheet; past two, a mailbox answers or nobody will.
        hold((5..=120).contains(&rings), "ring_secs", rings.to_string(), "from 5 to 120 seconds");
        for wait in self.redial_after_secs {
            let fits = (15..=3_600).contains(&wait);
            hold(fits, "redial_after_secs", wait.to_string(), "from 15 to 3600 seconds each");
        }
        let calls = self.calls_allowed;
        hold((1..=20).contains(&calls), "calls_allowed", calls.to_string(), "from 1 to 20 calls");
        let deadline = self.deadline_mins;
        hold((5..=240).contains(&deadline), "deadline_mins", deadline.to_string(), "from 5 to 240 minutes");
        let snoozes = self.snoozes;
        hold(snoozes <= 2, "snoozes", snoozes.to_string(), "from 0 to 2");
        let warn = self.warn_after_mins;
        hold((1..=240).contains(&warn), "warn_after_mins", warn.to_string(), "from 1 to 240 minutes");
        let cap = self.cost_cap.map_or(1, |cap| cap.0);
        hold(cap > 0, "cost_cap", cap.to_string(), "more than nothing, in millionths of a dollar");
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// From the first call to the last redial.
    pub fn deadline(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.deadline_mins))
    }

    /// The wait before a redial, after so many unanswered calls before this one.
    pub fn redial_after(&self, unanswered: u32) -> SignedDuration {
        let rung = (unanswered as usize).min(self.redial_after_secs.len() - 1);
        SignedDuration::from_secs(i64::from(self.redial_after_secs[rung]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_object_is_the_default_morning() {
        let policy: MorningPolicy = serde_json::from_str("{}").unwrap();
        assert_eq!(policy, MorningPolicy::default());
        assert_eq!(policy.checked(), Ok(policy));
        let back = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<MorningPolicy>(&back).unwrap(), policy);
        assert!(serde_json::from_str::<MorningPolicy>(r#"{"proof":["sum"]}"#).is_err(), "a slip is told");
    }

    #[test]
    fn all_impossible_values_are_told_at_once() {
        let wrong = MorningPolicy {
            proofs: Proofs::NONE,
            ring_secs: 1,
            redial_after_secs: [90, 0, 600, 1_200],
            calls_allowed: 0,
            deadline_mins: 0,
            cost_cap: Some(MicroDollars(0)),
            snoozes: 3,
            warn_after_mins: 0,
            ..MorningPolicy::default()
        };
        let fields: Vec<&str> = wrong.checked().unwrap_err().iter().map(|problem| problem.field).collect();
        assert_eq!(
            fields,
            [
                "proofs",
                "ring_secs",
                "redial_after_secs",
                "calls_allowed",
                "deadline_mins",
                "snoozes",
                "warn_after_mins",
                "cost_cap"
            ]
        );
    }

    #[test]
    fn away_from_home_talk_and_two_checks_stand_in_for_the_place() {
        let away = MorningPolicy::with_a_doorbell().away();
        assert_eq!((away.proofs.to_string().as_str(), away.check), ("conversation", CheckCalls::Strict));
        let sums = MorningPolicy { proofs: Proofs::of(&[Proof::Sum]), ..MorningPolicy::default() };
        assert_eq!(sums.away(), sums);
    }

    #[test]
    fn two_mornings_in_one_ask_for_what_either_asks() {
        let strict = MorningPolicy {
            proofs: Proofs::of(&[Proof::Place]),
            check: CheckCalls::Strict,
            calls_allowed: 3,
            snoozes: 0,
            cost_cap: Some(MicroDollars(5)),
            ..MorningPolicy::default()
        };
        let weak = MorningPolicy {
            proofs: Proofs::of(&[Proof::Word]),
            word_is_enough: true,
            check: CheckCalls::Off,
            warn_after_mins: 5,
            ..MorningPolicy::default()
        };
        for both in [strict.and(weak), weak.and(strict)] {
            assert!(both.covers(&strict) && both.covers(&weak), "{both:?}");
            assert_eq!((both.check, both.word_is_enough), (CheckCalls::Strict, false));
            assert_eq!((both.calls_allowed, both.snoozes, both.warn_after_mins), (8, 0, 5));
            assert_eq!(both.cost_cap, None);
            assert_eq!(both.checked(), Ok(both));
        }
        assert!(!weak.covers(&strict) && strict.covers(&strict));
        assert!(!strict.covers(&weak), "the goodbye was not heard");
        let unchecked = MorningPolicy { check: CheckCalls::Off, ..strict };
        assert!(strict.covers(&unchecked) && !unchecked.covers(&strict));
        assert!(!MorningPolicy { word_is_enough: true, ..strict }.covers(&strict));
    }

    #[test]
    fn the_last_wait_of_the_ladder_repeats() {
        let policy = MorningPolicy::default();
        let waits: Vec<i64> = (0..6).map(|unanswered| policy.redial_after(unanswered).as_secs()).collect();
        assert_eq!(waits, [90, 300, 600, 1_200, 1_200, 1_200]);
    }
}
