//! What is new today for a sleeper: the weather and her next appointment, fetched while it rings.
//!
//! Nothing here may keep a call waiting: what is late, refused or unreadable is simply not said. The addresses
//! may be secrets (private calendars are), so they are never logged.

mod appointment;
mod weather;

use std::time::Duration;

use jiff::tz::TimeZone;
use url::Url;

use super::Calls;
use super::brief::tongue_of;
use crate::clock::timeout;
use crate::coach::memory::{MemoryKind, harmless};
use crate::store::StoreError;
use crate::store::attempts::AttemptRecord;

/// The whole deadline for all news; it rings longer than that.
const NEWS_WITHIN: Duration = Duration::from_secs(2);

/// Longest answer read, in bytes: a calendar of some years, and a bound for a server that never ends.
const NEWS_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Why there is no news, for the log; no address stands in it.
#[derive(Debug, thiserror::Error)]
enum NewsError {
    #[error("nobody answers")]
    Unreachable(#[source] reqwest::Error),
    #[error("it is refused (HTTP {0})")]
    Refused(u16),
    #[error("the answer never ends")]
    Endless,
    #[error("the answer cannot be read")]
    Unreadable,
    #[error("the database failed")]
    Store(#[from] StoreError),
}

impl Calls {
    /// Fetches what is configured and keeps it for this morning; true when something new is known.
    pub(super) async fn fetch_news(&self, record: &AttemptRecord) -> bool {
        match timeout(&*self.clock, NEWS_WITHIN, self.fetch_all(record)).await {
            Ok(fetched) => fetched,
            Err(late) => {
                tracing::info!(attempt = %record.attempt.id, %late, "Calling without news");
                false
            }
        }
    }

    async fn fetch_all(&self, record: &AttemptRecord) -> bool {
        let (weather, calendar) = tokio::join!(
            self.fetch_one(record, MemoryKind::Weather),
            self.fetch_one(record, MemoryKind::Calendar)
        );
        let mut fetched = false;
        for (news, result) in [("weather", weather), ("calendar", calendar)] {
            match result {
                Ok(found) => fetched |= found,
                Err(error) => {
                    tracing::info!(attempt = %record.attempt.id, news, %error, "Calling without some of the news");
                }
            }
        }
        fetched
    }

    async fn fetch_one(&self, record: &AttemptRecord, kind: MemoryKind) -> Result<bool, NewsError> {
        let sleeper = record.attempt.sleeper;
        let Some(url) = self.store.find_memory_source(sleeper, kind).await? else { return Ok(false) };
        let known = self.store.list_memories(sleeper, self.clock.now()).await?;
        if known.iter().any(|memory| memory.kind == kind) {
            return Ok(false);
        }
        let tongue = tongue_of(&self.store.load_sleeper(sleeper).await?);
        let body = fetch(&self.http, url).await?;
        let line = match kind {
            MemoryKind::Calendar => {
                let occurrence = self.store.load_occurrence(record.attempt.occurrence).await?;
                let zone = self.zones.get(&occurrence.zone).unwrap_or(TimeZone::UTC);
                appointment::next(&body, &zone, &self.zones, self.clock.now(), tongue)
            }
            _ => Some(weather::line(&body, tongue).ok_or(NewsError::Unreadable)?),
        };
        let Some(line) = line.as_deref().and_then(harmless) else { return Ok(false) };
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        change.remember(sleeper, kind, &line, now).await?;
        change.commit().await?;
        Ok(true)
    }
}

async fn fetch(http: &reqwest::Client, url: Url) -> Result<String, NewsError> {
    let lost = |error: reqwest::Error| NewsError::Unreachable(error.without_url());
    let mut response = http.get(url).send().await.map_err(lost)?;
    if !response.status().is_success() {
        return Err(NewsError::Refused(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > NEWS_BYTES_MAX {
            return Err(NewsError::Endless);
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| NewsError::Unreadable)
}
