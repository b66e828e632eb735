//! The silence ladder: a timer of our own, started when she has heard the coach to the end.

use std::time::Duration;

use crate::coach::silence::{SilencePolicy, SilenceStep};

/// After any words of the coach she gets at least so long to answer, however high the ladder stands.
const ANSWERING_TIME: Duration = Duration::from_secs(4);

/// How long nobody has spoken, and which rung was climbed last.
#[derive(Debug)]
pub(super) struct Silence {
    policy: SilencePolicy,
    /// Since when she has been silent; nudges do not set it back.
    since: Option<Duration>,
    /// Since when the coach has been silent too; `None` while it speaks or is about to.
    quiet_since: Option<Duration>,
    last: Option<SilenceStep>,
}

impl Silence {
    pub fn new(policy: SilencePolicy) -> Self {
        Self { policy, since: None, quiet_since: None, last: None }
    }

    /// She speaks, or the call is ending: the ladder is put away.
    pub fn reset(&mut self) {
        *self = Self::new(self.policy);
    }

    /// Tells whether the line is quiet: nothing to play, nothing asked for, nobody speaking.
    pub fn observe(&mut self, quiet: bool, now: Duration) {
        if !quiet {
            self.quiet_since = None;
        } else if self.quiet_since.is_none() {
            self.quiet_since = Some(now);
            self.since.get_or_insert(now);
        }
    }

    /// When the next rung is due; `None` while somebody speaks.
    pub fn due(&self) -> Option<Duration> {
        let (_, after) = self.policy.next(self.last)?;
        let answering = self.last.map_or(Duration::ZERO, |_| ANSWERING_TIME);
        Some((self.since? + after).max(self.quiet_since? + answering))
    }

    /// Climbs a rung when one is due.
    pub fn tick(&mut self, now: Duration) -> Option<SilenceStep> {
        if now < self.due()? {
            return None;
        }
        let (step, _) = self.policy.next(self.last)?;
        self.last = Some(step);
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn quiet_at(now: Duration) -> Silence {
        let mut silence = Silence::new(SilencePolicy::default());
        silence.observe(true, now);
        silence
    }

    #[test]
    fn the_rungs_are_counted_from_the_beginning_of_the_silence() {
        let mut silence = quiet_at(secs(10));
        assert_eq!(silence.tick(secs(17)), None);
        assert_eq!(silence.tick(secs(18)), Some(SilenceStep::Nudge));
        silence.observe(false, secs(18));
        assert_eq!(silence.due(), None, "the coach is asking");
        silence.observe(true, secs(21));
        assert_eq!(silence.due(), Some(secs(30)));
        assert_eq!(silence.tick(secs(30)), Some(SilenceStep::Tone));
        silence.observe(false, secs(30));
        silence.observe(true, secs(38));
        assert_eq!(silence.due(), Some(secs(42)), "she gets time to answer");
        assert_eq!(silence.tick(secs(42)), Some(SilenceStep::GiveUp));
        assert_eq!(silence.due(), None);
    }

    #[test]
    fn a_word_of_hers_puts_the_ladder_away() {
        let mut silence = quiet_at(secs(0));
        silence.tick(secs(8));
        silence.reset();
        silence.observe(true, secs(12));
        assert_eq!(silence.due(), Some(secs(20)));
        assert_eq!(silence.tick(secs(20)), Some(SilenceStep::Nudge));
    }
}
