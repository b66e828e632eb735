//! Back-up people.

use serde::{Deserialize, Serialize};

/// Somebody to tell when a sleeper does not wake up; at least one way to reach them is needed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactNew {
    /// By which commands find them.
    pub name: String,
    /// A number to call, in international form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Where JSON is posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// An ntfy topic's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ntfy: Option<String>,
    /// The language of what they are told; the sleeper's without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A back-up person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactShown {
    /// Theirs for good.
    pub id: String,
    /// Its last eight characters, which name them too.
    pub short_id: String,
    /// What the owner calls them.
    pub name: String,
    /// The number to call.
    pub phone: Option<String>,
    /// Where JSON is posted.
    pub webhook: Option<String>,
    /// The ntfy topic's address.
    pub ntfy: Option<String>,
    /// The language of what they are told.
    pub language: String,
}

// Numbers and addresses are personal data, and debug output ends up in logs.
impl std::fmt::Debug for ContactNew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContactNew").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ContactShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContactShown").field("id", &self.id).finish_non_exhaustive()
    }
}
