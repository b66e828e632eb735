//! I6: what is over stays over, shown row after row as they change.

use std::collections::BTreeMap;

use super::{Harm, Violation};
use crate::domain::attempt::Outcome;
use crate::domain::ids::{AttemptId, OccurrenceId};
use crate::domain::wake_up::End;

/// Remembers how things ended, and notices when they end again.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    ends: BTreeMap<OccurrenceId, End>,
    outcomes: BTreeMap<AttemptId, Outcome>,
}

impl Watch {
    /// A wake-up as it stands now.
    pub fn see_wake_up(&mut self, id: OccurrenceId, end: Option<End>) -> Option<Violation> {
        let before = match end {
            Some(end) => self.ends.insert(id, end),
            None => self.ends.get(&id).copied(),
        };
        let before = before.filter(|before| Some(*before) != end)?;
        let says = format!("it ended as {} and is now {}", before.name(), end.map_or("open", End::name));
        Some(Violation { invariant: "I6", harm: Harm::Books, wake_up: Some(id), call: None, says })
    }

    /// An attempt as it stands now.
    pub fn see_attempt(
        &mut self,
        id: AttemptId,
        wake_up: OccurrenceId,
        outcome: Option<Outcome>,
    ) -> Option<Violation> {
        let before = match outcome {
            Some(outcome) => self.outcomes.insert(id, outcome),
            None => self.outcomes.get(&id).copied(),
        };
        let before = before.filter(|before| Some(*before) != outcome)?;
        let now = outcome.map_or("open", Outcome::name);
        let says = format!("an attempt ended as {} and is now {now}", before.name());
        Some(Violation { invariant: "I6", harm: Harm::Books, wake_up: Some(wake_up), call: None, says })
    }
}
