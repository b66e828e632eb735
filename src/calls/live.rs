//! Calls whose model or audio is in this process's hands; forgotten with the process, and rightly so.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::coach::language::Tongue;
use crate::domain::ids::{AttemptId, Nonce};
use crate::realtime::openai::ModelError;
use crate::realtime::pump::Seen;
use crate::realtime::ready::ReadyModel;

/// Proofs from outside waiting for their conversation; nobody touches more sensors at once.
const SEEN_WAITING: usize = 4;

/// A model session opened, and kept awake, while the phone rings.
pub(super) struct Opening {
    /// Gives the session once `wanted` is cancelled; dropped, it closes it.
    pub task: AbortOnDropHandle<Result<ReadyModel, ModelError>>,
    /// Cancelled when the call was answered.
    pub wanted: CancellationToken,
}

/// The registry.
#[derive(Default)]
pub(super) struct LiveCalls {
    calls: Mutex<HashMap<AttemptId, LiveCall>>,
    tongues: Mutex<VecDeque<(Nonce, Tongue)>>,
}

/// Calls whose tongue is remembered, for when the database that knows it fails: far more than ring at once.
const TONGUES_KEPT: usize = 256;

#[derive(Default)]
struct LiveCall {
    opening: Option<Opening>,
    ready: Option<Box<ReadyModel>>,
    /// Cancelled when the stream has ended and all of it is written down.
    stream_done: Option<CancellationToken>,
    /// Tells the conversation what was seen from outside it.
    outside: Option<mpsc::Sender<Seen>>,
}

impl LiveCalls {
    pub fn put_opening(&self, attempt: AttemptId, opening: Opening) {
        self.lock().entry(attempt).or_default().opening = Some(opening);
    }

    pub fn take_opening(&self, attempt: AttemptId) -> Option<Opening> {
        self.lock().get_mut(&attempt)?.opening.take()
    }

    /// Keeps a session for the stream that is about to come; drops it when the call was forgotten meanwhile.
    pub fn put_ready(&self, attempt: AttemptId, ready: Box<ReadyModel>) {
        if let Some(call) = self.lock().get_mut(&attempt) {
            call.ready = Some(ready);
        }
    }

    pub fn take_ready(&self, attempt: AttemptId) -> Option<Box<ReadyModel>> {
        self.lock().get_mut(&attempt)?.ready.take()
    }

    pub fn stream_begins(&self, attempt: AttemptId) -> CancellationToken {
        let done = CancellationToken::new();
        self.lock().entry(attempt).or_default().stream_done = Some(done.clone());
        done
    }

    /// The token that is cancelled once the attempt's stream is written down; `None` when it has none.
    pub fn stream_done(&self, attempt: AttemptId) -> Option<CancellationToken> {
        self.lock().get(&attempt)?.stream_done.clone()
    }

    /// Where the conversation of this call hears of what is seen from outside it.
    pub fn listen_outside(&self, attempt: AttemptId) -> mpsc::Receiver<Seen> {
        let (tell, told) = mpsc::channel(SEEN_WAITING);
        self.lock().entry(attempt).or_default().outside = Some(tell);
        told
    }

    /// Tells the conversation of this call, if it goes on here; one that is told more often than it listens
    /// has long heard that somebody is up.
    pub fn tell_seen(&self, attempt: AttemptId, seen: Seen) {
        if let Some(tell) = self.lock().get(&attempt).and_then(|call| call.outside.as_ref()) {
            // Gone, or full: the database has it, and the next document or call goes by that.
            let _ = tell.try_send(seen);
        }
    }

    /// Forgets a call that is over; a model nobody picked up is closed by being dropped.
    pub fn forget(&self, attempt: AttemptId) {
        self.lock().remove(&attempt);
    }

    /// Forgets all calls but those whose stream is still being written down.
    pub fn forget_all(&self) {
        let mut calls = self.lock();
        for call in calls.values_mut() {
            (call.opening, call.ready) = (None, None);
        }
    }

    /// Notes in which tongue a call is held.
    pub fn speaks(&self, nonce: &Nonce, tongue: Tongue) {
        let mut tongues = self.tongues.lock().unwrap_or_else(PoisonError::into_inner);
        tongues.retain(|(known, _)| known != nonce);
        tongues.truncate(TONGUES_KEPT - 1);
        tongues.push_front((nonce.clone(), tongue));
    }

    /// The tongue of a call; `None` for one that this process has not dealt with lately.
    pub fn tongue(&self, nonce: &Nonce) -> Option<Tongue> {
        let tongues = self.tongues.lock().unwrap_or_else(PoisonError::into_inner);
        tongues.iter().find(|(known, _)| known == nonce).map(|(_, tongue)| *tongue)
    }

    pub fn streaming(&self) -> usize {
        let is_open = |done: &CancellationToken| !done.is_cancelled();
        self.lock().values().filter(|call| call.stream_done.as_ref().is_some_and(is_open)).count()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AttemptId, LiveCall>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn the_tongues_of_the_latest_calls_are_remembered_and_no_more() {
        let (live, mut rng) = (LiveCalls::default(), StdRng::seed_from_u64(1));
        let nonces: Vec<Nonce> = (0..TONGUES_KEPT + 2).map(|_| Nonce::new(&mut rng)).collect();
        for nonce in &nonces {
            live.speaks(nonce, Tongue::ENGLISH);
            live.speaks(nonce, Tongue::all()[1]);
        }
        assert_eq!(live.tongue(&nonces[1]), None);
        assert!(nonces[2..].iter().all(|nonce| live.tongue(nonce) == Some(Tongue::all()[1])));
    }
}
