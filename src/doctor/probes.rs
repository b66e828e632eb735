//! Questions that only this program can answer, sent out to come back in by the public address.
//!
//! Each has a name, which travels, and an answer, which does not: whoever merely repeats what he is sent is
//! found out, and so is another program behind the address.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::Rng;

use crate::domain::ids::Nonce;

/// How long the asking may take on either side.
pub const PROBE_PATIENCE: Duration = Duration::from_secs(10);
/// From asking to the last moment at which the question is known: longer than any check takes.
const VALID_FOR: Duration = Duration::from_secs(30);
/// More than examinations ask at once; the oldest is forgotten first.
const OPEN_MAX: usize = 32;

/// The questions under way.
#[derive(Debug, Default)]
pub struct Probes {
    open: Mutex<Vec<Probe>>,
}

/// One question.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Stands in the path.
    pub name: Nonce,
    /// Comes back when it was us who were asked.
    pub answer: Nonce,
    until: Duration,
}

impl Probes {
    /// Opens a question at `now` of the monotonic clock.
    pub fn open(&self, rng: &mut impl Rng, now: Duration) -> Probe {
        let probe = Probe { name: Nonce::new(rng), answer: Nonce::new(rng), until: now + VALID_FOR };
        let mut open = self.lock();
        open.retain(|probe| probe.until > now);
        if open.len() == OPEN_MAX {
            open.remove(0);
        }
        open.push(probe.clone());
        probe
    }

    /// The answer to a question that we asked; `None` for strangers.
    pub fn answer(&self, name: &str, now: Duration) -> Option<Nonce> {
        let name = Nonce::parse(name)?;
        let open = self.lock();
        open.iter().find(|probe| probe.name == name && probe.until > now).map(|probe| probe.answer.clone())
    }

    /// Nothing panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Vec<Probe>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn only_open_questions_are_answered_and_not_with_their_own_words() {
        let (probes, mut rng) = (Probes::default(), StdRng::seed_from_u64(1));
        let now = Duration::from_secs(5);
        let probe = probes.open(&mut rng, now);
        let answer = probes.answer(probe.name.as_str(), now).unwrap();
        assert_eq!(answer.as_str(), probe.answer.as_str());
        assert_ne!(answer.as_str(), probe.name.as_str());
        let stranger = Nonce::new(&mut rng);
        assert!(probes.answer(stranger.as_str(), now).is_none());
        assert!(probes.answer("../../etc/passwd", now).is_none());
        assert!(probes.answer(probe.name.as_str(), now + VALID_FOR).is_none(), "too late");
    }

    #[test]
    fn strangers_cannot_make_the_list_grow() {
        let (probes, mut rng) = (Probes::default(), StdRng::seed_from_u64(1));
        for _ in 0..OPEN_MAX * 3 {
            probes.open(&mut rng, Duration::ZERO);
        }
        assert_eq!(probes.lock().len(), OPEN_MAX);
    }
}
