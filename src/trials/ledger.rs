//! The carrier's books as another process reads them: what really rang, whatever our database believes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::simulator::twilio::{CallRecord, CallStatus};

/// One call that the carrier took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerCall {
    /// The carrier's name for it.
    pub sid: String,
    /// Whom it called.
    pub to: String,
    /// The last part of the address at which it was to ask for its document: the attempt it was made for.
    pub nonce: String,
    /// When the carrier took it.
    pub created_at: Timestamp,
    /// When it was over; `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// How it stands, in the carrier's word.
    pub status: String,
    /// Whether anybody picked up.
    pub answered: bool,
}

impl LedgerCall {
    /// The entry of one call.
    pub fn of(call: &CallRecord) -> Self {
        let asked = call.request.iter().find(|(name, _)| name == "Url").map_or("", |(_, url)| url.as_str());
        let address = asked.split('#').next().unwrap_or_default();
        Self {
            sid: call.sid.clone(),
            to: call.to.clone(),
            nonce: address.rsplit('/').next().unwrap_or_default().to_owned(),
            created_at: call.created_at,
            ended_at: call.ended_at,
            status: call.status.as_str().to_owned(),
            answered: call.reached(CallStatus::InProgress).is_some(),
        }
    }

    /// Whether both were going on at one moment.
    pub fn overlaps(&self, other: &Self) -> bool {
        let over_before = |one: &Self, two: &Self| one.ended_at.is_some_and(|end| end <= two.created_at);
        !over_before(self, other) && !over_before(other, self)
    }
}

/// Everything that the outside saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Calls in order of creation.
    pub calls: Vec<LedgerCall>,
    /// News that the owner was sent, as they came.
    pub notices: Vec<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(from: &str, until: Option<&str>) -> LedgerCall {
        let at = |text: &str| format!("2026-03-02T06:{text}Z").parse().unwrap();
        LedgerCall {
            sid: String::new(),
            to: String::new(),
            nonce: String::new(),
            created_at: at(from),
            ended_at: until.map(at),
            status: String::new(),
            answered: false,
        }
    }

    #[test]
    fn calls_overlap_when_one_begins_before_the_other_is_over() {
        let (early, late) = (call("00:00", Some("01:00")), call("01:00", Some("02:00")));
        assert!(!early.overlaps(&late) && !late.overlaps(&early));
        let endless = call("00:30", None);
        assert!(early.overlaps(&endless) && endless.overlaps(&early) && endless.overlaps(&late));
        assert!(early.overlaps(&call("00:59", Some("03:00"))));
    }
}
