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

#[tokio::test]
async fn what_was_done_about_her_places_goes_with_her_and_what_was_done_about_others_stays() {
    let mut fixture = super::super::tests::Fixture::new("forget-places").await;
    let sleeper = fixture.sleeper().await;
    let mut change = fixture.store.change().await.unwrap();
    let door = crate::store::places::Place {
        name: "Zerubabella door".into(),
        sleeper: Some(sleeper.id),
        key: crate::store::places::PlaceKey::Device("x".into()),
    };
    change.add_place(&door, fixture.now).await.unwrap();
    for (what, detail) in [("place_added", "Zerubabella door"), ("place_added", "kitchen")] {
        change.record_audit(None, what, detail, fixture.now).await.unwrap();
    }
    change.record_audit(None, "place_seen_early", "doorbell Zerubabella door", fixture.now).await.unwrap();
    change.forget_sleeper(sleeper.id).await.unwrap();
    let left: Vec<String> =
        sqlx::query_scalar("SELECT detail FROM audit").fetch_all(&mut *change.tx).await.unwrap();
    assert_eq!(left, ["kitchen"]);
}
