//! Copies the database into another file while it is in use, in one snapshot, and proves the copy row by row.
//!
//! SQLite's own check does not see a changed cell, so each table's rows are hashed on both sides. Which copies
//! are kept, and when one is made, is for others to say.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use ring::digest::{Context, SHA256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::epoch::generation_path;
use super::{BUSY_TIMEOUT, StoreError, lock_beside};

/// A copy under this name is not finished, and never taken for one.
pub const UNFINISHED: &str = "part";

/// Tables without which a database is none of ours.
const OURS: [&str; 4] = ["_sqlx_migrations", "sleepers", "schedules", "occurrences"];

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Tables copied or checked so far.
    pub done: u64,
    /// All steps: each table is copied once and checked once.
    pub steps: u64,
}

/// A finished copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Rows in it.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 over all rows of all tables, in hexadecimal.
    pub digest: String,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database could not be read, or the copy not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The copy's file could not be made, or given its name.
    #[error("cannot write {}", path.display())]
    File {
        /// The copy.
        path: PathBuf,
        /// The operating system's word on it.
        #[source]
        source: std::io::Error,
    },
    /// Somebody else is at it, or was.
    #[error("{} is there already: another backup is being made; delete it if none is, for then one was broken off", .0.display())]
    Busy(PathBuf),
    /// A database, or an empty file, that this program did not make.
    #[error("{} is no copy of a wakeup-coach database", .0.display())]
    Foreign(PathBuf),
    /// What was read back is not what was written: the disk or the memory is not to be trusted.
    #[error("the copy differs from the database: {0}")]
    Differs(String),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Copies `database` to the new file `into` and reads the copy back; `seen` hears of each step. The database
/// may be in use: the copy holds what was committed when it began. On an error nothing is left at `into`.
pub async fn copy(
    database: &Path,
    into: &Path,
    seen: &mut (dyn FnMut(Progress) + Send),
) -> Result<Copied, BackupError> {
    let part = unfinished(into);
    claim(&part)?;
    let made = copy_to(database, &part, seen).await;
    let copied = match made {
        Ok(copied) => copied,
        Err(error) => {
            // What is left of it would be taken for a fault of its own at the next try.
            let _ = std::fs::remove_file(&part);
            return Err(error);
        }
    };
    std::fs::rename(&part, into).map_err(|source| BackupError::File { path: into.to_owned(), source })?;
    keep_name(into);
    Ok(copied)
}

fn unfinished(into: &Path) -> PathBuf {
    with_suffix(into, &format!(".{UNFINISHED}"))
}

async fn copy_to(
    database: &Path,
    part: &Path,
    seen: &mut (dyn FnMut(Progress) + Send),
) -> Result<Copied, BackupError> {
    let mut source = connect(database, false).await?;
    let schema = schema(&mut source).await?;
    let tables: Vec<&Made> = schema.iter().filter(|made| made.kind == "table").collect();
    let steps = u64::try_from(tables.len()).unwrap_or(u64::MAX).saturating_mul(2);
    let mut copy = connect(part, true).await?;
    for table in &tables {
        run(&mut copy, table.sql.clone()).await?;
    }
    copy.close().await?;
    let (mut done, mut sums) = (0, Vec::new());
    let attach = sqlx::query("ATTACH DATABASE $1 AS copy").bind(part.to_string_lossy().into_owned());
    attach.execute(&mut source).await?;
    // One transaction reads one snapshot, however many tables there are.
    run(&mut source, "BEGIN".to_owned()).await?;
    for table in &tables {
        let name = quoted(&table.name);
        run(&mut source, format!("INSERT INTO copy.{name} SELECT * FROM main.{name}")).await?;
        sums.push(sum(&mut source, &table.name).await?);
        done += 1;
        seen(Progress { done, steps });
    }
    run(&mut source, "COMMIT".to_owned()).await?;
    source.close().await?;
    let mut copy = connect(part, true).await?;
    for made in schema.iter().filter(|made| made.kind != "table") {
        run(&mut copy, made.sql.clone()).await?;
    }
    check(&mut copy).await?;
    for (table, expected) in tables.iter().zip(&sums) {
        let found = sum(&mut copy, &table.name).await?;
        if found != *expected {
            return Err(BackupError::Differs(format!("table {}", table.name)));
        }
        done += 1;
        seen(Progress { done, steps });
    }
    copy.close().await?;
    let bytes = on_disk(part)?;
    Ok(Copied { rows: sums.iter().map(|sum| sum.rows).sum(), bytes, digest: of_all(&sums) })
}

