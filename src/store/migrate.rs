//! Brings the tables up to date at start: forward only, each step in its own transaction.

use rust_embed::RustEmbed;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;

use super::StoreError;

#[derive(RustEmbed)]
#[folder = "migrations/"]
struct Files;

/// Applies what is missing; refuses a database that knows steps this program does not.
pub(super) async fn run(pool: &SqlitePool) -> Result<(), StoreError> {
    let migrations = Files::iter().map(|name| migration(&name)).collect();
    match Migrator::with_migrations(migrations).run(pool).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(version)) => Err(StoreError::FromTheFuture(version)),
        Err(other) => Err(StoreError::Migration(Box::new(other))),
    }
}

/// The schema this program works with.
pub(super) fn newest() -> i64 {
    Files::iter().map(|name| migration(&name).version).max().expect("the program brings its tables along")
}

fn migration(name: &str) -> Migration {
    let file = Files::get(name).expect("the name was just listed");
    let sql = String::from_utf8(file.data.into_owned()).expect("migrations are UTF-8 text");
    let (version, description) = name.trim_end_matches(".sql").split_once('_').expect("NNNN_what.sql");
    let version = version.parse().expect("a migration's name starts with its number");
    // These texts are compiled in; nothing a user writes ever reaches them.
    let sql = sqlx::AssertSqlSafe(sql).into_sql_str();
    Migration::new(version, description.replace('_', " ").into(), MigrationType::Simple, sql, false)
}
