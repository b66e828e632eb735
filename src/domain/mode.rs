//! How a call runs: realtime or traditional, drawn with a stored probability, and the breaker that
//! keeps calls away from a realtime model that has just failed several times.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt as _};
use serde::{Deserialize, Serialize};

/// The two ways a call can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallMode {
    /// A live conversation: the carrier's media stream bridged to a realtime model.
    Realtime,
    /// Say, listen, say again; a chat model chooses the words.
    Traditional,
}

impl CallMode {
    /// The word for tables, logs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::Traditional => "traditional",
        }
    }
}

/// The chance that a call runs in realtime mode, from 0 (never) to 1 (always).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

/// A number that is not a probability.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is not a probability: give a number from 0 (never realtime) to 1 (always realtime)")]
pub struct NotAProbability(pub f64);

impl Probability {
    /// Never realtime.
    pub const NEVER: Self = Self(0.0);
    /// Always realtime.
    pub const ALWAYS: Self = Self(1.0);

    /// Accepts 0 to 1; refuses everything else, NaN included.
    pub fn new(value: f64) -> Result<Self, NotAProbability> {
        // Adding nought makes a plain nought of a negative one.
        if (0.0..=1.0).contains(&value) { Ok(Self(value + 0.0)) } else { Err(NotAProbability(value)) }
    }

    /// The value, 0 to 1.
    pub fn value(self) -> f64 {
        self.0
    }

    /// As people read it: `75.0%`.
    pub fn percentage(self) -> String {
        format!("{:.1}%", self.0 * 100.0)
    }
}

impl TryFrom<f64> for Probability {
    type Error = NotAProbability;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Self::new(value)
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> Self {
        probability.0
    }
}

/// Why a call got its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModeReason {
    /// The draw decided.
    Drawn,
    /// The owner asked for this mode (a test call).
    Forced,
    /// Realtime is out: there is no model to speak.
    NoModel,
    /// Realtime is out: the carrier strips media streams from trial accounts.
    TrialAccount,
    /// Realtime is out: the carrier opens `wss://` addresses only.
    PublicUrlNotSecure,
    /// Realtime is out for now: it failed several times in a row.
    BreakerOpen,
    /// The breaker lets one realtime call through to see whether the model is back.
    BreakerProbe,
}

impl ModeReason {
    /// The word stored with the attempt and shown in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drawn => "drawn",
            Self::Forced => "forced",
            Self::NoModel => "no_model",
            Self::TrialAccount => "trial_account",
            Self::PublicUrlNotSecure => "public_url_not_secure",
            Self::BreakerOpen => "breaker_open",
            Self::BreakerProbe => "breaker_probe",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Drawn,
            Self::Forced,
            Self::NoModel,
            Self::TrialAccount,
            Self::PublicUrlNotSecure,
            Self::BreakerOpen,
            Self::BreakerProbe,
        ]
        .into_iter()
        .find(|reason| reason.name() == name)
    }
}

/// The mode of one attempt, with everything needed to explain it later.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ModeDecision {
    /// The mode the call will run in.
    pub mode: CallMode,
    /// Why.
    pub reason: ModeReason,
    /// The probability in force at the time.
    pub probability: Probability,
    /// The number drawn, 0 to 1; realtime was drawn when it lies below the probability. `None` when forced.
    pub draw: Option<f64>,
}

/// Draws the mode for one attempt; 0 is never realtime, 1 always is.
pub fn draw_mode(realtime: Probability, rng: &mut impl Rng) -> (CallMode, f64) {
    let draw: f64 = rng.random();
    // `random` is in [0, 1), so `draw < 1` always holds and `draw < 0` never does.
    let mode = if draw < realtime.value() { CallMode::Realtime } else { CallMode::Traditional };
    (mode, draw)
}

