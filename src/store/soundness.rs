//! Whether the file can be relied on: looked over at the start, and given up when the disk has failed under it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::SqlitePool;

use super::StoreError;

/// A larger file is not read whole at each start; the doctor does that when asked.
const LOOKED_OVER_MAX: u64 = 64 * 1024 * 1024;

/// After one of these, nothing that was written is certain: the kernel may have dropped what it could not
/// write, and would report success the next time. In SQLite's numbers.
const FSYNC_FAILED: i32 = 1_034;
const DIRECTORY_FSYNC_FAILED: i32 = 1_290;
const CORRUPT: i32 = 11;
const NOT_A_DATABASE: i32 = 26;

/// What is known of the file since it was opened; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Soundness {
    path: PathBuf,
    /// Device and inode; `None` where files have none.
    opened: Option<(u64, u64)>,
    failed: Arc<AtomicBool>,
}

impl Soundness {
    /// Of the file that lies there now.
    pub fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), opened: identity(path), failed: Arc::default() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes note of an error after which the file cannot be relied on.
    pub fn note(&self, error: &StoreError) {
        if error.is_past_mending() {
            self.failed.store(true, Ordering::SeqCst);
        }
    }

    /// An error when the program should rather end than go on.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.failed.load(Ordering::SeqCst) {
            return Err(StoreError::Unreliable);
        }
        if self.opened.is_some() && identity(&self.path) != self.opened {
            return Err(StoreError::Replaced { path: self.path.clone() });
        }
        Ok(())
    }
}

impl StoreError {
    /// Whether only opening the file anew can show what is in it.
    pub fn is_past_mending(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        let code = error.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default();
        matches!(code, FSYNC_FAILED | DIRECTORY_FSYNC_FAILED)
            || matches!(code & 0xff, CORRUPT | NOT_A_DATABASE)
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

/// A file that is damaged is not worked with: half of it may be somebody's next wake-up.
pub(super) async fn look_over(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > LOOKED_OVER_MAX) {
        return Ok(());
    }
    let first: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(pool).await?;
    if first == "ok" { Ok(()) } else { Err(StoreError::Damaged { path: path.to_owned(), what: first }) }
}

/// Damage that the engine meets before anybody has looked for it, told in the same words.
pub(super) fn told(error: StoreError, path: &Path) -> StoreError {
    if error.is_past_mending() {
        return StoreError::Damaged { path: path.to_owned(), what: error.in_full() };
    }
    error
}
