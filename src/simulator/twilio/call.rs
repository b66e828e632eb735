//! One call from the queue to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::simulator::sleeper::{Answer, Person, Sleeper};

use super::amd::Detection;
use super::callbacks::Callbacks;
use super::converse::{Conversation, Next, Over};
use super::ledger::{CallStatus, Direction, Happening};
use super::line::Line;
use super::office::Office;
use super::webhook::Target;

/// What the request to create the call asked for.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub first: Next,
    pub fallback: Option<Target>,
    pub callback: Option<Target>,
    pub events: Vec<&'static str>,
    pub ring_for: Duration,
    pub longest: Duration,
    pub detection: Option<Detection>,
}

/// What the API wants of a live call.
#[derive(Debug)]
pub(super) enum Wish {
    HangUp,
    Replace(Next),
}

/// A wish, and whom to tell when it has been fulfilled.
#[derive(Debug)]
pub(super) struct Order {
    pub wish: Wish,
    pub done: oneshot::Sender<()>,
}

impl Order {
    fn fulfilled(self) {
        // Whoever asked may have gone away.
        let _ = self.done.send(());
    }
}

/// Orders a call can have waiting.
pub(super) const ORDERS: usize = 8;

/// How a voicemail rings before it answers.
const VOICEMAIL_AFTER: Duration = Duration::from_secs(20);

/// How long an engaged or declined call takes to be known as such.
const REFUSED_AFTER: Duration = Duration::from_secs(2);

/// The end of a call: the SIP answer, and an order it fulfilled.
#[derive(Debug)]
struct End {
    status: CallStatus,
    sip: Option<u16>,
    order: Option<Order>,
    /// Calls taken back in the queue end without a callback.
    told: bool,
}

impl End {
    fn of(status: CallStatus, sip: u16) -> Self {
        Self { status, sip: Some(sip), order: None, told: true }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Call {
    pub office: Arc<Office>,
    pub sid: String,
    pub callee: String,
    pub direction: Direction,
    pub plan: Plan,
    pub orders: mpsc::Receiver<Order>,
    /// When it may be dialled, simulated.
    pub slot: Duration,
}

impl Call {
    /// Runs it to its end, or until the exchange shuts down.
    pub(super) async fn run(self) {
        let stop = self.office.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.live() => {}
        }
    }

    async fn live(self) {
        let (office, sid, plan) = (Arc::clone(&self.office), self.sid.clone(), self.plan.clone());
        let mut callbacks = Callbacks::open(&office, &sid);
        let end = self.until_end(&mut callbacks).await;
        let wall = office.wall();
        office.with_call(&sid, |call| {
            call.sip_code = end.sip;
            call.ended_at = Some(wall);
        });
        office.set_status(&sid, end.status);
        office.books().orders.remove(&sid);
        if end.told {
            callbacks.progress(&plan, "completed", end.status.as_str());
        }
        office.tell(&sid, office.elapsed(), Happening::Ended(end.status));
        if let Some(order) = end.order {
            order.fulfilled();
        }
    }

    async fn until_end(mut self, callbacks: &mut Callbacks) -> End {
        if let Some(order) = self.unless_called_off(self.slot).await {
            return End { status: CallStatus::Canceled, sip: None, order: Some(order), told: false };
        }
        let sleeper = self.office.sleeper_at(&self.callee);
        if self.direction == Direction::Inbound {
            return self.talk(sleeper, callbacks).await;
        }
        match self.ring(&sleeper, callbacks).await {
            Some(end) => end,
            None => self.talk(sleeper, callbacks).await,
        }
    }

    /// Waits until `moment`; an order that called the call off.
    async fn unless_called_off(&mut self, moment: Duration) -> Option<Order> {
        let at = self.office.pace().instant_at(moment);
        loop {
            tokio::select! {
                biased;
                Some(order) = self.orders.recv() => match order.wish {
                    Wish::HangUp => return Some(order),
                    // The REST handler refuses this before answer (21220); a late one has no effect.
                    Wish::Replace(_) => order.fulfilled(),
                },
                () = tokio::time::sleep_until(at) => return None,
            }
        }
    }

    /// Dials and rings; `None` when somebody answers.
    async fn ring(&mut self, sleeper: &Sleeper, callbacks: &mut Callbacks) -> Option<End> {
        let called_off = |order| End { order: Some(order), ..End::of(CallStatus::Canceled, 487) };
        let wall = self.office.wall();
        self.office.with_call(&self.sid, |call| call.started_at = Some(wall));
        self.tell(Happening::Dialled);
        callbacks.progress(&self.plan, "initiated", "initiated");
        let dialled_at = self.office.elapsed();
        let rings_at = dialled_at + self.office.options.post_dial_delay;
        if let Some(order) = self.unless_called_off(rings_at).await {
            return Some(called_off(order));
        }
        match sleeper.answers {
            Answer::Busy => return Some(End::of(CallStatus::Busy, 486)),
            Answer::Failed => return Some(End::of(CallStatus::Failed, 404)),
            _ => {}
        }
        self.office.set_status(&self.sid, CallStatus::Ringing);
        self.tell(Happening::Ringing);
        callbacks.progress(&self.plan, "ringing", "ringing");
        let (answers_after, refusal) = match sleeper.answers {
            Answer::AfterRinging(length) => (length, None),
            Answer::Voicemail { .. } => (VOICEMAIL_AFTER, None),
            Answer::Screening => (Duration::from_secs(1), None),
            Answer::Declines => (REFUSED_AFTER, Some(End::of(CallStatus::Busy, 603))),
            Answer::Never | Answer::Busy | Answer::Failed => (Duration::MAX, None),
        };
        let rung_out = answers_after >= self.plan.ring_for;
        let until = rings_at + answers_after.min(self.plan.ring_for);
        if let Some(order) = self.unless_called_off(until).await {
            return Some(called_off(order));
        }
        if rung_out { Some(End::of(CallStatus::NoAnswer, 487)) } else { refusal }
    }

    fn tell(&self, what: Happening) {
        self.office.tell(&self.sid, self.office.elapsed(), what);
    }

    /// From answer to end.
    async fn talk(self, sleeper: Sleeper, callbacks: &mut Callbacks) -> End {
        let answered_at = self.office.elapsed();
        self.office.set_status(&self.sid, CallStatus::InProgress);
        self.tell(Happening::Answered);
        callbacks.progress(&self.plan, "answered", "in-progress");
        let machine = sleeper.is_machine();
        let line = Line {
            person: Person::new(sleeper, answered_at),
            office: self.office,
            sid: self.sid,
            orders: self.orders,
            answered_at,
            limit_at: answered_at + self.plan.longest,
        };
        let conversation = Conversation::new(line, self.plan, callbacks);
        let order = match conversation.run(machine).await {
            Over::Ended => None,
            Over::Ordered(order) => Some(order),
        };
        End { order, ..End::of(CallStatus::Completed, 200) }
    }
}

/// Answers an order that a conversation has taken over.
pub(super) fn acknowledge(done: oneshot::Sender<()>) {
    // Whoever asked may have gone away.
    let _ = done.send(());
}