/// What putting a copy back did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBack {
    /// What the copy holds.
    pub copied: Copied,
    /// Where the database that was there lies now, if there was one.
    pub aside: Option<PathBuf>,
}

/// Puts a copy in the place of `database`, which must not be in use; what was there is moved aside, named by
/// `stamp`. At the next start everything due before it is told as missed, and not dialled.
pub async fn put_back(file: &Path, database: &Path, stamp: &str) -> Result<PutBack, BackupError> {
    let copied = verify(file).await?;
    let lock = lock_beside(database)?;
    let part = unfinished(database);
    // Whole and on disk before anything that is there is touched.
    if let Err(error) = fill(&part, file) {
        let _ = std::fs::remove_file(&part);
        return Err(error);
    }
    let aside = with_suffix(database, &format!(".before-restore-{stamp}"));
    let moved = move_aside(database, &aside)?;
    if let Err(source) = std::fs::rename(&part, database) {
        // What was there goes on being there.
        move_aside(&aside, database)?;
        let _ = std::fs::remove_file(&part);
        return Err(BackupError::File { path: database.to_owned(), source });
    }
    keep_name(database);
    let generation = generation_path(database);
    // Without the number beside it, a database that has been worked with counts as put back.
    match std::fs::remove_file(&generation) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(BackupError::File { path: generation, source });
        }
        _ => {}
    }
    drop(lock);
    Ok(PutBack { copied, aside: moved.then_some(aside) })
}

/// Copies a file byte for byte, for its owner's eyes only, and waits until it is on disk.
fn fill(part: &Path, file: &Path) -> Result<(), BackupError> {
    let failed = |source| BackupError::File { path: part.to_owned(), source };
    // The database's own lock is held: what is there was left by a try that was broken off.
    match std::fs::remove_file(part) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => return Err(failed(source)),
        _ => {}
    }
    claim(part)?;
    // Not `fs::copy`, which would bring the copy's own permissions along.
    let mut from =
        std::fs::File::open(file).map_err(|source| BackupError::File { path: file.to_owned(), source })?;
    let mut into = std::fs::File::options().write(true).open(part).map_err(failed)?;
    std::io::copy(&mut from, &mut into).map_err(failed)?;
    on_disk(part).map(drop)
}

/// The log of changes belongs to the database it was written for, and to no other.
fn move_aside(database: &Path, aside: &Path) -> Result<bool, BackupError> {
    let mut moved = false;
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (with_suffix(database, suffix), with_suffix(aside, suffix));
        match std::fs::rename(&from, to) {
            Ok(()) => moved = true,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(BackupError::File { path: from, source }),
        }
    }
    Ok(moved)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Reads a file as a copy of ours; what is wrong with it, or the digest that [`copy`] gave.
pub async fn verify(file: &Path) -> Result<Copied, BackupError> {
    let mut connection = connect(file, false).await?;
    check(&mut connection).await?;
    let schema = schema(&mut connection).await?;
    if !OURS.iter().all(|name| schema.iter().any(|made| made.name == *name)) {
        return Err(BackupError::Foreign(file.to_owned()));
    }
    let mut sums = Vec::new();
    for made in schema.iter().filter(|made| made.kind == "table") {
        sums.push(sum(&mut connection, &made.name).await?);
    }
    connection.close().await?;
    let length = std::fs::metadata(file).map(|found| found.len());
    let bytes = length.map_err(|source| BackupError::File { path: file.to_owned(), source })?;
    Ok(Copied { rows: sums.iter().map(|sum| sum.rows).sum(), bytes, digest: of_all(&sums) })
}

