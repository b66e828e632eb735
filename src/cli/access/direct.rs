//! The desk on the database itself, while no daemon runs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;

use crate::app::open_store;
use crate::clock::SystemClock;
use crate::config::Environment;
use crate::desk::Desk;
use crate::store::{Store, StoreError};
use crate::zones::{Zones, usual_places};

/// Whether this process has changed a database that no daemon works on.
static CHANGED: AtomicBool = AtomicBool::new(false);

/// Whether this process has changed a database that no daemon works on.
pub(super) fn was_changed() -> bool {
    CHANGED.load(Ordering::Relaxed)
}

/// The desk, and the database it keeps from everybody else.
pub struct Direct {
    pub(super) desk: Desk,
    store: Store,
}

impl Direct {
    /// Opens the database; `None` when a daemon holds it.
    pub(super) async fn open(file: &Path, environment: &Environment) -> Result<Option<Self>, StoreError> {
        let clock = SystemClock::shared();
        let store = match open_store(file, &clock).await {
            Ok(store) => store,
            Err(StoreError::InUse { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let zones = Arc::new(Zones::newest_of(usual_places(environment.zoneinfo().as_deref())));
        let desk = Desk::new(store.clone(), zones, clock, rand::make_rng::<StdRng>(), None);
        Ok(Some(Self { desk, store }))
    }

    /// Remembers that somebody may now wait for a call which nobody makes.
    pub(super) fn note_change() {
        CHANGED.store(true, Ordering::Relaxed);
    }

    pub(super) async fn close(self) {
        self.store.close().await;
    }
}
