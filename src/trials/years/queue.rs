//! What is still to happen, in order of time; of things at one instant, the one announced first.

use super::carrier::CarrierNews;
use crate::domain::attempt::Outcome;

/// A thing that will happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The daemon plans the coming days.
    Plan,
    /// The daemon looks for calls left over.
    LeftOver,
    /// The daemon's request for a call leaves it.
    Post { attempt: usize },
    /// The carrier takes a call whose answer is lost on the way, or never given.
    Accept { attempt: usize },
    /// The carrier's answer reaches the daemon.
    Answer { attempt: usize, answer: Answer },
    /// The carrier's list reaches the daemon.
    Listed { attempt: usize },
    /// The carrier's word on one call reaches the daemon.
    Fetched { attempt: usize },
    /// The daemon's request to hang up reaches the carrier; then the attempt ends like this.
    HangUp { call: usize, attempt: usize, then: Option<Outcome> },
    /// The carrier says that the call is over, as the daemon has asked; a look-up goes on from there.
    Finish { attempt: usize, outcome: Outcome },
    /// Something happens to a call at the carrier.
    Call { call: usize, news: CarrierNews },
    /// The carrier reports on a call.
    Callback { call: usize, news: CarrierNews, sequence: u32 },
    /// The coach has made up its mind.
    Decide { call: usize },
    /// The host stops.
    Stop { for_ms: i64 },
    /// The host starts.
    Start,
    /// The carrier is out of reach.
    OutageBegins { for_ms: i64 },
    /// The carrier is back.
    OutageEnds,
    /// The host's clock is set.
    ClockIsSet,
    /// The owner does something.
    OwnerActs,
    /// New zone data arrive.
    ZoneData,
}

/// What the daemon hears about its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// A call, by its place in the carrier's ledger.
    Placed(usize),
    /// Too many requests.
    Throttled,
    /// No connection.
    NotSent,
    /// Refused, for good or not.
    Refused { lasting: bool },
    /// A server error, nonsense, or nothing in time.
    Unknown,
}

#[derive(Debug)]
struct Entry {
    at: i64,
    /// Whose memory it lives in; `None` when it outlives a crash of the daemon.
    life: Option<u32>,
    event: Event,
}

/// The coming events. There are never many, and most new ones come soon: a sorted list is quicker than a heap.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The next one last.
    entries: Vec<Entry>,
}

impl Queue {
    /// Something in the world, whatever becomes of the daemon.
    pub(super) fn push(&mut self, at: i64, event: Event) {
        self.put(Entry { at, life: None, event });
    }

    /// Something in the daemon's memory, which dies with it.
    pub(super) fn push_in_memory(&mut self, at: i64, life: u32, event: Event) {
        self.put(Entry { at, life: Some(life), event });
    }

    fn put(&mut self, entry: Entry) {
        let mut place = self.entries.len();
        // Behind everything at the same instant: that was announced before.
        while place > 0 && self.entries[place - 1].at <= entry.at {
            place -= 1;
        }
        self.entries.insert(place, entry);
    }

    /// When the next thing happens.
    pub(super) fn next_at(&self) -> Option<i64> {
        self.entries.last().map(|entry| entry.at)
    }

    /// The next thing, and whose memory it lives in.
    pub(super) fn pop(&mut self) -> Option<(Option<u32>, Event)> {
        self.entries.pop().map(|entry| (entry.life, entry.event))
    }
}