/// Decides the mode of one attempt: the owner's wish or one draw, then whatever stands in its way.
///
/// `obstacle` is a lasting reason why realtime cannot work at all (no model, trial account, plain http).
pub fn decide(
    wish: Option<CallMode>,
    probability: Probability,
    obstacle: Option<ModeReason>,
    breaker: Breaker,
    now: Timestamp,
    rng: &mut impl Rng,
) -> ModeDecision {
    let (mode, reason, draw) = if let Some(mode) = wish {
        (mode, ModeReason::Forced, None)
    } else {
        let (mode, draw) = draw_mode(probability, rng);
        (mode, ModeReason::Drawn, Some(draw))
    };
    let (mode, reason) = match (mode, obstacle) {
        (CallMode::Traditional, _) => (mode, reason),
        (CallMode::Realtime, Some(obstacle)) => (CallMode::Traditional, obstacle),
        // A forced call is the owner's own probe: she asked to see realtime, so she gets it.
        (CallMode::Realtime, None) if wish.is_some() => (mode, reason),
        (CallMode::Realtime, None) => match breaker.gate(now) {
            Gate::Open => (mode, reason),
            Gate::Probe => (mode, ModeReason::BreakerProbe),
            Gate::Closed => (CallMode::Traditional, ModeReason::BreakerOpen),
        },
    };
    ModeDecision { mode, reason, probability, draw }
}

/// Remembers recent realtime failures; lives in the store, so that a restart does not forget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Realtime legs that failed since the last one that worked.
    pub failures: u32,
    /// Until when realtime is avoided; `None` while all is well.
    pub open_until: Option<Timestamp>,
    /// A probing call is under way since this instant.
    pub probing_since: Option<Timestamp>,
}

/// What the breaker says to a call that would like to be realtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Go ahead.
    Open,
    /// Go ahead as the one probe.
    Probe,
    /// Take the other mode.
    Closed,
}

impl Breaker {
    /// Three failures in a row are no accident any more.
    pub const THRESHOLD: u32 = 3;
    /// The first pause; each further failure doubles it, up to [`Breaker::LONGEST_PAUSE`].
    pub const FIRST_PAUSE: Duration = Duration::from_mins(10);
    /// The longest pause: a morning later the model deserves another chance.
    pub const LONGEST_PAUSE: Duration = Duration::from_hours(6);
    /// A probe that never reported (a crash) is forgotten after this long.
    pub const PROBE_LIMIT: Duration = Duration::from_mins(15);

    /// What a call that starts now may do.
    pub fn gate(self, now: Timestamp) -> Gate {
        match self.open_until {
            None => Gate::Open,
            Some(until) if now < until => Gate::Closed,
            Some(_) if self.probe_is_out(now) => Gate::Closed,
            Some(_) => Gate::Probe,
        }
    }

    fn probe_is_out(self, now: Timestamp) -> bool {
        self.probing_since.is_some_and(|since| now.duration_since(since) < signed(Self::PROBE_LIMIT))
    }

    /// The state after a probe has been sent.
    #[must_use]
    pub fn probing(self, now: Timestamp) -> Self {
        Self { probing_since: Some(now), ..self }
    }

    /// The state after a realtime leg that worked.
    #[must_use]
    pub fn succeeded(self) -> Self {
        Self::default()
    }

    /// The state after a realtime leg that failed.
    #[must_use]
    pub fn failed(self, now: Timestamp) -> Self {
        let failures = self.failures.saturating_add(1);
        let open_until = (failures >= Self::THRESHOLD).then(|| {
            let doublings = (failures - Self::THRESHOLD).min(16);
            let pause = Self::FIRST_PAUSE.saturating_mul(1 << doublings).min(Self::LONGEST_PAUSE);
            now.saturating_add(signed(pause)).unwrap_or(Timestamp::MAX)
        });
        Self { failures, open_until, probing_since: None }
    }

