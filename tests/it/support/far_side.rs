//! The far side of both wires as a story sees it: what happens on the telephone line and at the model while
//! it happens, and what their own books say afterwards.

use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use wakeup_coach::clock::{SharedClock, TimedOut, timeout};
use wakeup_coach::domain::attempt::{AttemptState, Outcome};
use wakeup_coach::simulator::openai::record::{ModelEvent, SessionRecord};
use wakeup_coach::simulator::twilio::{CallRecord, Happening, LineEvent, Media};
use wakeup_coach::store::attempts::AttemptRecord;

use super::{PATIENCE, TestDay};

/// Half a minute before Anna's call in most stories.
pub const MORNING: &str = "2026-03-02T06:29:30[Europe/Berlin]";

pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The time between two moments of the line's clock.
pub fn between(earlier: Duration, later: Duration) -> Duration {
    later.checked_sub(earlier).expect("things happen in this order")
}

/// Watches the line and the model from the moment it is made.
pub struct FarSide {
    line: Receiver<LineEvent>,
    model: Receiver<ModelEvent>,
    clock: SharedClock,
}

impl FarSide {
    /// The next thing on the line that fits.
    pub async fn line(&mut self, what: &str, fits: impl Fn(&LineEvent) -> bool) -> LineEvent {
        next(&mut self.line, &self.clock, what, fits).await
    }

    /// The next thing the model did that fits.
    pub async fn model(&mut self, what: &str, fits: impl Fn(&ModelEvent) -> bool) -> ModelEvent {
        next(&mut self.model, &self.clock, what, fits).await
    }

    /// Waits until the coach is heard again, by telephone or from the model, after a moment of the line's
    /// time; when that was.
    pub async fn coach_after(&mut self, moment: Duration) -> Duration {
        let speaks = |event: &LineEvent| event.what == Happening::CoachSpoke && event.at > moment;
        self.line("the coach to speak again", speaks).await.at
    }

    /// Waits until the exchange reads something to her; when, and what.
    pub async fn read_aloud(&mut self) -> (Duration, String) {
        let reads = |event: &LineEvent| matches!(event.what, Happening::CoachSaid { .. });
        let event = self.line("a line read aloud", reads).await;
        let Happening::CoachSaid { text } = event.what else { unreachable!("just matched") };
        (event.at, text)
    }
}

async fn next<T: Clone + std::fmt::Debug>(
    events: &mut Receiver<T>,
    clock: &SharedClock,
    what: &str,
    fits: impl Fn(&T) -> bool,
) -> T {
    let mut seen = Vec::new();
    loop {
        match timeout(&**clock, PATIENCE, events.recv()).await {
            Ok(Ok(event)) if fits(&event) => return event,
            Ok(Ok(event)) => seen.push(event),
            Ok(Err(RecvError::Lagged(_))) => {}
            Ok(Err(RecvError::Closed)) => panic!("waiting for {what}: the far side is gone"),
            Err(TimedOut(_)) => panic!("waited in vain for {what}; seen: {seen:#?}"),
        }
    }
}

impl TestDay {
    /// Watches the far side from now on.
    pub fn far_side(&self) -> FarSide {
        FarSide {
            line: self.morning.exchange().subscribe(),
            model: self.morning.models().subscribe(),
            clock: self.morning.clock.clone(),
        }
    }

    /// Anna's call at half past six: the wall clock is moved there.
    pub async fn rings(&mut self) {
        self.wakes_daily_at(6, 30).await;
        self.jump_to("2026-03-02T06:30:00[Europe/Berlin]");
    }

    /// The call made last, as the carrier knows it.
    pub fn last_call(&self) -> CallRecord {
        self.carrier_calls().pop().expect("a call was made")
    }

    /// The sound of the last call's first stream.
    pub fn sound(&self) -> Media {
        self.morning.exchange().media(&self.last_call().sid).swap_remove(0)
    }

    /// The model's sessions, oldest first.
    pub fn sessions(&self) -> Vec<SessionRecord> {
        self.morning.models().sessions()
    }

    /// The details of one kind of line in the last attempt's history.
    pub async fn details(&self, what: &str) -> Vec<String> {
        let attempt = self.attempts().await.pop().expect("an attempt was made").attempt.id;
        let lines = self.morning.store.list_history(attempt).await.unwrap();
        lines.into_iter().filter(|line| line.what == what).map(|line| line.detail).collect()
    }

    /// How the attempts ended, in order.
    pub async fn outcomes(&self) -> Vec<Outcome> {
        let outcome = |record: AttemptRecord| match record.attempt.state {
            AttemptState::Finished { outcome, .. } => Some(outcome),
            _ => None,
        };
        self.attempts().await.into_iter().filter_map(outcome).collect()
    }

    /// Why the only attempt fell back; `None` when it did not.
    pub async fn fell_back_because(&self) -> Option<String> {
        self.only_attempt().await.attempt.fell_back.map(|fall_back| fall_back.reason)
    }

    /// Something the model said more than once, or a greeting after the first, betrays a session that forgot.
    pub fn times_greeted(&self) -> usize {
        let said = self.sessions().into_iter().flat_map(|session| session.said);
        said.filter(|line| line.contains("This is your wake-up call.")).count()
    }
}

/// All that was played of a stream, in order.
pub fn played(sound: &Media) -> Vec<u8> {
    sound.played.iter().flat_map(|stretch| stretch.bytes.iter().copied()).collect()
}

/// Compares two stretches of sound without printing a hundred thousand bytes.
pub fn assert_same_sound(got: &[u8], wanted: &[u8], what: &str) {
    let differs = got.iter().zip(wanted).position(|(got, wanted)| got != wanted);
    assert_eq!(differs, None, "{what}: differs from this byte on");
    assert_eq!(got.len(), wanted.len(), "{what}: lengths in bytes");
}
