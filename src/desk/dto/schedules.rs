//! Standing rules and their exceptions.

use serde::{Deserialize, Serialize};

use super::{Edit, Moment, NextRing, PolicyEdit};
use crate::domain::policy::MorningPolicy;
use crate::domain::schedule::{Exception, Rule};

/// A new rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleNew {
    /// Whom it wakes: a name, an identifier or a part of one; the only sleeper without it.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub sleeper: Option<String>,
    /// When it rings, as one says it: `weekdays 06:30`, `every day 07:00`, `Mon Wed Fri 06:15`,
    /// `2026-12-24 08:00` (once), `cron 30 6 * * 1-5`.
    pub when: String,
    /// True when it is to ring once: a time alone is then the next one, and what repeats is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
    /// The IANA zone of that clock; that of her other rules, or of this machine, without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Overrides how often realtime mode is drawn, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// For how many minutes after its time a late first call is still worth making.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub useful_for_mins: Option<u32>,
    /// What to call it, and by what commands find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// True when its clock travels with her; home is where it stays otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follows: bool,
    /// What its mornings ask for, where that is not the usual.
    #[serde(default, skip_serializing_if = "PolicyEdit::is_empty")]
    pub policy: PolicyEdit,
}

/// What to change about a rule; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleEdit {
    /// When it rings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// How often realtime mode is drawn; `null` leaves it to the settings.
    #[serde(default, skip_serializing_if = "Edit::is_keep")]
    pub probability: Edit<f64>,
    /// For how many minutes after its time a late first call is still worth making.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub useful_for_mins: Option<u32>,
    /// What to call it; `null` takes the name away.
    #[serde(default, skip_serializing_if = "Edit::is_keep")]
    pub label: Edit<String>,
    /// Whether its clock travels with her.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<bool>,
    /// `false` switches it off until it is switched on again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// What its mornings ask for; a wake-up that has begun keeps what it began with.
    #[serde(default, skip_serializing_if = "PolicyEdit::is_empty")]
    pub policy: PolicyEdit,
}

/// Whose rules to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchedulesAsked {
    /// Everybody's without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleeper: Option<String>,
}

/// One day: `2026-12-24`, `today`, `tomorrow`, `next` (the next one it would ring) or a weekday's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// Which.
    pub date: String,
}

/// A time on one day: where that day's wake-up moves to, or where one is added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedTime {
    /// Which day, as in [`Day`].
    pub date: String,
    /// The time of that day, such as `08:00`.
    pub time: String,
}

/// Days on which it does not ring; both ends belong to it, and it ends by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseRange {
    /// The first day, as in [`Day`]; today without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day, as in [`Day`].
    pub until: String,
}

/// She is somewhere else now: the rule's clock hangs in another zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Travel {
    /// The IANA zone.
    pub zone: String,
}

/// Days on which she is away from home, so that a proof bound to a place gives way to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Away {
    /// The last day away, as in [`Day`]; `null` when she is back.
    pub until: Option<String>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleShown {
    /// Its own for good.
    pub id: String,
    /// The identifier's last eight characters, which name it too.
    pub short_id: String,
    /// Whom it wakes.
    pub sleeper: String,
    /// What she is called.
    pub sleeper_name: Option<String>,
    /// When it rings, as [`ScheduleNew::when`] takes it.
    pub when: String,
    /// The same, taken apart.
    pub rule: Rule,
    /// What it is called.
    pub label: Option<String>,
    /// The zone of its clock.
    pub zone: String,
    /// True when that clock travels with her.
    pub follows: bool,
    /// False while it is switched off.
    pub enabled: bool,
    /// The last day away from home, when a proof bound to a place gives way to others.
    pub away_until: Option<String>,
    /// The holiday calendars on whose days it is silent.
    #[serde(default)]
    pub calendars: Vec<String>,
    /// What its mornings ask for.
    pub policy: MorningPolicy,
    /// How often realtime mode is drawn, where the rule says so itself.
    pub probability: Option<f64>,
    /// For how many minutes after its time a late first call is still worth making.
    pub useful_for_mins: u32,
    /// When it rings next; `None` when it does not.
    pub next: Option<NextRing>,
    /// What single days do otherwise, past ones left out; in lists it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<ExceptionShown>,
    /// The next fourteen dates, those on which it does not ring with the reason; in lists it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preview: Vec<PreviewDay>,
}

/// One coming date of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewDay {
    /// The civil date.
    pub date: String,
    /// The last date of a pause that began on `date`; `None` on every other line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// When it rings; `None` when it does not.
    pub when: Option<Moment>,
    /// Why then: `as_asked`, or what applies of `moved`, `added`, `gap_end`, `first_of_two`. Why not:
    /// `skipped`, `skipped: already woken`, `skipped: holiday …`, `paused`, `no_such_date`, `done: …`.
    pub reason: String,
    /// True for the last ring before a pause.
    #[serde(default)]
    pub last_before_pause: bool,
    /// True for the first ring after one.
    #[serde(default)]
    pub first_after_pause: bool,
    /// Such as `in 7 h 12 min`.
    pub countdown: Option<String>,
}

/// What one day, or a range of days, does otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionShown {
    /// Its own for good; whoever takes it back names it.
    pub id: String,
    /// The identifier's last eight characters, which name it too.
    pub short_id: String,
    /// What is otherwise.
    pub what: Exception,
}

/// What a change of a rule leads to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleChanged {
    /// The rule as it stands now.
    pub schedule: ScheduleShown,
    /// The sleeper's next ring, whichever rule it comes from.
    pub next: Option<NextRing>,
    /// The same as a sentence, and what else she should know.
    pub said: String,
}
