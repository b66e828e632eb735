//! The only SQL in the crate: a table a file; no sqlx type leaves it.
//!
//! Reads go through a pool; writes go through [`Change`], one at a time, each a `BEGIN IMMEDIATE`
//! transaction that reaches the disk before it returns. Nothing in here talks to the network.

pub mod alerts;
pub mod attempts;
mod audit;
pub mod backup;
mod beside;
pub mod calendars;
mod callbacks;
mod cells;
mod condition;
pub mod contacts;
pub mod control;
mod epoch;
mod error;
pub mod exceptions;
mod forget;
mod instants;
pub mod memories;
mod migrate;
pub mod mornings;
pub mod notice_calls;
pub mod notices;
pub mod occurrences;
mod one_offs;
pub mod places;
pub mod proofs;
pub mod retention;
pub mod schedules;
pub mod settings;
pub mod sleepers;
mod soundness;
pub mod tokens;
mod utterances;
mod warnings;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

pub use self::audit::HistoryLine;
pub use self::condition::Condition;
pub use self::error::{StoreError, database_errors};
pub use self::forget::Gone;
use self::soundness::Soundness;
use crate::planted::{Planted, is_planted};

/// The oldest SQLite with the fix for the WAL-reset bug that could corrupt a database.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
/// How long a write waits for another process's write before it reports the database as busy.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long anything waits for its turn: the carrier's patience with a voice document is 15 s in all.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(4);
const READERS: u32 = 4;

/// The database: open, migrated, and ours alone.
#[derive(Debug, Clone)]
pub struct Store {
    read: SqlitePool,
    write: SqlitePool,
    /// Held until the store is closed: two daemons on one database would ring twice.
    lock: Option<Arc<File>>,
    sound: Soundness,
}

/// One write transaction. Dropped without [`Change::commit`], it never happened.
#[derive(Debug)]
pub struct Change {
    tx: Transaction<'static, Sqlite>,
    sound: Soundness,
}

impl Store {
    /// Opens the file, creating it when it is missing, checks it and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_whole(path).await.map_err(|error| soundness::told(error, path))
    }

    async fn open_whole(path: &Path) -> Result<Self, StoreError> {
        let lock = lock_beside(path)?;
        epoch::refuse_loss(path)?;
        make_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL may forget the last transactions after a power cut, and un-claim a placed call.
            .synchronous(if is_planted(Planted::SynchronousNormal) {
                SqliteSynchronous::Normal
            } else {
                SqliteSynchronous::Full
            })
            .foreign_keys(true)
            // What is forgotten is overwritten, not only unlinked.
            .pragma("secure_delete", "ON")
            .busy_timeout(BUSY_TIMEOUT)
            .optimize_on_close(true, None);
        let write = pool(1).connect_with(options.clone()).await?;
        check_engine(&write).await?;
        soundness::look_over(&write, path).await?;
        migrate::run(&write).await?;
        let read = pool(READERS).connect_with(options.read_only(true)).await?;
        Ok(Self { read, write, lock: Some(Arc::new(lock)), sound: Soundness::of(path) })
    }

    /// Starts a write; the next one waits until this one is committed or dropped.
    pub async fn change(&self) -> Result<Change, StoreError> {
        Ok(Change { tx: self.write.begin_with("BEGIN IMMEDIATE").await?, sound: self.sound.clone() })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        self.sound.path()
    }

    /// An error when the file cannot be relied on any more, and the program should rather end than go on.
    pub fn check(&self) -> Result<(), StoreError> {
        self.sound.check()
    }

    /// Whether the database answers, for the readiness probe.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.read).await?;
        Ok(())
    }

    /// Closes both pools and lets the next daemon have the file; everything committed is on disk already.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
        if let Some(lock) = &self.lock
            && let Err(error) = lock.unlock()
        {
            tracing::warn!(%error, "The database stays locked until this process ends");
        }
    }
}

impl Change {
    /// Makes the change durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await.map_err(StoreError::from).inspect_err(|error| self.sound.note(error))
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT)
}

/// The database holds what people say in bed: it is for its owner's eyes only.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let (_file, was_open) = open_private(path, path)?;
    if was_open {
        tracing::warn!("The database could be read by others on this machine; now only its owner can");
    }
    Ok(())
}

/// Opens a file that belongs to `database`, for nobody but its owner; true when others could open it before.
fn open_private(database: &Path, path: &Path) -> Result<(File, bool), StoreError> {
    let unusable = |source| StoreError::Unusable { path: database.to_owned(), source };
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(unusable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata().map_err(unusable)?.permissions().mode();
        if mode & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(unusable)?;
            return Ok((file, true));
        }
    }
    Ok((file, false))
}

fn lock_path(database: &Path) -> PathBuf {
    let mut path = PathBuf::from(database).into_os_string();
    path.push(".lock");
    path.into()
}

fn lock_beside(database: &Path) -> Result<File, StoreError> {
    let unusable = |source| StoreError::Unusable { path: database.to_owned(), source };
    // Whoever can open it can hold it, and keep the daemon from starting.
    let (file, was_open) = open_private(database, &lock_path(database))?;
    if was_open {
        tracing::warn!("The database's lock could be held by others on this machine; now only by its owner");
    }
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) if is_planted(Planted::LockNotTaken) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse { path: database.to_owned() }),
        Err(std::fs::TryLockError::Error(source)) => Err(unusable(source)),
    }
}

/// Reads the settings back: a build or a file system that ignores them must not go unnoticed.
async fn check_engine(pool: &SqlitePool) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    if parse_version(&version).is_none_or(|found| found < OLDEST_SQLITE) {
        return Err(StoreError::Engine(format!("SQLite {version} is older than 3.51.3")));
    }
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(pool).await?;
    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(pool).await?;
    if (journal.as_str(), synchronous, foreign_keys) != ("wal", 2, 1) {
        let found = format!("journal_mode={journal} synchronous={synchronous} foreign_keys={foreign_keys}");
        return Err(StoreError::Engine(format!("SQLite did not take its settings: {found}")));
    }
    Ok(())
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(str::parse);
    let mut next = || parts.next()?.ok();
    Some((next()?, next()?, next()?))
}

#[cfg(test)]
mod tests;
