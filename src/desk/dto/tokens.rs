//! Tokens that may do a part of what the owner may.

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};

pub use crate::domain::scope::Scope;

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
