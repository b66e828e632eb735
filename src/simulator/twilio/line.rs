//! One answered call as sound and time: the person at the far end, orders from the API, the recording.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::simulator::sleeper::{Doing, Person};

use super::call::Order;
use super::ledger::Happening;
use super::office::Office;
use super::playout::{bytes_within, playing_time};
use super::recording::Stretch;

/// Why the document under way is not carried on.
#[derive(Debug)]
pub(super) enum Break {
    /// She put the telephone down.
    SleeperHungUp,
    /// The API has something else in mind.
    Order(Order),
    /// The call has lasted as long as it may.
    TimeLimit,
}

/// What comes from the sleeper's end.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Heard {
    /// Nothing until the deadline.
    Nothing,
    /// She begins to speak.
    Began(Bytes),
    /// She has said something.
    Finished { text: String, confidence: f32 },
    /// She pressed a key.
    Key(char),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Line {
    pub office: Arc<Office>,
    pub sid: String,
    pub person: Person,
    pub orders: mpsc::Receiver<Order>,
    pub answered_at: Duration,
    pub limit_at: Duration,
}

impl Line {
    /// Waits for something from her end, at most until `deadline`.
    ///
    /// # Cancel safety
    /// What she does is taken from her only when it is handed out.
    pub(super) async fn until(&mut self, deadline: Option<Duration>) -> Result<(Duration, Heard), Break> {
        let pace = self.office.pace();
        loop {
            let due = self.person.due();
            let wake = [deadline, due].into_iter().flatten().fold(self.limit_at, Duration::min);
            tokio::select! {
                biased;
                Some(order) = self.orders.recv() => return Err(Break::Order(order)),
                () = tokio::time::sleep_until(pace.instant_at(wake)) => {}
            }
            if wake == self.limit_at {
                return Err(Break::TimeLimit);
            }
            match self.person.act(wake) {
                Some(doing) => {
                    let heard = self.note(wake, doing)?;
                    if let Heard::Began(sound) = &heard {
                        self.record_sleeper(wake, sound.clone());
                    }
                    return Ok((wake, heard));
                }
                None if deadline.is_some_and(|deadline| deadline <= wake) => {
                    return Ok((wake, Heard::Nothing));
                }
                // She only thought about what she heard.
                None => {}
            }
        }
    }

    /// Waits for `work`; she may do as she likes meanwhile, nobody listens.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Break> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                heard = self.until(None) => { heard?; }
            }
        }
    }

    /// Plays `sound` to her, unless `stops` says that something she did ends it; whether it did.
    pub(super) async fn play(
        &mut self,
        sound: &Bytes,
        mut stops: impl FnMut(Duration, Heard) -> bool,
    ) -> Result<bool, Break> {
        let start = self.office.elapsed();
        let end = start + playing_time(sound.len());
        self.coach_speaks(start);
        let (ended_at, outcome) = loop {
            match self.until(Some(end)).await {
                Err(ended) => break (self.office.elapsed(), Err(ended)),
                Ok((at, Heard::Nothing)) => break (at, Ok(false)),
                Ok((at, heard)) if stops(at, heard.clone()) => break (at, Ok(true)),
                Ok(_) => {}
            }
        };
        let played = bytes_within(ended_at.saturating_sub(start)).min(sound.len());
        self.record_coach(Stretch { at: start, bytes: sound.slice(..played) });
        self.coach_pauses(ended_at);
        outcome
    }

    /// Lets `length` pass in silence, unless `stops` says otherwise; whether it did.
    pub(super) async fn pause(
        &mut self,
        length: Duration,
        mut stops: impl FnMut(Duration, Heard) -> bool,
    ) -> Result<bool, Break> {
        let end = self.office.elapsed() + length;
        loop {
            match self.until(Some(end)).await? {
                (_, Heard::Nothing) => return Ok(false),
                (at, heard) if stops(at, heard.clone()) => return Ok(true),
                _ => {}
            }
        }
    }

    /// Writes down what she does.
    pub(super) fn note(&mut self, at: Duration, doing: Doing) -> Result<Heard, Break> {
        match doing {
            Doing::Begins { text, sound, .. } => {
                self.office.tell(&self.sid, at, Happening::SleeperSaid { text });
                Ok(Heard::Began(sound))
            }
            Doing::Finishes { text, confidence } => {
                if !text.is_empty() {
                    self.office.with_call(&self.sid, |call| call.heard.push(text.clone()));
                }
                self.office.tell(&self.sid, at, Happening::SleeperPaused);
                Ok(Heard::Finished { text, confidence })
            }
            Doing::Presses(key) => {
                self.office.tell(&self.sid, at, Happening::KeyPressed(key));
                Ok(Heard::Key(key))
            }
            Doing::HangsUp => Err(Break::SleeperHungUp),
        }
    }

    pub(super) fn coach_speaks(&mut self, at: Duration) {
        self.person.coach_speaks(at);
        self.office.tell(&self.sid, at, Happening::CoachSpoke);
    }

    pub(super) fn coach_pauses(&mut self, at: Duration) {
        self.person.coach_pauses(at);
        self.office.tell(&self.sid, at, Happening::CoachPaused);
    }

    /// Puts sound of the coach's side, begun at a moment of simulated time, into the recording.
    pub(super) fn record_coach(&self, stretch: Stretch) {
        let stretch = self.since_answer(stretch);
        if let Some(sound) = self.office.books().sounds.get_mut(&self.sid) {
            sound.note_coach(stretch);
        }
    }

    /// Puts sound of hers into the recording.
    pub(super) fn record_sleeper(&self, at: Duration, bytes: Bytes) {
        let stretch = self.since_answer(Stretch { at, bytes });
        if let Some(sound) = self.office.books().sounds.get_mut(&self.sid) {
            sound.note_sleeper(stretch);
        }
    }

    fn since_answer(&self, stretch: Stretch) -> Stretch {
        Stretch { at: stretch.at.saturating_sub(self.answered_at), bytes: stretch.bytes }
    }
}
