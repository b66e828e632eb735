//! Brings the tables up to date at start: forward only, each step in its own transaction.

use rust_embed::RustEmbed;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;

use super::StoreError;
use crate::planted::{Planted, is_planted};

#[derive(RustEmbed)]
#[folder = "migrations/"]
struct Files;

/// Applies what is missing; refuses a database that knows steps this program does not.
pub(super) async fn run(pool: &SqlitePool) -> Result<(), StoreError> {
    let migrations = Files::iter().map(|name| migration(&name)).collect();
    match Migrator::with_migrations(migrations).run(pool).await {
        Ok(()) => drop_planted_keys(pool).await,
        Err(MigrateError::VersionMissing(version)) => Err(StoreError::FromTheFuture(version)),
        Err(other) => Err(StoreError::Migration(Box::new(other))),
    }
}

/// A database without one of its two most important keys, to see that the trials miss it.
async fn drop_planted_keys(pool: &SqlitePool) -> Result<(), StoreError> {
    for (bug, without) in [
        (Planted::CivilKeyDropped, "DROP INDEX IF EXISTS occurrences_by_civil_key"),
        (Planted::LiveCallKeyDropped, "DROP INDEX IF EXISTS attempts_one_live_call"),
    ] {
        if is_planted(bug) {
            sqlx::query(without).execute(pool).await?;
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

    use super::*;

    /// A database as an earlier release left it.
    async fn left_at(version: i64, path: &std::path::Path) -> SqlitePool {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        let known = Files::iter().map(|name| migration(&name)).filter(|step| step.version <= version);
        Migrator::with_migrations(known.collect()).run(&pool).await.unwrap();
        pool
    }

    #[tokio::test]
    async fn what_she_said_is_taken_out_of_an_older_history() {
        let dir = std::env::temp_dir().join(format!("wakeup-migrate-words-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        let pool = left_at(7, &dir.join("coach.db")).await;
        for (what, detail) in
            [("proof", "word: she said \"goodbye: now\""), ("proof", "place"), ("ended", "up: well")]
        {
            let line = "INSERT INTO audit (at_ms, what, detail) VALUES (1, $1, $2)";
            sqlx::query(line).bind(what).bind(detail).execute(&pool).await.unwrap();
        }
        run(&pool).await.unwrap();
        let read = "SELECT detail FROM audit ORDER BY id";
        let details: Vec<String> = sqlx::query_scalar(read).fetch_all(&pool).await.unwrap();
        assert_eq!(details, ["word", "place", "up: well"]);
        pool.close().await;
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[tokio::test]
    async fn weekly_rules_of_the_first_release_keep_their_days_and_time() {
        let dir = std::env::temp_dir().join(format!("wakeup-migrate-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        let pool = left_at(2, &dir.join("coach.db")).await;
        let sleeper =
            "INSERT INTO sleepers (id, phone_number, language, created_at_ms) VALUES ('s', '+1', 'en', 1)";
        sqlx::query(sleeper).execute(&pool).await.unwrap();
        for (id, weekdays, at) in [("a", 0b001_1111, "06:30:00"), ("b", 0b100_0000, "09:05:30")] {
            let rule = "INSERT INTO schedules (id, sleeper_id, weekdays, local_time, zone, useful_for_ms, created_at_ms)
                        VALUES ($1, 's', $2, $3, 'Europe/Berlin', 0, 5)";
            sqlx::query(rule).bind(id).bind(weekdays).bind(at).execute(&pool).await.unwrap();
        }
        run(&pool).await.unwrap();
        let read = "SELECT rule, stands_since_ms FROM schedules ORDER BY id";
        let rows: Vec<(String, i64)> = sqlx::query_as(read).fetch_all(&pool).await.unwrap();
        let rules = rows.iter().map(|(rule, since)| {
            let rule: crate::domain::schedule::Rule = serde_json::from_str(rule).unwrap();
            format!("{rule} since {since}")
        });
        assert_eq!(rules.collect::<Vec<_>>(), ["weekdays 06:30 since 5", "Sun 09:05:30 since 5"]);
        pool.close().await;
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
