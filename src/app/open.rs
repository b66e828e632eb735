//! Opening the database when somebody may be using it for a moment.

use std::path::Path;
use std::time::Duration;

use crate::clock::SharedClock;
use crate::store::{Store, StoreError};

/// A command holds the database for as long as it takes to answer; a daemon holds it for good. Together
/// about a second: a daemon that starts must not give up over somebody's `schedule list`.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Opens the database, waiting a little while it is in use; `InUse` when it stays so.
pub async fn open_store(file: &Path, clock: &SharedClock) -> Result<Store, StoreError> {
    for _ in 1..LOOKS {
        match Store::open(file).await {
            Err(StoreError::InUse { .. }) => clock.sleep(BETWEEN_LOOKS).await,
            opened => return opened,
        }
    }
    Store::open(file).await
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;

    use super::*;
    use crate::app::Scratch;
    use crate::clock::SystemClock;

    #[tokio::test]
    async fn a_database_in_use_for_a_moment_is_waited_for_and_one_in_use_for_good_is_not() {
        let scratch = Scratch::new(&mut rand::make_rng::<StdRng>()).unwrap();
        let file = scratch.file("wake.db");
        let clock = SystemClock::shared();
        let holder = Store::open(&file).await.unwrap();
        let refused = open_store(&file, &clock).await.unwrap_err();
        assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
        let (opened, ()) = tokio::join!(open_store(&file, &clock), holder.close());
        opened.unwrap().close().await;
    }
}
