//! Calls whose model or audio is in this process's hands; forgotten with the process, and rightly so.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::domain::ids::AttemptId;
use crate::realtime::openai::ModelError;
use crate::realtime::ready::ReadyModel;

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
}

#[derive(Default)]
struct LiveCall {
    opening: Option<Opening>,
    ready: Option<Box<ReadyModel>>,
    /// Cancelled when the stream has ended and all of it is written down.
    stream_done: Option<CancellationToken>,
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

    pub fn streaming(&self) -> usize {
        let is_open = |done: &CancellationToken| !done.is_cancelled();
        self.lock().values().filter(|call| call.stream_done.as_ref().is_some_and(is_open)).count()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AttemptId, LiveCall>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
