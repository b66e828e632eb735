//! Places to walk to.

use serde::{Deserialize, Serialize};

/// A place to add: with a code to print, unless a device stands there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceNew {
    /// What it is called: `kitchen`.
    pub name: String,
    /// Whom it proves, by name or identifier; nobody named means everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleeper: Option<String>,
    /// How a device there calls itself in its webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceShown {
    /// What it is called.
    pub name: String,
    /// The identifier of the one it proves; `None` for everybody.
    pub sleeper: Option<String>,
    /// Her name, where she has one.
    pub sleeper_name: Option<String>,
    /// How the device there calls itself; `None` where a code hangs.
    pub device: Option<String>,
    /// What the printed code leads to, below the public address; a secret. `None` where a device stands.
    pub path: Option<String>,
    /// The same with the public address, when a running program knows it.
    pub url: Option<String>,
}
