//! What the owner asks of the desk and what it answers, as they travel in JSON.
//!
//! One contract for two ways: the HTTP API reads and writes these types, and so does the command line,
//! whether it works on the database itself or asks a running daemon. Requests refuse fields they do not
//! know; replies may grow, so whoever reads them must not.

mod alerts;
mod attempts;
mod calendars;
mod calls;
mod codes;
mod contacts;
mod edit;
mod events;
mod occurrences;
mod places;
mod policy;
mod proofs;
mod schedules;
mod settings;
mod sleepers;
mod time;
mod tokens;

pub use self::alerts::{AlertShown, AlertsAsked};
pub use self::attempts::{AttemptShown, Heard, History, Morning, Step, VerdictShown, WithTranscript};
pub use self::calendars::{CalendarNew, CalendarShown, Observe};
pub use self::calls::{CallPlaced, CallRequest};
pub use self::codes::{CodeOfDay, CodesShown};
pub use self::contacts::{ContactNew, ContactShown};
pub use self::edit::Edit;
pub use self::events::EventShown;
pub use self::occurrences::{OccurrenceShown, OccurrencesAsked, Snooze, WhichOccurrences};
pub use self::places::{PlaceNew, PlaceShown};
pub use self::policy::PolicyEdit;
pub use self::proofs::{ProofSeen, ProofsShown};
pub use self::schedules::{
    Away, DatedTime, Day, ExceptionShown, PauseRange, PreviewDay, ScheduleChanged, ScheduleEdit, ScheduleNew,
    ScheduleShown, SchedulesAsked, Travel,
};
pub use self::settings::{BreakerShown, SettingsEdit, SettingsShown};
pub use self::sleepers::{Forgotten, MemoriesForgotten, SleeperEdit, SleeperNew, SleeperShown};
pub use self::time::{Moment, NextRing};
pub use self::tokens::{Scope, TokenMade, TokenNew, TokenShown};

/// How many rows a list answers with, unless asked otherwise.
pub const LIMIT_DEFAULT: u32 = 50;
/// More rows than this are an export, not a list.
pub const LIMIT_MAX: u32 = 500;
