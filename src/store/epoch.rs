//! Whether this file is the one that was last worked with, or an older copy that somebody put back.
//!
//! Each start raises a number, in the file and in another file beside it. A copy that is put back brings its
//! old number along; what it takes for the future may have happened long ago.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::cells::millis;
use super::occurrences::{Occurrence, from_row};
use super::{Change, Store, StoreError};

const NAME: &str = "generation";

impl Store {
    /// Whether the file is older than the one that was last worked with at this place: a backup was put back,
    /// or the file came from another machine.
    pub async fn is_restored(&self) -> Result<bool, StoreError> {
        let stored: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(NAME)
            .fetch_optional(&self.read)
            .await?;
        let stored = number(stored.as_deref())?;
        Ok(match self.generation_beside()? {
            Some(beside) => stored < beside,
            // Nothing beside it: the first start ever, or another place.
            None => stored > 0,
        })
    }

    /// Raises the number in the file and beside it, so that every copy made until now is an older one. To be
    /// done at each start, and after each backup.
    pub async fn next_generation(&self, now: Timestamp) -> Result<(), StoreError> {
        let beside = if let Some(beside) = self.generation_beside()? {
            beside
        } else {
            // A number in the file and none beside it is a copy that was put back: dying between the two
            // writes of the first start ever must not look like one.
            self.write_beside(0)?;
            0
        };
        let mut change = self.change().await?;
        let next = change.generation().await?.max(beside) + 1;
        change.set_generation(next, now).await?;
        change.commit().await?;
        // Dying here leaves the file ahead, which is never taken for an older one.
        self.write_beside(next)
    }

    fn generation_beside(&self) -> Result<Option<u64>, StoreError> {
        match fs::read_to_string(generation_path(self.path())) {
            Ok(text) => number(Some(text.trim())).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.unusable(source)),
        }
    }

    fn write_beside(&self, number: u64) -> Result<(), StoreError> {
        let path = generation_path(self.path());
        let fresh = path.with_extension("generation-new");
        let write = || {
            let mut file = File::create(&fresh)?;
            writeln!(file, "{number}")?;
            file.sync_all()?;
            fs::rename(&fresh, &path)?;
            // A new name outlives a power cut only when the directory is synced as well.
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(|source| self.unusable(source))
    }

    fn unusable(&self, source: std::io::Error) -> StoreError {
        StoreError::Unusable { path: generation_path(self.path()), source }
    }
}

impl Change {
    /// The wake-ups that were due by `now` and have not ended.
    pub async fn open_until(&mut self, now: Timestamp) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM occurrences WHERE phase <> 'ended' AND due_at_ms <= $1 ORDER BY due_at_ms, id",
        )
        .bind(millis(now))
        .fetch_all(&mut *self.tx)
        .await?;
        rows.iter().map(from_row).collect()
    }

    /// Voids every ticket that has not been torn, and has no rule ring for an instant before `now`.
    pub async fn draw_a_line(&mut self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE attempts SET ticket = NULL WHERE ticket_used_at_ms IS NULL")
            .execute(&mut *self.tx)
            .await?;
        sqlx::query("UPDATE schedules SET stands_since_ms = $1 WHERE stands_since_ms < $1")
            .bind(millis(now))
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Catches the number up, so that the file is taken for the newest from here on.
    pub async fn end_restoration(&mut self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let beside = store.generation_beside()?.unwrap_or_default();
        let next = self.generation().await?.max(beside) + 1;
        self.set_generation(next, now).await
    }

    async fn generation(&mut self) -> Result<u64, StoreError> {
        let stored: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(NAME)
            .fetch_optional(&mut *self.tx)
            .await?;
        number(stored.as_deref())
    }

    async fn set_generation(&mut self, number: u64, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO settings (name, value, changed_at_ms) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET value = $2, changed_at_ms = $3",
        )
        .bind(NAME)
        .bind(number.to_string())
        .bind(millis(now))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

/// The number beside a database that is gone proves that there was one: an empty one in its place would wake
/// nobody, and say nothing. Nought stands there before anything has been written.
pub(super) fn refuse_loss(database: &Path) -> Result<(), StoreError> {
    let is_there = fs::metadata(database).is_ok_and(|file| file.len() > 0);
    let beside = generation_path(database);
    let never_written = fs::read_to_string(&beside).is_ok_and(|text| text.trim() == "0");
    if is_there || never_written || !beside.exists() {
        return Ok(());
    }
    Err(StoreError::Lost { path: database.to_owned(), beside })
}

/// Nothing written counts as nought.
fn number(text: Option<&str>) -> Result<u64, StoreError> {
    let corrupt = |_| StoreError::Corrupt { table: "settings", column: "value" };
    text.map_or(Ok(0), |text| text.parse().map_err(corrupt))
}

pub(super) fn generation_path(database: &Path) -> PathBuf {
    let mut path = PathBuf::from(database).into_os_string();
    path.push(".generation");
    path.into()
}

#[cfg(test)]
mod tests {
    use super::super::tests::Fixture;

    #[tokio::test]
    async fn a_database_that_is_gone_is_missed_and_not_made_anew() {
        let fixture = Fixture::new("generation-gone").await;
        let (path, now) = (fixture.path.clone(), fixture.now);
        fixture.store.next_generation(now).await.unwrap();
        assert!(super::refuse_loss(&path).is_ok());
        std::fs::write(&path, "").unwrap();
        let told = super::refuse_loss(&path).unwrap_err().to_string();
        assert!(told.contains("is gone, and was there before: put a backup in its place"), "{told}");
        std::fs::remove_file(&path).unwrap();
        assert!(super::refuse_loss(&path).is_err());
        std::fs::write(super::generation_path(&path), "0\n").unwrap();
        assert!(super::refuse_loss(&path).is_ok(), "the first start died before it wrote anything");
        std::fs::remove_file(super::generation_path(&path)).unwrap();
        assert!(super::refuse_loss(&path).is_ok(), "the first start ever");
    }

    #[tokio::test]
    async fn a_first_start_that_dies_half_way_is_not_taken_for_an_older_copy() {
        let fixture = Fixture::new("generation-half").await;
        let (store, now) = (&fixture.store, fixture.now);
        // The number cannot be written beside the file: as far as anybody sees later, it died before.
        let in_the_way = super::generation_path(store.path()).with_extension("generation-new");
        std::fs::create_dir(&in_the_way).unwrap();
        store.next_generation(now).await.unwrap_err();
        assert!(!store.is_restored().await.unwrap());
        std::fs::remove_dir(&in_the_way).unwrap();
        store.next_generation(now).await.unwrap();
        assert!(!store.is_restored().await.unwrap());
    }

    #[tokio::test]
    async fn an_older_copy_is_told_from_the_newest_and_only_once() {
        let fixture = Fixture::new("generation").await;
        let (store, now) = (&fixture.store, fixture.now);
        assert!(!store.is_restored().await.unwrap(), "the first start ever");
        store.next_generation(now).await.unwrap();
        assert!(!store.is_restored().await.unwrap(), "the next start");
        // What a start writes while the old copy lies elsewhere.
        store.write_beside(2).unwrap();
        assert!(store.is_restored().await.unwrap());
        let mut change = store.change().await.unwrap();
        change.end_restoration(store, now).await.unwrap();
        change.commit().await.unwrap();
        assert!(!store.is_restored().await.unwrap());
        std::fs::remove_file(super::generation_path(store.path())).unwrap();
        assert!(store.is_restored().await.unwrap(), "moved to another place");
    }
}
