//! Who is woken in a trial: numbers kept for fiction, and behaviour drawn by seed.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::simulator::sleeper::{Act, Answer, Sleeper, When};

/// Area codes under which `555-0100` to `555-0199` are nobody's.
const AREAS: [u32; 6] = [212, 312, 415, 503, 617, 713];
/// Of a hundred people, so many never answer.
const NEVER_IN_100: u32 = 4;
/// Unsuccessful calls before somebody gets up, at most.
const FAILURES_MAX: u32 = 2;

/// How many different people there are.
pub const MOST: usize = AREAS.len() * 100;

/// The number of the `index`th person.
pub fn number(index: usize) -> String {
    let area = AREAS[(index / 100) % AREAS.len()];
    format!("+1{area}55501{:02}", index % 100)
}

/// Who is to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Who {
    /// Everybody as the seed has it.
    Drawn,
    /// People who get up at the first call.
    Risers,
    /// People who never answer.
    Sleepyheads,
}

impl Who {
    /// How the `index`th of them behaves, call after call; the last script repeats.
    pub fn scripts(self, seed: u64, index: usize) -> Vec<Sleeper> {
        match self {
            Self::Drawn => draw(seed, index),
            Self::Risers => vec![Sleeper::prompt_riser()],
            Self::Sleepyheads => vec![Sleeper::never_answers()],
        }
    }
}

/// How the `index`th person behaves, call after call; the last script repeats.
fn draw(seed: u64, index: usize) -> Vec<Sleeper> {
    let mut rng = StdRng::seed_from_u64(seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    if rng.random_ratio(NEVER_IN_100, 100) {
        return vec![Sleeper::never_answers()];
    }
    let failures = rng.random_range(0..=FAILURES_MAX);
    let mut scripts: Vec<Sleeper> = (0..failures).map(|_| fails(&mut rng)).collect();
    scripts.push(gets_up(&mut rng));
    scripts
}

fn fails(rng: &mut StdRng) -> Sleeper {
    match rng.random_range(0..6) {
        0 => Sleeper::absent(Answer::Busy),
        1 => Sleeper::absent(Answer::Declines),
        2 => Sleeper::absent(Answer::Failed),
        3 => Sleeper::never_answers(),
        4 => Sleeper::hangs_up(),
        _ => Sleeper::answering(
            Duration::from_secs(2),
            vec![Act::HangUp { after: When::After(Duration::from_secs(1)) }],
        ),
    }
}

fn gets_up(rng: &mut StdRng) -> Sleeper {
    let riser = Sleeper::prompt_riser();
    Sleeper::answering(Duration::from_secs(rng.random_range(1..=6)), riser.acts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::phone::PhoneNumber;

    #[test]
    fn everybody_has_a_number_of_her_own_that_can_be_called() {
        let numbers: std::collections::BTreeSet<String> = (0..MOST).map(number).collect();
        assert_eq!(numbers.len(), MOST);
        for number in numbers {
            PhoneNumber::parse(&number).unwrap();
        }
    }

    #[test]
    fn a_seed_draws_the_same_people_again_and_another_seed_others() {
        let all = |seed| (0..50).map(|index| draw(seed, index)).collect::<Vec<_>>();
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
    }
}
