//! The silence ladder: ask again, sound a tone, hang up and call back.

use std::time::Duration;

/// How long the coach puts up with silence before each step, counted from the end of its last words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SilencePolicy {
    /// Ask again, simpler and firmer.
    pub nudge_after: Duration,
    /// Sound the three-pulse tone (520 Hz wakes sleepers best) and ask once more.
    pub tone_after: Duration,
    /// Hang up and call back.
    pub give_up_after: Duration,
}

impl Default for SilencePolicy {
    fn default() -> Self {
        Self {
            nudge_after: Duration::from_secs(8),
            tone_after: Duration::from_secs(20),
            give_up_after: Duration::from_secs(30),
        }
    }
}

/// One rung of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SilenceStep {
    /// Ask again.
    Nudge,
    /// Sound the tone and ask once more.
    Tone,
    /// Hang up and call back.
    GiveUp,
}

impl SilencePolicy {
    /// The rung after `last`, with the length of silence at which it is due; `None` after giving up.
    pub fn next(&self, last: Option<SilenceStep>) -> Option<(SilenceStep, Duration)> {
        match last {
            None => Some((SilenceStep::Nudge, self.nudge_after)),
            Some(SilenceStep::Nudge) => Some((SilenceStep::Tone, self.tone_after)),
            Some(SilenceStep::Tone) => Some((SilenceStep::GiveUp, self.give_up_after)),
            Some(SilenceStep::GiveUp) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_climbs_one_rung_at_a_time_and_ends() {
        let policy = SilencePolicy::default();
        let mut climbed = Vec::new();
        let mut last = None;
        while let Some((step, after)) = policy.next(last) {
            climbed.push((step, after.as_secs()));
            last = Some(step);
        }
        assert_eq!(climbed, [(SilenceStep::Nudge, 8), (SilenceStep::Tone, 20), (SilenceStep::GiveUp, 30)]);
    }
}
