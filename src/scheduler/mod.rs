//! Plans wake-ups, notices when something is due, and acts on it.
//!
//! [`plan`] writes the coming days down, [`calendars`] keeps the holidays, [`pulse`] (tokio-cron-scheduler,
//! UTC) only rings a bell, and [`dispatch`] is our own single task that asks the database what is due. The
//! database decides. [`housekeeping`] does what is not urgent, and [`clock_watch`] tells whether the clock can be
//! relied on.

pub mod backups;
pub mod calendars;
pub mod clock_watch;
pub mod dispatch;
pub mod housekeeping;
pub mod plan;
pub mod pulse;

use thiserror::Error;

use crate::store::StoreError;

/// Why the scheduler cannot go on.
#[derive(Debug, Error)]
pub enum SchedulerError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file under the database has failed or gone.
    #[error(
        "the database cannot be relied on; ending at once, so that a new start reads what is really on the disk"
    )]
    Disk(#[source] StoreError),
    /// The pulse could not be set up.
    #[error("the scheduler's pulse could not be started")]
    Pulse(#[from] tokio_cron_scheduler::JobSchedulerError),
    /// Nothing was dispatched for so long that only a restart helps.
    #[error("nothing was dispatched for {0:?}; giving up so that the supervisor restarts the program")]
    Stalled(std::time::Duration),
}
