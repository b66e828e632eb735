//! What can go wrong with the database, by what the caller does next.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Errors of the database since the process began, wherever they were met.
static DATABASE_ERRORS: AtomicU64 = AtomicU64::new(0);

/// How often the database refused or failed since the process began.
pub fn database_errors() -> u64 {
    DATABASE_ERRORS.load(Ordering::Relaxed)
}

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The number already has a live call: try again when that one is over.
    #[error("that number already has a call under way")]
    NumberBusy,
    /// It exists already under its unique key.
    #[error("it exists already")]
    Duplicate,
    /// There is no such row.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A row that makes no sense; nothing is guessed in its place.
    #[error("the {column} of a row in {table} makes no sense")]
    Corrupt {
        /// Where it stands.
        table: &'static str,
        /// The column that cannot be read.
        column: &'static str,
    },
    /// Another daemon holds the database; two would ring twice.
    #[error("{} is in use by another wakeup-coach; stop that one first", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The file cannot be opened or locked.
    #[error("cannot open the database {}", path.display())]
    Unusable {
        /// The database file.
        path: PathBuf,
        /// The operating system's word on it.
        #[source]
        source: std::io::Error,
    },
    /// The database was written by a newer version of this program.
    #[error("the database was written by a newer wakeup-coach (schema {0}); install that version or newer")]
    FromTheFuture(i64),
    /// The tables could not be brought up to date; they are as they were.
    #[error("cannot bring the database up to date")]
    Migration(#[source] Box<sqlx::migrate::MigrateError>),
    /// The SQLite inside this program is unfit.
    #[error("{0}")]
    Engine(String),
    /// What lies in the file is not what was written.
    #[error("the database {} is damaged ({what}): put a backup in its place", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// The engine's word on it.
        what: String,
    },
    /// Somebody removed the file, or put another in its place, while it was open.
    #[error("the database {} is not the file that was opened: what is written now would be lost", path.display())]
    Replaced {
        /// The database file.
        path: PathBuf,
    },
    /// The file was there at the last start.
    #[error(
        "the database {} is gone, and was there before: put a backup in its place (wakeup-coach restore), or remove {} to begin anew",
        path.display(), beside.display()
    )]
    Lost {
        /// The database file.
        path: PathBuf,
        /// What proves that there was one.
        beside: PathBuf,
    },
    /// The disk failed under the file.
    #[error("the disk failed to keep what was written to the database")]
    Unreliable,
    /// The database refused or failed.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// The message with its cause, for where only text is kept.
    pub(super) fn in_full(&self) -> String {
        match std::error::Error::source(self) {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound("row"),
            sqlx::Error::Database(refused) if refused.is_unique_violation() => {
                // SQLite names the columns of a plain index, but this one by its single column.
                if refused.message().contains("attempts.to_number") {
                    Self::NumberBusy
                } else {
                    Self::Duplicate
                }
            }
            _ => {
                DATABASE_ERRORS.fetch_add(1, Ordering::Relaxed);
                Self::Database(error)
            }
        }
    }
}
