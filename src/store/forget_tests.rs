use super::*;
use crate::store::Store;

/// Columns by which a row is about somebody.
const POINTERS: [&str; 6] =
    ["sleeper_id", "schedule_id", "occurrence_id", "attempt_id", "call_id", "notice_id"];

#[tokio::test]
async fn every_table_that_is_about_somebody_is_forgotten_with_her() {
    let dir = std::env::temp_dir().join(format!("wakeup-forget-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let store = Store::open(&dir.join("coach.db")).await.unwrap();
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'",
    )
    .fetch_all(&store.read)
    .await
    .unwrap();
    assert!(columns.iter().any(|(table, _)| table == "attempts"), "the tables were read");
    for (table, column) in columns {
        let pointer = POINTERS.contains(&column.as_str());
        assert!(
            !pointer || HERS.iter().any(|(hers, _)| *hers == table),
            "{table}.{column} is about somebody: give the table a line in HERS"
        );
    }
    store.close().await;
    std::fs::remove_dir_all(&dir).unwrap();
}
