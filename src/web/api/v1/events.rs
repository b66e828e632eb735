//! `/api/v1/events`: what happens in calls, as server-sent events, until the client leaves or we stop.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use super::refuse_transcript;
use crate::desk::Events;
use crate::desk::dto::{EventShown, WithTranscript};
use crate::web::WebState;
use crate::web::error::{ApiQuery, Problem};
use crate::web::extract::{Auth, Read};

/// Listeners at a time; each takes a connection.
pub const WATCHERS_MAX: usize = 32;
/// Proxies close what is silent for a minute, and a client that left is noticed when we speak.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
const TRY_AGAIN_IN: Duration = Duration::from_secs(30);

/// Each event is named after what happened, and holds it as JSON; `lost` says how many were missed.
pub async fn watch(
    State(web): State<WebState>,
    who: Auth<Read>,
    ApiQuery(with): ApiQuery<WithTranscript>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    refuse_transcript(with.transcript, who.is_owner)?;
    let place = Arc::clone(&web.watchers)
        .try_acquire_owned()
        .map_err(|_| Problem::unavailable("Too many are listening already.", TRY_AGAIN_IN))?;
    let watcher =
        Watcher { events: web.desk.events(with.transcript)?, stopping: web.stopping.clone(), _place: place };
    let told = stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)))
}

struct Watcher {
    events: Events,
    stopping: CancellationToken,
    _place: OwnedSemaphorePermit,
}

impl Watcher {
    async fn next(&mut self) -> Option<Event> {
        tokio::select! {
            () = self.stopping.cancelled() => None,
            event = self.events.next() => event.map(told),
        }
    }
}

fn told(event: Result<EventShown, u64>) -> Event {
    match event {
        Ok(event) => {
            Event::default().event(&event.what).json_data(&event).expect("words and instants are always JSON")
        }
        Err(lost) => Event::default().event("lost").data(lost.to_string()),
    }
}
