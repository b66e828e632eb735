//! A copy of the database each night, the newest few of them kept, and how old each is.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::clock::SharedClock;
use crate::store::backup::{BackupError, Copied, Progress, UNFINISHED, copy};
use crate::store::{Store, StoreError};

/// Rounds are hourly: one that finds the last copy a little younger than a day makes the next one.
const EVERY: SignedDuration = SignedDuration::from_hours(23);
/// After this long a copy is made however busy the morning is; it only reads.
const AT_LEAST_EVERY: SignedDuration = SignedDuration::from_hours(36);
/// Longer than this without a copy is told: two nights have gone wrong.
const MISSED_AFTER: SignedDuration = SignedDuration::from_hours(48);
/// No copy is begun when somebody is to be called so soon.
const CLEAR_OF_CALLS: SignedDuration = SignedDuration::from_mins(2);
const PREFIX: &str = "wakeup-coach-";
const SUFFIX: &str = ".db";
/// Sorts by age, and every file system takes it.
const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// Makes and keeps the copies of one database.
#[derive(Debug, Clone)]
pub struct Backups {
    /// The database file.
    pub database: PathBuf,
    /// Where the copies go; made when it is missing.
    pub directory: PathBuf,
    /// How many are kept; 0: none are made by themselves.
    pub kept: u32,
}

/// One copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The file.
    pub file: PathBuf,
    /// When it was begun.
    pub made_at: Timestamp,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Backups {
    /// Makes a copy when the last one is a day old and nobody is about to be called. `None`: not now.
    pub async fn make_due(&self, store: &Store, clock: &SharedClock) -> Result<Option<Kept>, BackupError> {
        if self.kept == 0 {
            return Ok(None);
        }
        let now = clock.now();
        let age = self.list()?.first().map(|newest| now.duration_since(newest.made_at));
        // One made in the future, by a clock that was wrong, does not put off the next for years.
        let fresh = age.is_some_and(|age| (SignedDuration::ZERO..EVERY).contains(&age));
        let urgent = age.is_some_and(|age| age >= AT_LEAST_EVERY);
        if fresh || (!urgent && busy(store, now).await?) {
            return Ok(None);
        }
        Ok(Some(self.make(now, &mut |_| {}).await?.0))
    }

    /// Makes a copy now, and lets go of those that are too many.
    pub async fn make(
        &self,
        now: Timestamp,
        seen: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(Kept, Copied), BackupError> {
        self.make_directory()?;
        let file = self.directory.join(format!("{PREFIX}{}{SUFFIX}", now.strftime(STAMP)));
        let copied = copy(&self.database, &file, seen).await?;
        self.rotate(now)?;
        Ok((Kept { file, made_at: now, bytes: copied.bytes }, copied))
    }

    /// The copies, the newest first; other files in the directory are not looked at.
    pub fn list(&self) -> Result<Vec<Kept>, BackupError> {
        let here = |source| BackupError::File { path: self.directory.clone(), source };
        let entries = match std::fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(here(error)),
        };
        let mut kept = Vec::new();
        for entry in entries {
            let file = entry.map_err(here)?.path();
            let Some(made_at) = made_at(&file) else { continue };
            // Somebody may be letting go of it at the same time.
            let Ok(found) = std::fs::metadata(&file) else { continue };
            kept.push(Kept { file, made_at, bytes: found.len() });
        }
        kept.sort_by_key(|kept| std::cmp::Reverse(kept.made_at));
        Ok(kept)
    }

    fn make_directory(&self) -> Result<(), BackupError> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let made = builder.create(&self.directory);
        made.map_err(|source| BackupError::File { path: self.directory.clone(), source })
    }

    /// Whether copies are wanted and the newest is too old; without any, there is nothing to compare with yet.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let newest = self.list().ok().and_then(|kept| kept.into_iter().find(|kept| kept.made_at <= now));
        self.kept > 0 && newest.is_some_and(|newest| now.duration_since(newest.made_at) > MISSED_AFTER)
    }

    /// Lets go of the oldest. Copies from the future were made by a clock that was wrong, and are the first to go.
    fn rotate(&self, now: Timestamp) -> Result<(), BackupError> {
        let kept = usize::try_from(self.kept.max(1)).unwrap_or(usize::MAX);
        let (future, mut by_age): (Vec<_>, Vec<_>) =
            self.list()?.into_iter().partition(|kept| kept.made_at > now);
        by_age.extend(future);
        for old in by_age.into_iter().skip(kept) {
            std::fs::remove_file(&old.file)
                .map_err(|source| BackupError::File { path: old.file.clone(), source })?;
        }
        Ok(())
    }
}

async fn busy(store: &Store, now: Timestamp) -> Result<bool, StoreError> {
    let soon = now.saturating_add(CLEAR_OF_CALLS).unwrap_or(Timestamp::MAX);
    let next = store.next_action_at().await?;
    Ok(next.is_some_and(|at| at <= soon) || !store.list_open_attempts().await?.is_empty())
}

/// When a copy of ours was made, by its name; `None` for anything else, unfinished ones among them.
fn made_at(file: &Path) -> Option<Timestamp> {
    debug_assert!(!SUFFIX.ends_with(UNFINISHED), "an unfinished copy must not look like one");
    let stamp = file.file_name()?.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    jiff::civil::DateTime::strptime(STAMP, stamp)
        .ok()?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|at| at.timestamp())
}

#[cfg(test)]
#[path = "backups_tests.rs"]
mod tests;
