use std::path::PathBuf;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::coach::language::Language;
use crate::domain::phone::PhoneNumber;
use crate::store::sleepers::Sleeper;

/// A fresh database with one sleeper in it.
async fn fresh(name: &str) -> (Store, PathBuf, SleeperId, Timestamp) {
    let dir = std::env::temp_dir().join(format!("wakeup-memories-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let store = Store::open(&dir.join("coach.db")).await.unwrap();
    let now = "2026-03-02T05:30:00Z".parse().unwrap();
    let sleeper = Sleeper {
        id: SleeperId::new(now, &mut StdRng::seed_from_u64(1)),
        name: Some("Anna".into()),
        phone_number: PhoneNumber::parse("+14155552671").unwrap(),
        language: "fr-FR".into(),
    };
    let mut change = store.change().await.unwrap();
    change.add_sleeper(&sleeper, now).await.unwrap();
    change.commit().await.unwrap();
    (store, dir, sleeper.id, now)
}

async fn remember(store: &Store, sleeper: SleeperId, kind: MemoryKind, text: &str, at: Timestamp) {
    let mut change = store.change().await.unwrap();
    change.remember(sleeper, kind, text, at).await.unwrap();
    change.commit().await.unwrap();
}

fn hours(count: i64) -> jiff::SignedDuration {
    jiff::SignedDuration::from_hours(count)
}

#[tokio::test]
async fn memories_are_few_and_expire() {
    let (store, dir, anna, now) = fresh("bounded").await;
    for hour in 0..40 {
        for kind in MemoryKind::ALL {
            remember(&store, anna, kind, &format!("{} {hour}", kind.name()), now + hours(hour)).await;
        }
    }
    let at = now + hours(39);
    let memories = store.list_memories(anna, at).await.unwrap();
    assert_eq!(memories.len(), 20);
    assert!(memories.is_sorted_by(|a, b| a.at >= b.at));
    let of = |kind| memories.iter().filter(move |memory| memory.kind == kind);
    assert_eq!(of(MemoryKind::Weather).next().unwrap().text, "weather 39");
    assert_eq!(of(MemoryKind::Said).map(|memory| memory.text.as_str()).next_back(), Some("said 36"));
    assert_eq!(store.list_memories(anna, at + hours(2)).await.unwrap().len(), 18, "no news of yesterday");
    assert_eq!(store.list_memories(anna, at + hours(8 * 24)).await.unwrap().len(), 4);
    assert_eq!(store.list_memories(anna, at + hours(31 * 24)).await.unwrap(), []);
    store.close().await;
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test]
async fn a_source_is_kept_changed_and_taken_away() {
    let (store, dir, anna, now) = fresh("sources").await;
    let find = || store.find_memory_source(anna, MemoryKind::Calendar);
    assert_eq!(find().await.unwrap(), None);
    for url in ["https://example.com/a.ics", "https://example.com/b.ics"] {
        let url = Url::parse(url).unwrap();
        let mut change = store.change().await.unwrap();
        change.set_memory_source(anna, MemoryKind::Calendar, Some(&url), now).await.unwrap();
        change.commit().await.unwrap();
        assert_eq!(find().await.unwrap(), Some(url));
    }
    let mut change = store.change().await.unwrap();
    change.set_memory_source(anna, MemoryKind::Calendar, None, now).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(find().await.unwrap(), None);
    store.close().await;
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test]
async fn goodbye_words_belong_to_a_language_in_all_its_regions() {
    let (store, dir, _, now) = fresh("goodbyes").await;
    let language = |tag| Language::parse(tag).unwrap();
    let words = ["salut".to_owned()];
    let mut change = store.change().await.unwrap();
    change.set_goodbye_words(&language("fr-FR"), &words, now).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(store.load_goodbye_words(&language("fr-CA")).await.unwrap(), words);
    assert_eq!(store.load_goodbye_words(&language("en-US")).await.unwrap(), Vec::<String>::new());
    store.close().await;
    std::fs::remove_dir_all(dir).unwrap();
}

/// Whether any file of the database holds these bytes.
fn on_disk(dir: &PathBuf, text: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn what_is_forgotten_is_gone_from_the_file_too() {
    let (store, dir, anna, now) = fresh("forgotten").await;
    let secret = "I dreamt of the quince tree";
    for hour in 0..9 {
        remember(&store, anna, MemoryKind::Said, &format!("{secret} {hour}"), now + hours(hour)).await;
    }
    assert!(on_disk(&dir, secret));
    let mut change = store.change().await.unwrap();
    assert_eq!(change.forget_memories(anna).await.unwrap(), 4);
    change.commit().await.unwrap();
    store.scrub().await.unwrap();
    assert!(!on_disk(&dir, secret), "not in the tables, not in free pages, not in the log");
    assert_eq!(store.list_memories(anna, now).await.unwrap(), []);
    store.close().await;
    std::fs::remove_dir_all(dir).unwrap();
}