/// A table or an index, as it was made.
struct Made {
    kind: String,
    name: String,
    sql: String,
}

async fn schema(connection: &mut SqliteConnection) -> Result<Vec<Made>, BackupError> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
         ORDER BY type DESC, name",
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(kind, name, sql)| Made { kind, name, sql }).collect())
}

/// The rows of a table: how many, and a digest of them in the order of their keys.
#[derive(Debug, PartialEq, Eq)]
struct Sum {
    rows: u64,
    digest: Vec<u8>,
}

async fn sum(connection: &mut SqliteConnection, table: &str) -> Result<Sum, BackupError> {
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1) ORDER BY cid")
        .bind(table)
        .fetch_all(&mut *connection)
        .await?;
    // As SQL literals: text and number, NULL and empty are told apart.
    let cells: Vec<String> = names.iter().map(|name| format!("quote({})", quoted(name))).collect();
    let row = cells.join(" || ',' || ");
    let order: Vec<String> = (1..=names.len()).map(|column| column.to_string()).collect();
    let columns: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let read = format!(
        "SELECT {row} FROM (SELECT {} FROM main.{} ORDER BY {})",
        columns.join(", "),
        quoted(table),
        order.join(", ")
    );
    let mut digest = Context::new(&SHA256);
    digest.update(table.as_bytes());
    let mut rows = 0;
    let mut texts = sqlx::query_scalar::<_, String>(AssertSqlSafe(read)).fetch(connection);
    while let Some(text) = texts.try_next().await? {
        digest.update(text.as_bytes());
        digest.update(b"\n");
        rows += 1;
    }
    Ok(Sum { rows, digest: digest.finish().as_ref().to_vec() })
}

fn of_all(sums: &[Sum]) -> String {
    let mut all = Context::new(&SHA256);
    for sum in sums {
        all.update(&sum.digest);
    }
    all.finish().as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // Writing to a string cannot fail.
        text
    })
}

async fn check(connection: &mut SqliteConnection) -> Result<(), BackupError> {
    let told: String = sqlx::query_scalar("SELECT integrity_check FROM pragma_integrity_check LIMIT 1")
        .fetch_one(&mut *connection)
        .await?;
    if told != "ok" {
        return Err(BackupError::Differs(told));
    }
    let orphans: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM pragma_foreign_key_check").fetch_one(connection).await?;
    if orphans > 0 {
        return Err(BackupError::Differs(format!("{orphans} rows refer to rows that are not there")));
    }
    Ok(())
}

async fn connect(path: &Path, ours: bool) -> Result<SqliteConnection, BackupError> {
    // Rows are copied table by table: what they refer to may follow later, and is checked at the end.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(false)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT);
    // A copy is one file, to be carried elsewhere.
    let options = if ours { options.journal_mode(SqliteJournalMode::Delete) } else { options };
    Ok(options.connect().await?)
}

/// The statements are made of names that stand in the database's own schema.
async fn run(connection: &mut SqliteConnection, sql: String) -> Result<(), BackupError> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A new file for its owner's eyes only. Not a lock: on a share, a lock on the file would be in SQLite's own way.
fn claim(path: &Path) -> Result<std::fs::File, BackupError> {
    let mut options = std::fs::File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => BackupError::Busy(path.to_owned()),
        _ => BackupError::File { path: path.to_owned(), source },
    })
}

/// The size of a file whose bytes have reached the disk.
fn on_disk(path: &Path) -> Result<u64, BackupError> {
    let file = |source| BackupError::File { path: path.to_owned(), source };
    let copy = std::fs::File::open(path).map_err(file)?;
    copy.sync_all().map_err(file)?;
    Ok(copy.metadata().map_err(file)?.len())
}

/// A new name is on disk once its directory is.
fn keep_name(path: &Path) {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    if let Err(error) = std::fs::File::open(directory).and_then(|opened| opened.sync_all()) {
        tracing::warn!(%error, "A copy's name may be lost in a power cut");
    }
}

#[cfg(test)]
#[path = "backup_tests.rs"]
mod tests;