    /// The word shown in `/realtime-api-config`.
    pub fn name(self, now: Timestamp) -> &'static str {
        match (self.gate(now), self.open_until) {
            (Gate::Open, _) => "closed",
            (Gate::Probe, _) => "half_open",
            (Gate::Closed, Some(until)) if until <= now => "half_open",
            (Gate::Closed, _) => "open",
        }
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn tripped() -> Breaker {
        Breaker::default().failed(at(0)).failed(at(0)).failed(at(0))
    }

    #[test]
    fn zero_never_and_one_always_draws_realtime() {
        let mut rng = StdRng::seed_from_u64(7);
        for _ in 0..1_000 {
            assert_eq!(draw_mode(Probability::NEVER, &mut rng).0, CallMode::Traditional);
            assert_eq!(draw_mode(Probability::ALWAYS, &mut rng).0, CallMode::Realtime);
        }
    }

    #[test]
    fn a_half_draws_about_half() {
        let mut rng = StdRng::seed_from_u64(7);
        let half = Probability::new(0.5).unwrap();
        let realtime = (0..10_000).filter(|_| draw_mode(half, &mut rng).0 == CallMode::Realtime).count();
        assert!((4_800..=5_200).contains(&realtime), "{realtime}");
    }

    #[test]
    fn only_numbers_from_zero_to_one_are_probabilities() {
        for good in [0.0, -0.0, 0.5, 1.0] {
            assert!(Probability::new(good).is_ok(), "{good}");
        }
        for bad in [-0.001, 1.001, f64::NAN, f64::INFINITY, -f64::INFINITY] {
            assert!(Probability::new(bad).is_err(), "{bad}");
        }
        assert_eq!(Probability::new(0.75).unwrap().percentage(), "75.0%");
        assert_eq!(Probability::new(-0.0).unwrap().percentage(), "0.0%");
    }

    #[test]
    fn an_obstacle_makes_the_call_traditional_and_says_why() {
        let mut rng = StdRng::seed_from_u64(7);
        for wish in [None, Some(CallMode::Realtime)] {
            let decision = decide(
                wish,
                Probability::ALWAYS,
                Some(ModeReason::NoModel),
                Breaker::default(),
                at(0),
                &mut rng,
            );
            assert_eq!((decision.mode, decision.reason), (CallMode::Traditional, ModeReason::NoModel));
        }
    }

    #[test]
    fn the_breaker_opens_at_the_third_failure_and_lets_one_probe_through() {
        assert_eq!(Breaker::default().failed(at(0)).failed(at(0)).gate(at(0)), Gate::Open);
        let open = tripped();
        assert_eq!((open.gate(at(599)), open.gate(at(600))), (Gate::Closed, Gate::Probe));
        let probing = open.probing(at(600));
        assert_eq!(probing.gate(at(601)), Gate::Closed);
        assert_eq!(probing.gate(at(600 + 15 * 60)), Gate::Probe, "a lost probe is forgotten");
        assert_eq!(probing.succeeded().gate(at(601)), Gate::Open);
        let longer = probing.failed(at(700));
        assert_eq!((longer.gate(at(700 + 1_199)), longer.gate(at(700 + 1_200))), (Gate::Closed, Gate::Probe));
    }

    #[test]
    fn a_tripped_breaker_diverts_draws_but_not_the_owners_wish() {
        let mut rng = StdRng::seed_from_u64(7);
        let drawn = decide(None, Probability::ALWAYS, None, tripped(), at(1), &mut rng);
        assert_eq!((drawn.mode, drawn.reason), (CallMode::Traditional, ModeReason::BreakerOpen));
        let forced = decide(Some(CallMode::Realtime), Probability::NEVER, None, tripped(), at(1), &mut rng);
        assert_eq!((forced.mode, forced.reason), (CallMode::Realtime, ModeReason::Forced));
        let probe = decide(None, Probability::ALWAYS, None, tripped(), at(600), &mut rng);
        assert_eq!((probe.mode, probe.reason), (CallMode::Realtime, ModeReason::BreakerProbe));
    }
}
