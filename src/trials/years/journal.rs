//! The owner's own record of what she asked for and when, and from it, by the definition alone, the instants
//! at which she must have been called (I12). It shares no code with the planner.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::domain::schedule::{CronPattern, Exception, Rule, SkipCause, Weekdays, definition};

/// A rule as its owner thinks of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wish {
    /// These days of the week, Monday first, at that time.
    Weekly { days: [bool; 7], at: Time },
    /// One date.
    Once { date: Date, at: Time },
    /// These days of the week at each of these hours, at that minute; written as a cron pattern.
    Several { days: [bool; 7], hours: Vec<i8>, minute: i8 },
}

/// No clock is changed and changed back within twice this time: the shortest season lasts for weeks.
const CLEAR: SignedDuration = SignedDuration::from_hours(26);
const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

impl Wish {
    /// The rule that the product is given.
    pub(super) fn rule(&self) -> Rule {
        match self {
            Self::Weekly { days, at } => {
                let chosen: Vec<Weekday> =
                    WEEK.into_iter().zip(days).filter_map(|(day, chosen)| chosen.then_some(day)).collect();
                Rule::Weekly { weekdays: Weekdays::of(&chosen).unwrap_or(Weekdays::ALL), at: *at }
            }
            Self::Once { date, at } => Rule::Once { date: *date, at: *at },
            Self::Several { days, hours, minute } => {
                let list = |numbers: Vec<String>| numbers.join(",");
                let hours = list(hours.iter().map(ToString::to_string).collect());
                let chosen = (1..=7).zip(days).filter(|(_, chosen)| **chosen);
                let days = list(chosen.map(|(day, _)| day.to_string()).collect());
                let text = format!("{minute} {hours} * * {days}");
                Rule::Cron { pattern: CronPattern::try_from(text).expect("a pattern of plain lists") }
            }
        }
    }

    fn times(&self, date: Date) -> Vec<(u32, Time)> {
        let nth = |days: &[bool; 7]| days[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())];
        match self {
            Self::Weekly { days, at } if nth(days) => vec![(0, *at)],
            Self::Once { date: only, at } if *only == date => vec![(0, *at)],
            Self::Several { days, hours, minute } if nth(days) => hours
                .iter()
                .map(|hour| Time::constant(*hour, *minute, 0, 0))
                .map(|at| (minutes(at), at))
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn minutes(at: Time) -> u32 {
    u32::from(at.hour().unsigned_abs()) * 60 + u32::from(at.minute().unsigned_abs())
}

/// What stood in the journal from one instant on, until the next version.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub(super) from: Timestamp,
    /// False while the rule is switched off.
    pub(super) rings: bool,
    pub(super) wish: Wish,
    pub(super) zone: TimeZone,
    /// How often the zone was changed.
    pub(super) epoch: u32,
    pub(super) exceptions: Vec<Exception>,
    pub(super) holidays: BTreeSet<Date>,
    /// New zone data, and not the owner, made this version.
    pub(super) by_zone_data: bool,
}

/// A ring that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) at: Timestamp,
    pub(super) epoch: u32,
    pub(super) date: Date,
    pub(super) slot: u32,
}

/// Every ring asked for until then, in order of time; and those that were asked for although their morning
/// had its ring before, each with the instant of that one.
pub(super) fn asked_for(
    versions: &[Version],
    until: Timestamp,
) -> (Vec<Asked>, BTreeMap<Timestamp, Timestamp>) {
    let mut used: BTreeMap<_, Timestamp> = BTreeMap::new();
    let mut all: Vec<Asked> = Vec::new();
    let mut over = BTreeMap::new();
    for (number, version) in versions.iter().enumerate() {
        let end = versions.get(number + 1).map_or(until, |next| next.from);
        let mut rings = version.rings_between(end);
        rings.sort_by_key(|ring| ring.at);
        for ring in rings {
            // What rang once that day does not ring again, wherever it is moved; and two times at one
            // instant are one ring.
            if all.last().is_some_and(|last| last.at == ring.at) {
                continue;
            }
            let morning = (ring.epoch, ring.date, ring.slot);
            if let Some(before) = used.get(&morning) {
                over.insert(ring.at, *before);
                continue;
            }
            used.insert(morning, ring.at);
            all.push(ring);
        }
    }
    (all, over)
}

