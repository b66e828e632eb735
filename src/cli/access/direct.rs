//! The desk on the database itself, while no daemon runs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;

use crate::clock::{SharedClock, SystemClock};
use crate::config::Environment;
use crate::desk::Desk;
use crate::store::{Store, StoreError};
use crate::zones::{Zones, usual_places};

/// Another command holds the database for as long as it takes to answer; a daemon holds it for good.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// The desk, and the database it keeps from everybody else.
pub struct Direct {
    pub(super) desk: Desk,
    store: Store,
}

impl Direct {
    /// Opens the database; `None` when somebody else holds it.
    pub(super) async fn open(file: &Path, environment: &Environment) -> Result<Option<Self>, StoreError> {
        let clock = SystemClock::shared();
        let Some(store) = unless_held(file, &clock).await? else { return Ok(None) };
        let zones = Arc::new(Zones::newest_of(usual_places(environment.zoneinfo().as_deref())));
        let desk = Desk::new(store.clone(), zones, clock, rand::make_rng::<StdRng>(), None);
        Ok(Some(Self { desk, store }))
    }

    pub(super) async fn close(self) {
        self.store.close().await;
    }
}

async fn unless_held(file: &Path, clock: &SharedClock) -> Result<Option<Store>, StoreError> {
    for look in 1..=LOOKS {
        match Store::open(file).await {
            Err(StoreError::InUse { .. }) if look < LOOKS => clock.sleep(BETWEEN_LOOKS).await,
            Err(StoreError::InUse { .. }) => break,
            opened => return opened.map(Some),
        }
    }
    Ok(None)
}
