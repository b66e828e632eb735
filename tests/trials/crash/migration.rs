//! The daemon ends while it brings the tables up to date.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use wakeup_coach::clock::SystemClock;
use wakeup_coach::store::Store;
use wakeup_coach::trials::crash::sweep::by_strace;
use wakeup_coach::trials::crash::{PATIENCE, Process, World, WorldPlan, compared};
use wakeup_coach::trials::people::Who;

use super::disk::can;
use super::programs;

/// Everything that is in the schema, in one order.
const SCHEMA: &str = "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema
                      WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name";
/// Takes the last three steps back: with this the database is as an earlier release left it.
const EARLIER: &str = "DROP TABLE alert_notices; DROP TABLE alerts; DROP TABLE tokens;
                       DROP INDEX occurrences_by_sleeper; DROP INDEX attempts_by_sleeper;
                       DELETE FROM _sqlx_migrations WHERE version > 6";

async fn world(people: usize) -> World {
    let plan =
        WorldPlan { seed: 1, people, who: Who::Risers, spacing: Duration::ZERO, speed: 20.0, realtime: 0.0 };
    World::make(plan, &programs(), &SystemClock::shared()).await.unwrap()
}

async fn connect(database: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(database);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn schema(database: &Path) -> Vec<String> {
    let mut connection = connect(database).await;
    let schema = sqlx::query_scalar(SCHEMA).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    schema
}

fn remove(database: &Path) {
    for end in ["", "-wal", "-shm", ".generation"] {
        let path = format!("{}{end}", database.display());
        if Path::new(&path).exists() {
            std::fs::remove_file(path).unwrap();
        }
    }
}

/// Killed as it begins the `at`th write of the thread that writes.
fn killed_at(world: &World, at: usize) -> Process {
    let daemon = world.programs().daemon.display().to_string();
    let inject = format!("inject=pwrite64:signal=SIGKILL:when={at}");
    let arguments = ["-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e", &inject, &daemon];
    by_strace(world, &arguments.map(str::to_owned), &[]).unwrap()
}

/// Starts, is ready, and ends in order.
async fn starts_and_stops(world: &World) {
    let mut daemon = world.daemon(&[]).unwrap();
    daemon.ready(PATIENCE).await.unwrap();
    daemon.signal(Signal::TERM).unwrap();
    let status = daemon.ended(PATIENCE).await.unwrap().unwrap();
    assert!(status.success(), "{status}:\n{}", daemon.log());
}

/// The database is sound, and has everything that one has which was made without any trouble.
async fn assert_whole(world: &World, schema_wanted: &[String]) {
    let store = Store::open_for_reading(&world.database()).await.unwrap();
    let condition = store.condition().await.unwrap();
    store.close().await;
    assert_eq!((condition.damage, condition.schema), (Vec::new(), condition.schema_wanted));
    assert_eq!(schema(&world.database()).await, schema_wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_while_the_tables_are_made_leaves_a_database_that_the_next_start_finishes() {
    if !can("dying_while_the_tables_are_made_leaves_a_database_that_the_next_start_finishes") {
        return;
    }
    let world = world(0).await;
    let wanted = schema(&world.database()).await;
    for at in [1, 4, 12, 30, 60, 100, 150, 200] {
        remove(&world.database());
        let mut killed = killed_at(&world, at);
        let status = killed.ended(PATIENCE).await.unwrap().unwrap();
        assert_eq!(status.code(), None, "at write {at} it was not killed:\n{}", killed.log());
        starts_and_stops(&world).await;
        assert_whole(&world, &wanted).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_asked_for_while_the_tables_are_made_waits_for_them() {
    let world = world(0).await;
    let wanted = schema(&world.database()).await;
    remove(&world.database());
    let mut daemon = world.daemon(&[]).unwrap();
    // Its lock is what it makes first of all; the tables come after that.
    while !world.database().exists() {
        SystemClock::shared().sleep(Duration::from_micros(200)).await;
    }
    daemon.signal(Signal::TERM).unwrap();
    let status = daemon.ended(PATIENCE).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0), "{}", daemon.log());
    assert_whole(&world, &wanted).await;
    starts_and_stops(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_while_an_older_database_is_brought_forward_keeps_the_wake_up_that_is_in_it() {
    if !can("dying_while_an_older_database_is_brought_forward_keeps_the_wake_up_that_is_in_it") {
        return;
    }
    let world = world(1).await;
    let wanted = schema(&world.database()).await;
    let mut older = connect(&world.database()).await;
    sqlx::raw_sql(EARLIER).execute(&mut older).await.unwrap();
    older.close().await.unwrap();
    for at in [1, 5, 9] {
        let mut killed = killed_at(&world, at);
        let status = killed.ended(PATIENCE).await.unwrap().unwrap();
        assert_eq!(status.code(), None, "at write {at} it was not killed:\n{}", killed.log());
    }
    let mut daemon = world.daemon(&[]).unwrap();
    daemon.ready(PATIENCE).await.unwrap();
    daemon.says("The wake-up is over", PATIENCE).await.unwrap();
    daemon.signal(Signal::TERM).unwrap();
    daemon.ended(PATIENCE).await.unwrap().unwrap();
    assert_whole(&world, &wanted).await;
    let (_, found, calls) = compared(&world).await.unwrap();
    assert_eq!((found.up, calls), (1, 1), "{found:?}\n{}", daemon.log());
    assert_eq!((&found.lost, &found.doubled), (&Vec::new(), &Vec::new()), "{found:?}");
}
