//! An old copy of the database was put back: what it takes for due may have rung long ago, so nothing before
//! this moment is dialled any more. It is recorded as missed, and told.

use super::{CallError, Calls};
use crate::domain::attempt::Outcome;
use crate::domain::wake_up::{Command, Event};
use crate::planted::{Planted, is_planted};

impl Calls {
    /// Begins anew with a database that was put back; how many wake-ups were given up. All in one transaction:
    /// whoever dies in it does it again at the next start.
    pub async fn begin_new_epoch(&self) -> Result<usize, CallError> {
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        let mut past = change.open_until(now).await?;
        past.retain(|_| !is_planted(Planted::OldBackupDials));
        let mut ended = Vec::new();
        for occurrence in &past {
            while let Some(open) = change.find_open_attempt(occurrence.id).await? {
                change.finish_attempt(open.attempt.id, Outcome::Lost, now).await?;
                change
                    .record_history(open.attempt.id, "restored", "before the backup was put back", now)
                    .await?;
            }
            let (after, command) = occurrence.wake_up.on(Event::Restored, now);
            change.save_step(occurrence, &after, now).await?;
            change.record_audit(Some(occurrence.id), "restored", "it was due before that", now).await?;
            if let Some(Command::Finish(end)) = command {
                self.note_end(&mut change, occurrence, end).await?;
                ended.push((occurrence, end));
            }
        }
        change.draw_a_line(now).await?;
        change.end_restoration(&self.store, now).await?;
        change.commit().await?;
        tracing::warn!(
            given_up = past.len(),
            "An older database was put back: whatever was due before now is not dialled any more"
        );
        for (occurrence, end) in ended {
            self.announce_end(occurrence, end);
        }
        Ok(past.len())
    }
}
