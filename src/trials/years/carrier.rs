//! A telephone carrier in memory, with a ledger of its own: the only truth about what rang.

use jiff::Timestamp;

use crate::domain::ids::CallId;
use crate::telephony::client::CarrierCall;
use crate::telephony::status::{AnsweredBy, CarrierStatus};

/// What the carrier tells of a call, in the order in which it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CarrierNews {
    /// It is being dialled.
    Initiated,
    /// The phone rings.
    Ringing,
    /// Somebody, or something, picked up.
    InProgress,
    /// It is over.
    Completed,
    /// The line was busy.
    Busy,
    /// It rang in vain.
    NoAnswer,
    /// It could not be put through.
    Failed,
    /// It was cancelled before anybody answered.
    Canceled,
}

impl CarrierNews {
    pub(super) fn status(self) -> CarrierStatus {
        match self {
            Self::Initiated => CarrierStatus::Initiated,
            Self::Ringing => CarrierStatus::Ringing,
            Self::InProgress => CarrierStatus::InProgress,
            Self::Completed => CarrierStatus::Completed,
            Self::Busy => CarrierStatus::Busy,
            Self::NoAnswer => CarrierStatus::NoAnswer,
            Self::Failed => CarrierStatus::Failed,
            Self::Canceled => CarrierStatus::Canceled,
        }
    }

    pub(super) fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Busy | Self::NoAnswer | Self::Failed | Self::Canceled)
    }
}

/// What the callee will do, drawn when the call is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callee {
    /// The line is busy, or she declines.
    Busy,
    /// Nobody answers.
    Away,
    /// The network cannot reach her.
    OutOfReach,
    /// A machine answers, and the carrier notices it or not.
    Machine { noticed: bool },
    /// She picks up and hangs up without a word of sense.
    HangsUp,
    /// She picks up and falls asleep on the line.
    FallsAsleep,
    /// She picks up and asks for a few more minutes.
    Snoozes,
    /// She gets up.
    GetsUp,
    /// Nothing is ever heard of the call, and it does not end by itself.
    Stuck,
}

/// A call in the carrier's ledger.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) id: CallId,
    /// The attempt it was placed for, by the address that came with it.
    pub(super) attempt: usize,
    pub(super) created_ms: i64,
    /// From when on the list shows it.
    pub(super) listed_ms: i64,
    pub(super) ended_ms: Option<i64>,
    pub(super) last: Option<CarrierNews>,
    pub(super) callee: Callee,
    /// Whether its news are lost, repeated and reordered.
    pub(super) bad_news: bool,
    /// How many pieces of news there have been.
    pub(super) told: u32,
    /// Whose memory holds its conversation; `None` before it is answered, and for one that no memory holds.
    pub(super) stream_of: Option<u32>,
}

/// The carrier.
#[derive(Debug, Default)]
pub(super) struct Carrier {
    pub(super) calls: Vec<Call>,
    pub(super) down: bool,
}

impl Carrier {
    pub(super) fn take(
        &mut self,
        attempt: usize,
        now_ms: i64,
        lag_ms: i64,
        callee: Callee,
        bad_news: bool,
    ) -> usize {
        let number = self.calls.len();
        self.calls.push(Call {
            id: CallId::new(format!("CA{number}")),
            attempt,
            created_ms: now_ms,
            listed_ms: now_ms + lag_ms,
            ended_ms: None,
            last: None,
            callee,
            bad_news,
            told: 0,
            stream_of: None,
        });
        number
    }

    /// The calls that its list shows since then, the newest first.
    pub(super) fn list(&self, since_ms: i64, now_ms: i64) -> impl Iterator<Item = usize> + '_ {
        let recent = self.calls.iter().enumerate().rev();
        // Calls are taken in order of time, so none before an old one is newer.
        recent
            .take_while(move |(_, call)| call.created_ms >= since_ms)
            .filter(move |(_, call)| call.listed_ms <= now_ms)
            .map(|(number, _)| number)
    }

    /// Ends a call; false when it was over before.
    pub(super) fn end(&mut self, number: usize, news: CarrierNews, now_ms: i64) -> bool {
        let call = &mut self.calls[number];
        if call.ended_ms.is_some() {
            return false;
        }
        call.ended_ms = Some(now_ms);
        call.last = Some(news);
        true
    }

    /// A call as the carrier would describe it.
    pub(super) fn describe(&self, number: usize) -> CarrierCall {
        let call = &self.calls[number];
        let machine = matches!(call.callee, Callee::Machine { noticed: true });
        CarrierCall {
            id: call.id.clone(),
            status: call.last.map_or(CarrierStatus::Queued, CarrierNews::status),
            created_at: Timestamp::from_millisecond(call.created_ms).ok(),
            started_at: None,
            ended_at: call.ended_ms.and_then(|at| Timestamp::from_millisecond(at).ok()),
            duration: None,
            cost: None,
            direction: None,
            answered_by: machine.then_some(AnsweredBy::Machine),
            to: None,
            from: None,
        }
    }
}
