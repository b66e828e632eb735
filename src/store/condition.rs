//! How the database file is, for the doctor: looked at, never changed.

use std::fs::File;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;

use super::soundness::Soundness;
use super::{BUSY_TIMEOUT, READERS, Store, StoreError, lock_path, migrate, pool};

/// More lines about a broken file help nobody.
const COMPLAINTS_MAX: i64 = 5;

/// What a look at the database shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What is broken in the file, in the engine's words; empty when nothing is.
    pub damage: Vec<String>,
    /// How writes are kept: `wal` unless somebody has changed it.
    pub journal: String,
    /// The schema the file is at.
    pub schema: i64,
    /// The schema this program works with.
    pub schema_wanted: i64,
    /// Size of the data, in bytes.
    pub bytes: u64,
}

impl Store {
    /// Opens an existing file for reading, without its lock and without bringing its tables up to date.
    /// Every write through it fails.
    pub async fn open_for_reading(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let read = pool(READERS).connect_with(options).await?;
        Ok(Self { write: read.clone(), read, lock: None, sound: Soundness::of(path) })
    }

    /// Whether a running program holds the database at `path`.
    pub fn is_in_use(path: &Path) -> Result<bool, StoreError> {
        let unusable = |source| StoreError::Unusable { path: path.to_owned(), source };
        let lock: PathBuf = lock_path(path);
        let file = match File::options().write(true).open(&lock) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(unusable(source)),
        };
        match file.try_lock() {
            // Given back with the handle.
            Ok(()) => Ok(false),
            Err(std::fs::TryLockError::WouldBlock) => Ok(true),
            Err(std::fs::TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    /// Looks the whole file over.
    pub async fn condition(&self) -> Result<Condition, StoreError> {
        let mut damage: Vec<String> =
            sqlx::query_scalar("SELECT quick_check FROM pragma_quick_check LIMIT $1")
                .bind(COMPLAINTS_MAX)
                .fetch_all(&self.read)
                .await?;
        damage.retain(|line| line != "ok");
        let orphans: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM pragma_foreign_key_check").fetch_one(&self.read).await?;
        if orphans > 0 {
            damage.push(format!("{orphans} rows refer to rows that are not there"));
        }
        let journal = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&self.read).await?;
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&self.read).await?;
        let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&self.read).await?;
        let schema =
            sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success")
                .fetch_one(&self.read)
                .await?;
        let bytes = u64::try_from(pages.saturating_mul(size)).unwrap_or(0);
        Ok(Condition { damage, journal, schema, schema_wanted: migrate::newest(), bytes })
    }
}
