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
}

/// Everything that the outside saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Calls in order of creation.
    pub calls: Vec<LedgerCall>,
    /// News that the owner was sent, as they came.
    pub notices: Vec<serde_json::Value>,
}
