//! Who is woken in a storm: what a morning asks of her, and how she behaves call after call. Drawn by seed.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::domain::policy::{CheckCalls, MorningPolicy};
use crate::domain::proof::{Proof, Proofs};
use crate::simulator::sleeper::{Act, Answer, Sleeper, When, Wits};

/// One scenario: somebody with her morning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// What her morning asks for.
    pub policy: MorningPolicy,
    /// One script a call; the last repeats.
    pub scripts: Vec<Sleeper>,
}

impl Scenario {
    /// The `index`th of a world.
    pub fn draw(seed: u64, index: usize) -> Self {
        let mut rng =
            StdRng::seed_from_u64(seed.rotate_left(20) ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let by_sum = rng.random_ratio(1, 4);
        let proofs = Proofs::of(&[if by_sum { Proof::Sum } else { Proof::Conversation }]);
        let policy = MorningPolicy { proofs, word_is_enough: !by_sum, ..quick() };
        let mut scripts = Vec::new();
        if rng.random_ratio(2, 5) {
            scripts.push(fails(&mut rng));
        }
        scripts.push(if rng.random_ratio(1, 20) {
            Sleeper::never_answers()
        } else {
            gets_up(&mut rng, by_sum)
        });
        Self { policy, scripts }
    }
}

/// A morning that is quick to live through.
fn quick() -> MorningPolicy {
    MorningPolicy {
        check: CheckCalls::Off,
        ring_secs: 10,
        redial_after_secs: [12; 4],
        calls_allowed: 6,
        deadline_mins: 20,
        snoozes: 0,
        ..MorningPolicy::DEFAULT
    }
}

fn gets_up(rng: &mut StdRng, by_sum: bool) -> Sleeper {
    let ringing = Duration::from_millis(rng.random_range(500..5_000));
    let lines: &[&str] = if by_sum {
        &["Yes, I'm awake.", "My feet are on the floor."]
    } else {
        &["Yes, I'm awake.", "Goodbye."]
    };
    Sleeper::answering(ringing, lines.iter().map(|line| Act::say(line)).collect()).with_wits(Wits::default())
}

fn fails(rng: &mut StdRng) -> Sleeper {
    let ringing = Duration::from_millis(rng.random_range(500..3_000));
    match rng.random_range(0..8) {
        0 => Sleeper::absent(Answer::Busy),
        1 => Sleeper::absent(Answer::Declines),
        2 => Sleeper::absent(Answer::Failed),
        3 => Sleeper::never_answers(),
        // Answers, and says nothing at all.
        4 => Sleeper::answering(ringing, Vec::new()),
        5 => {
            Sleeper::answering(ringing, vec![Act::HangUp { after: When::After(Duration::from_millis(300)) }])
        }
        _ => Sleeper::answering(ringing, vec![Act::say("Leave me alone."), Act::hang_up()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_mornings_again_and_another_seed_others() {
        let all = |seed| (0..100).map(|index| Scenario::draw(seed, index)).collect::<Vec<_>>();
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
    }
}
