//! The desk on the database itself, while no daemon runs.

use std::path::Path;
use std::sync::Arc;

use rand::rngs::StdRng;

use crate::app::open_store;
use crate::clock::SystemClock;
use crate::config::Environment;
use crate::desk::Desk;
use crate::store::{Store, StoreError};
use crate::zones::{Zones, usual_places};

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

    pub(super) async fn close(self) {
        self.store.close().await;
    }
}
