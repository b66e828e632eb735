//! Tokens that may do a part of what the owner may.

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// What a token may do. The admin token may do everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look at everything but telephone numbers and what was said.
    Read,
    /// Change schedules and their exceptions, cancel and snooze.
    Schedule,
    /// Call a stored sleeper now.
    Dial,
    /// Tell that the doorbell, or another sensor, was touched.
    Doorbell,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Schedule, Self::Dial, Self::Doorbell];

    /// The word for tables, the database and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Schedule => "schedule",
            Self::Dial => "dial",
            Self::Doorbell => "doorbell",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// A token to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenNew {
    /// What it is for, such as `bedside tablet`.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// A token just made: the only time it is shown.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct TokenMade {
    /// The token, to be sent as `Authorization: Bearer`.
    #[serde(serialize_with = "in_full")]
    pub token: SecretString,
    /// What is kept of it.
    #[serde(flatten)]
    pub kept: TokenShown,
}

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenShown {
    /// Its own for good.
    pub id: String,
    /// The identifier's last eight characters, which name it too.
    pub short_id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last shown to us, to the hour; `None` when it never was.
    pub last_used_at: Option<Timestamp>,
}

fn in_full<S: Serializer>(token: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(token.expose_secret())
}
