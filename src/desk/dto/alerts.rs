//! What somebody should look at.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::alert::AlertKind;

/// Which alerts are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertsAsked {
    /// Also those that are closed.
    #[serde(default)]
    pub all: bool,
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertShown {
    /// Its own for good.
    pub id: String,
    /// The identifier's last eight characters, which name it too.
    pub short_id: String,
    /// What has happened, as one word.
    pub kind: AlertKind,
    /// The same as a sentence.
    pub title: String,
    /// What it is about, such as a call's identifier; empty for the house as a whole.
    pub subject: String,
    /// The particulars.
    pub detail: String,
    /// What to do.
    pub advice: String,
    /// When it happened.
    pub raised_at: Timestamp,
    /// When it was closed; `None` while it is open.
    pub closed_at: Option<Timestamp>,
    /// `resolved` when it was over by itself, `acknowledged` when somebody has looked.
    pub closed: Option<String>,
}
