//! Holiday calendars.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A calendar to keep.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarNew {
    /// By which commands find it, such as `holidays`.
    pub name: String,
    /// An http(s) or webcal address, or the absolute path of an `.ics` file on the daemon's machine.
    pub source: String,
}

/// A calendar.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarShown {
    /// Its own for good.
    pub id: String,
    /// The identifier's last eight characters, which name it too.
    pub short_id: String,
    /// What it is called.
    pub name: String,
    /// Where it comes from; of an address the host alone, unless the owner asks.
    pub source: String,
    /// How many days it names.
    pub days: usize,
    /// When it was last read; without that it sets no day free, and of what comes more than a month after it none.
    pub fetched_at: Option<Timestamp>,
    /// When it was last tried.
    pub tried_at: Option<Timestamp>,
    /// Why the last try failed; `None` after one that did not.
    pub problem: Option<String>,
}

/// Whether a rule is silent on a calendar's days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observe {
    /// Which calendar.
    pub calendar: String,
    /// `false` when it is not, any more.
    #[serde(default = "yes")]
    pub observe: bool,
}

fn yes() -> bool {
    true
}

// Private calendars are protected by nothing but an address that nobody can guess.
impl std::fmt::Debug for CalendarNew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CalendarNew").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for CalendarShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CalendarShown")
            .field("id", &self.id)
            .field("days", &self.days)
            .finish_non_exhaustive()
    }
}

impl CalendarShown {
    /// The same with no more of its address than the host.
    #[must_use]
    pub fn masked(self) -> Self {
        let host = url::Url::parse(&self.source).ok().and_then(|url| url.host_str().map(str::to_owned));
        Self { source: host.map_or_else(|| "a file".to_owned(), |host| format!("{host}/…")), ..self }
    }
}