impl Version {
    fn rings_between(&self, end: Timestamp) -> Vec<Asked> {
        if !self.rings || end <= self.from {
            return Vec::new();
        }
        let first = self.zone.to_datetime(self.from).date().saturating_sub(2.days());
        let last = self.zone.to_datetime(end).date().saturating_add(2.days());
        let mut rings = Vec::new();
        for date in first.series(1.day()).take_while(|date| *date <= last) {
            for (slot, time) in self.times(date) {
                let Some(at) = self.rings_at(date, time) else { continue };
                if self.from < at && at <= end {
                    rings.push(Asked { at, epoch: self.epoch, date, slot });
                }
            }
        }
        rings
    }

    /// By the definition; at once where the clock stands still for days around.
    fn rings_at(&self, date: Date, time: Time) -> Option<Timestamp> {
        let asked = date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?.timestamp();
        let offset = |at: Timestamp| self.zone.to_offset(at);
        let (before, after) =
            (offset(asked.checked_sub(CLEAR).ok()?), offset(asked.checked_add(CLEAR).ok()?));
        if before == after {
            return before.to_timestamp(date.to_datetime(time)).ok();
        }
        definition::rings_at(date, time, &self.zone)
    }

    /// The slots and times that are not silent on a date: additions stand above moves, moves above skips,
    /// skips above pauses, pauses above holidays, and all of these above the rule (R11).
    fn times(&self, date: Date) -> Vec<(u32, Time)> {
        let here: Vec<&Exception> = self.exceptions.iter().filter(|one| touches(one, date)).collect();
        let by_rule = self.wish.times(date);
        if here.is_empty() && !self.holidays.contains(&date) {
            return by_rule;
        }
        let woken = |slot: u32| {
            here.iter().any(|one| {
                matches!(one, Exception::Skip { slot: of, cause: SkipCause::AlreadyRung, .. } if of.is_none_or(|of| of == slot))
            })
        };
        let silent = |slot: u32| {
            self.holidays.contains(&date)
                || here.iter().any(|one| match one {
                    Exception::Pause { .. } => true,
                    Exception::Skip { slot: of, .. } => of.is_none_or(|of| of == slot),
                    _ => false,
                })
        };
        let moved: Vec<(u32, Time)> = here.iter().filter_map(|one| self.moved(one, &by_rule)).collect();
        let in_place = by_rule.into_iter().filter(|(slot, _)| moved.iter().all(|(other, _)| other != slot));
        let mut times: Vec<(u32, Time)> = in_place.filter(|(slot, _)| !silent(*slot)).collect();
        times.extend(&moved);
        for one in &here {
            if let Exception::Add { at, .. } = one {
                times.push((10_000 + minutes(*at), *at));
            }
        }
        times.retain(|(slot, _)| !woken(*slot));
        // At one instant the addition is the ring; the rule's own morning may still come, at another time.
        times.sort_by_key(|(slot, at)| (*at, *slot < 10_000));
        times
    }

    fn moved(&self, one: &Exception, by_rule: &[(u32, Time)]) -> Option<(u32, Time)> {
        let Exception::Move { slot, to, .. } = one else { return None };
        let none = || if matches!(self.wish, Wish::Several { .. }) { minutes(*to) } else { 0 };
        let first = || by_rule.first().map(|(slot, _)| *slot);
        Some((slot.or_else(first).unwrap_or_else(none), *to))
    }
}

fn touches(one: &Exception, date: Date) -> bool {
    (one.first_date()..=one.last_date()).contains(&date)
}
