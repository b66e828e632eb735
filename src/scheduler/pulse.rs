//! tokio-cron-scheduler as a bell: a few UTC cron jobs, made one after another, whose bodies only notify.
//!
//! It freezes zone offsets, loses and doubles jobs under load, and falls silent when the clock is set back
//! (measured on 0.15.1), so nothing depends on a beat being on time, or on its coming at all.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// Room for many more beats than there are jobs; the default drops them under load.
const CHANNEL_SIZE: usize = 4_096;

/// The bells that the pulse rings.
#[derive(Debug, Clone, Default)]
pub struct Bells {
    /// Each second: something may be due.
    pub dispatch: Arc<Notify>,
    /// Each minute: the coming days may want writing down.
    pub plan: Arc<Notify>,
    /// Each hour: what is not urgent.
    pub housekeeping: Arc<Notify>,
}

/// Starts the pulse; it beats until the returned scheduler is shut down.
pub async fn start(bells: &Bells) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new_with_channel_size(CHANNEL_SIZE).await?;
    // Not on the hour, when everybody asks everybody for something.
    let beats = [
        ("* * * * * *", &bells.dispatch),
        ("0 * * * * *", &bells.plan),
        ("0 17 * * * *", &bells.housekeeping),
    ];
    for (pattern, bell) in beats {
        let bell = Arc::clone(bell);
        let job = Job::new_async(pattern, move |_, _| {
            let bell = Arc::clone(&bell);
            Box::pin(async move { bell.notify_one() })
        })?;
        scheduler.add(job).await?;
    }
    scheduler.start().await?;
    Ok(scheduler)
}
