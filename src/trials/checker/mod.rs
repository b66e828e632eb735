//! The judge: holds two ledgers, ours and the carrier's, against what is promised, and knows nothing of how
//! the daemon works.
//!
//! The promises are numbered: I1 each wake-up ends, in one of the ways it may, and nobody is left to sleep
//! before that; I2 one live call to a number;
//! I3 no more calls than the morning allows, none before its time, none when it is too late; I4 no call
//! without an attempt written down before it, and one call for each; I5 no call to anybody else; I6 what is over stays over
//! ([`Watch`]); I11 nobody is missed in silence; I12 one wake-up for each morning. The others need more than
//! ledgers and are held elsewhere, and whether mornings are those that were asked for is for the journal of [`years`].
//!
//! [`years`]: super::years

mod index;
mod rows;
mod rules;
mod watch;

use std::fmt;

use self::index::Index;
pub use self::rows::{AlertRow, AttemptRow, CallRow, Evidence, WakeUpRow, World};
pub use self::watch::Watch;
use crate::domain::ids::{CallId, OccurrenceId};

/// One promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise, such as `I2`.
    pub invariant: &'static str,
    /// What it comes to for the sleeper.
    pub harm: Harm,
    /// In which wake-up.
    pub wake_up: Option<OccurrenceId>,
    /// By which call.
    pub call: Option<CallId>,
    /// What is wrong, as a sentence.
    pub says: String,
}

/// What a broken promise comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// She was not called although she could have been.
    Lost,
    /// She was called once too often.
    Doubled,
    /// She was missed, and nobody was told.
    Silent,
    /// The books are wrong.
    Books,
}

impl Harm {
    /// The word for tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Doubled => "doubled",
            Self::Silent => "silent",
            Self::Books => "books",
        }
    }
}

impl Violation {
    /// Whether it can come of a carrier that takes a call later than any look-up waits. A request that was sent twice,
    /// a morning written down twice, and whoever was left to sleep have nothing to do with that.
    pub fn comes_of_late_calls(&self) -> bool {
        self.harm == Harm::Doubled && matches!(self.invariant, "I2" | "I3")
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.invariant, self.harm.name(), self.says)?;
        if let Some(wake_up) = self.wake_up {
            write!(f, " [wake-up {wake_up}]")?;
        }
        if let Some(call) = &self.call {
            write!(f, " [call {call}]")?;
        }
        Ok(())
    }
}

/// Every promise that these ledgers show to be broken.
pub fn judge(evidence: &Evidence) -> Vec<Violation> {
    let index = Index::of(evidence);
    let mut found = Vec::new();
    rules::calls_have_owners(&index, &mut found);
    rules::one_live_call(&index, &mut found);
    rules::one_for_each_morning(&index, &mut found);
    for wake_up in &evidence.wake_ups {
        rules::it_ends(&index, wake_up, &mut found);
        rules::nobody_is_left_to_sleep(&index, wake_up, &mut found);
        rules::as_often_as_allowed(&index, wake_up, &mut found);
        rules::nobody_is_missed_in_silence(&index, wake_up, &mut found);
    }
    found
}

#[cfg(test)]
mod tests;
