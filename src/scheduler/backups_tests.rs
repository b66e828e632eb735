use std::sync::Arc;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::clock::ManualClock;
use crate::domain::ids::OccurrenceId;
use crate::domain::phone::PhoneNumber;
use crate::domain::policy::MorningPolicy;
use crate::domain::schedule::DueNote;
use crate::domain::wake_up::WakeUp;
use crate::store::occurrences::Occurrence;
use crate::store::sleepers::Sleeper;

struct Night {
    dir: PathBuf,
    store: Store,
    backups: Backups,
    clock: Arc<ManualClock>,
}

impl Drop for Night {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Night {
    async fn new(name: &str, kept: u32) -> Self {
        let dir = std::env::temp_dir().join(format!("wakeup-backups-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        let database = dir.join("coach.db");
        let store = Store::open(&database).await.unwrap();
        let clock = ManualClock::standing("2026-03-02T02:17:00Z".parse().unwrap(), 1.0);
        let backups = Backups { database, directory: dir.join("backups"), kept };
        Self { dir, store, backups, clock }
    }

    fn later(&self, hours: i64) {
        self.clock.set(crate::clock::Clock::now(&*self.clock) + SignedDuration::from_hours(hours));
    }

    async fn round(&self) -> Option<String> {
        let clock: SharedClock = self.clock.clone();
        self.backups.make_due(&self.store, &clock).await.unwrap().map(|kept| name(&kept))
    }

    fn names(&self) -> Vec<String> {
        self.backups.list().unwrap().iter().map(name).collect()
    }

    /// Somebody is woken in a minute.
    async fn soon_due(&self) {
        let mut rng = StdRng::seed_from_u64(1);
        let now = crate::clock::Clock::now(&*self.clock);
        let sleeper = Sleeper {
            id: crate::domain::ids::SleeperId::new(now, &mut rng),
            name: None,
            phone_number: PhoneNumber::parse("+14155550142").unwrap(),
            language: "en-US".into(),
        };
        let due = now + SignedDuration::from_mins(1);
        let occurrence = Occurrence {
            id: OccurrenceId::new(now, &mut rng),
            sleeper: sleeper.id,
            key: None,
            zone: "UTC".into(),
            tzdb_version: "2026e".into(),
            note: DueNote::AsAsked,
            wished_mode: None,
            wake_up: WakeUp::planned(due, due, MorningPolicy::default(), 0),
            fence: 0,
        };
        let mut change = self.store.change().await.unwrap();
        change.add_sleeper(&sleeper, now).await.unwrap();
        assert!(change.plan_occurrence(&occurrence, now).await.unwrap());
        change.commit().await.unwrap();
    }
}

fn name(kept: &Kept) -> String {
    kept.file.file_name().unwrap().to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_copy_is_made_once_a_day_and_the_newest_are_kept() {
    let night = Night::new("daily", 2).await;
    assert_eq!(night.round().await.as_deref(), Some("wakeup-coach-20260302T021700Z.db"));
    night.later(1);
    assert_eq!(night.round().await, None);
    night.later(23);
    assert_eq!(night.round().await.as_deref(), Some("wakeup-coach-20260303T021700Z.db"));
    night.later(24);
    assert!(night.round().await.is_some());
    assert_eq!(night.names(), ["wakeup-coach-20260304T021700Z.db", "wakeup-coach-20260303T021700Z.db"]);
}

#[tokio::test]
async fn whoever_wants_none_gets_none() {
    let night = Night::new("none", 0).await;
    assert_eq!(night.round().await, None);
    assert!(!night.backups.directory.exists());
}

#[tokio::test]
async fn a_copy_waits_while_somebody_is_about_to_be_called_but_not_for_ever() {
    let night = Night::new("busy", 2).await;
    assert!(night.round().await.is_some());
    night.later(24);
    night.soon_due().await;
    assert_eq!(night.round().await, None);
    night.later(12);
    assert!(night.round().await.is_some());
}

#[tokio::test]
async fn other_files_are_neither_counted_nor_touched() {
    let night = Night::new("others", 1).await;
    assert!(night.round().await.is_some());
    let own = night.backups.directory.join("my-own-copy.db");
    let part = night.backups.directory.join("wakeup-coach-20260301T021700Z.db.part");
    for file in [&own, &part] {
        std::fs::write(file, "mine").unwrap();
    }
    night.later(24);
    assert!(night.round().await.is_some());
    assert_eq!(night.names().len(), 1);
    assert!(own.exists() && part.exists());
}

#[tokio::test]
async fn a_copy_from_the_future_does_not_put_off_the_next() {
    let night = Night::new("future", 3).await;
    night.later(24 * 365);
    assert!(night.round().await.is_some());
    night.clock.set("2026-03-03T02:17:00Z".parse().unwrap());
    assert_eq!(night.round().await.as_deref(), Some("wakeup-coach-20260303T021700Z.db"));
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_an_error_and_no_silence() {
    let mut night = Night::new("nowhere", 3).await;
    let in_the_way = night.dir.join("a-file");
    std::fs::write(&in_the_way, "").unwrap();
    night.backups.directory = in_the_way.join("backups");
    let clock: SharedClock = night.clock.clone();
    let refused = night.backups.make_due(&night.store, &clock).await.unwrap_err();
    assert!(matches!(refused, BackupError::File { .. }), "{refused}");
}

#[tokio::test]
async fn the_copy_just_made_stays_and_one_from_the_future_goes() {
    let night = Night::new("future-one", 1).await;
    night.later(24 * 365);
    assert!(night.round().await.is_some());
    night.clock.set("2026-03-03T02:17:00Z".parse().unwrap());
    assert!(night.round().await.is_some());
    assert_eq!(night.names(), ["wakeup-coach-20260303T021700Z.db"]);
}

#[tokio::test]
async fn two_nights_without_a_copy_are_too_many() {
    let night = Night::new("overdue", 2).await;
    let overdue = |hours| {
        night.backups.is_overdue(
            "2026-03-02T02:17:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours),
        )
    };
    assert!(!overdue(1_000), "none was ever made: the first is about to be");
    assert!(night.round().await.is_some());
    assert!(!overdue(48));
    assert!(overdue(49));
    assert!(!Backups { kept: 0, ..night.backups.clone() }.is_overdue(Timestamp::MAX));
}
