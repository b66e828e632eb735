//! The owner's desk: everything she can ask for, as typed requests and replies.
//!
//! The HTTP API answers from it, and the command line works on it directly when no daemon runs, so that
//! both say the same. It reads people's words (names, dates, times) and answers in the sleeper's own time;
//! what to do about a wake-up it leaves to the scheduler and the calls.

mod alerts;
mod calendars;
mod calls;
mod changes;
mod codes;
mod contacts;
pub mod dto;
mod error;
mod events;
mod history;
mod named;
mod occurrences;
mod places;
mod proofs;
mod rules;
mod schedules;
mod settings;
mod shown;
mod sleepers;
mod tokens;
mod words;

use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;

pub use self::error::DeskError;
pub use self::events::Events;
use crate::calls::Calls;
use crate::clock::SharedClock;
use crate::scheduler::pulse::Bells;
use crate::store::Store;
use crate::zones::Zones;

/// A running daemon, as far as the desk needs it.
#[derive(Clone)]
pub struct Daemon {
    /// Makes and ends calls.
    pub calls: Arc<Calls>,
    /// Rung when something changed.
    pub bells: Bells,
}

/// The owner's desk.
pub struct Desk {
    store: Store,
    zones: Arc<Zones>,
    clock: SharedClock,
    rng: Mutex<StdRng>,
    daemon: Option<Daemon>,
}

impl Desk {
    /// A desk on an open database; without a daemon it plans, but cannot call.
    pub fn new(
        store: Store,
        zones: Arc<Zones>,
        clock: SharedClock,
        rng: StdRng,
        daemon: Option<Daemon>,
    ) -> Self {
        Self { store, zones, clock, rng: Mutex::new(rng), daemon }
    }

    fn daemon(&self) -> Result<&Daemon, DeskError> {
        self.daemon.as_ref().ok_or_else(|| {
            DeskError::conflict(
                "The program is not running, and only the running program makes calls.",
                "Start it with `wakeup-coach serve`.",
            )
        })
    }

    fn with_rng<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests;
