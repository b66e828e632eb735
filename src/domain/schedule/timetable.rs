//! A rule, its exceptions and its holidays, put together: what comes, in order (R11, R12).

use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::{Due, Exception, Holidays, Instant, Rule, SkipCause, added_slot, due_on};
use crate::planted::{Planted, is_planted};

/// A late wake-up never comes closer than this to the next one (R6).
const CLEAR_OF_NEXT: SignedDuration = SignedDuration::from_hours(4);
/// However close the next one is, a few minutes late is not too late.
const ALWAYS_USEFUL_FOR: SignedDuration = SignedDuration::from_mins(10);
/// How many days are looked through for a rule's next date: the 29th of February comes every eight years at
/// worst, the 30th never.
const DAYS_LOOKED_AT: usize = 3_000;

/// Everything that decides when one schedule rings.
#[derive(Debug, Clone, PartialEq)]
pub struct Timetable {
    /// What it says of itself.
    pub rule: Rule,
    /// Where its clock hangs.
    pub zone: TimeZone,
    /// What single days do otherwise.
    pub exceptions: Vec<Exception>,
    /// The days that its calendars set free.
    pub holidays: Holidays,
}

/// Where a planned time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The rule.
    Rule,
    /// A one-off addition.
    Added,
    /// A one-day move in the rule's place (R12).
    Moved,
}

/// One coming time of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The civil date and the slot that identify the occurrence (R1).
    pub date: Date,
    /// Which of the day's times it is.
    pub slot: u32,
    /// The wall-clock time asked for.
    pub asked: Time,
    /// Where that time comes from.
    pub origin: Origin,
    /// What happens then.
    pub what: What,
}

/// What happens at a planned time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It rings.
    Ring(Instant),
    /// It would have rung at that instant, and does not.
    Silent(Instant, Silence),
    /// The date does not exist in that zone (R3).
    NoSuchDate,
}

/// Why a planned time does not ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// That date is left out.
    Skipped(SkipCause),
    /// A pause, until this date.
    Paused {
        /// The first date of the pause.
        from: Date,
        /// The last date of the pause.
        until: Date,
    },
    /// A holiday of this name.
    Holiday(String),
}

impl Planned {
    /// The instant at which it rings; `None` when it does not.
    pub fn rings_at(&self) -> Option<Timestamp> {
        match self.what {
            What::Ring(instant) => Some(instant.at),
            What::Silent(..) | What::NoSuchDate => None,
        }
    }

    /// The instant at which it rings, or would have rung; `None` on a date that does not exist.
    pub fn instant(&self) -> Option<Timestamp> {
        self.shown_at().map(|instant| instant.at)
    }

    /// The same with its offset and its reason.
    pub fn shown_at(&self) -> Option<Instant> {
        match self.what {
            What::Ring(instant) | What::Silent(instant, _) => Some(instant),
            What::NoSuchDate => None,
        }
    }
}

impl Timetable {
    /// A rule without exceptions.
    pub fn new(rule: Rule, zone: TimeZone) -> Self {
        Self { rule, zone, exceptions: Vec::new(), holidays: Holidays::default() }
    }

    /// The coming times in order, from the first strictly later than `after`, those that do not ring among
    /// them. The instants of those that ring are strictly increasing: two times that fall on one instant,
    /// as in a gap, are one ring. A rule without end gives times as long as the calendar lasts.
    pub fn coming(&self, after: Timestamp) -> impl Iterator<Item = Planned> + '_ {
        let today = self.zone.to_datetime(after).date();
        // Yesterday's time may end up today when a gap spans midnight.
        let first = today.saturating_sub(1.day());
        let mut last_ring = None;
        self.days_from(first)
            .flatten()
            .filter(move |planned| match planned.instant() {
                Some(at) => after < at,
                None => today <= planned.date,
            })
            .filter(move |planned| {
                let at = planned.rings_at();
                let doubled = at.is_some() && at == last_ring;
                last_ring = at.or(last_ring);
                !doubled
            })
    }

    /// The first instant strictly later than `after` at which it rings.
    pub fn next_due(&self, after: Timestamp) -> Option<Timestamp> {
        self.coming(after).find_map(|planned| planned.rings_at())
    }

    /// Until when a wake-up that was due at `due_at` is still worth making (R6).
    pub fn useful_until(&self, due_at: Timestamp, useful_for: Duration) -> Timestamp {
        let useful_for = SignedDuration::try_from(useful_for).unwrap_or(SignedDuration::MAX);
        let wanted = due_at.saturating_add(useful_for).unwrap_or(Timestamp::MAX);
        let next = self.next_due(due_at).unwrap_or(Timestamp::MAX);
        let clear = next.saturating_sub(CLEAR_OF_NEXT).unwrap_or(Timestamp::MAX);
        let least = due_at.saturating_add(ALWAYS_USEFUL_FOR).unwrap_or(Timestamp::MAX);
        wanted.min(clear).max(least)
    }

    /// Date after date: each day for a rule that goes on, else those that are named.
    fn days_from(&self, first: Date) -> Box<dyn Iterator<Item = Vec<Planned>> + '_> {
        let Rule::Once { date, .. } = self.rule else {
            return Box::new(Days { table: self, next: Some(first), empty: 0 });
        };
        let mut named: Vec<Date> = self.named_dates().chain([date]).filter(|date| first <= *date).collect();
        named.sort_unstable();
        named.dedup();
        Box::new(named.into_iter().map(|date| self.on(date)))
    }

    fn named_dates(&self) -> impl Iterator<Item = Date> + '_ {
        self.exceptions.iter().filter_map(|exception| match exception {
            Exception::Move { date, .. } | Exception::Add { date, .. } => Some(*date),
            Exception::Skip { .. } | Exception::Pause { .. } => None,
        })
    }

    /// Everything planned for one date, in the order of the clock.
    fn on(&self, date: Date) -> Vec<Planned> {
        let mut times = self.rule_times(date);
        let added = self.exceptions.iter().filter_map(|exception| match exception {
            Exception::Add { date: on, at } if *on == date => Some((added_slot(*at), *at, Origin::Added)),
            _ => None,
        });
        times.extend(added);
        // Of two equal times the first is the one that rings, and the other is one too many, unless the first
        // does not ring. A moved time comes last: its morning may have rung already, and then it never will.
        times.sort_by_key(|(_, at, origin)| (*at, *origin));
        times.into_iter().map(|(slot, asked, origin)| self.planned(date, slot, asked, origin)).collect()
    }

    /// The rule's times of that date, moved ones at their new time.
    fn rule_times(&self, date: Date) -> Vec<(u32, Time, Origin)> {
        let own = self.rule.times_on(date);
        let mut times: Vec<_> = own.iter().map(|(slot, at)| (*slot, *at, Origin::Rule)).collect();
        for exception in &self.exceptions {
            let Exception::Move { date: on, slot, to } = *exception else { continue };
            if on != date {
                continue;
            }
            let slot = slot.or(own.first().map(|(slot, _)| *slot)).unwrap_or_else(|| self.rule.slot_for(to));
            match times.iter_mut().find(|(of, ..)| *of == slot) {
                Some(time) => *time = (slot, to, Origin::Moved),
                // The owner's word for one day stands above the rule, even when that has changed since.
                None => times.push((slot, to, Origin::Moved)),
            }
        }
        times
    }

    fn planned(&self, date: Date, slot: u32, asked: Time, origin: Origin) -> Planned {
        let what = match (due_on(date, asked, &self.zone), self.silence(date, slot, origin)) {
            (Due::NoSuchDate, _) => What::NoSuchDate,
            (Due::Ring(instant), None) => What::Ring(instant),
            (Due::Ring(instant), Some(silence)) => What::Silent(instant, silence),
        };
        Planned { date, slot, asked, origin, what }
    }

    /// Why a time does not ring: skip before pause before holiday, and the owner's moves and additions before
    /// all three. That she has just been woken silences those, too.
    fn silence(&self, date: Date, slot: u32, origin: Origin) -> Option<Silence> {
        let rung = SkipCause::AlreadyRung;
        if self.skips(date, slot).any(|cause| cause == rung) {
            return Some(Silence::Skipped(rung));
        }
        if origin != Origin::Rule {
            return None;
        }
        let paused = || {
            self.exceptions.iter().find_map(|exception| match *exception {
                Exception::Pause { from, until } if (from..=until).contains(&date) => {
                    Some(Silence::Paused { from, until })
                }
                _ => None,
            })
        };
        let holiday = || self.holidays.on(date).map(|name| Silence::Holiday(name.to_owned()));
        let skipped = self.skips(date, slot).next().filter(|_| !is_planted(Planted::SkipIgnored));
        let skipped = skipped.map(Silence::Skipped);
        skipped.or_else(paused).or_else(holiday)
    }

    fn skips(&self, date: Date, slot: u32) -> impl Iterator<Item = SkipCause> + '_ {
        self.exceptions.iter().filter_map(move |exception| match *exception {
            Exception::Skip { date: on, slot: of, cause } if on == date && of.is_none_or(|of| of == slot) => {
                Some(cause)
            }
            _ => None,
        })
    }
}

/// Day after day, until the rule has had no date for years.
struct Days<'a> {
    table: &'a Timetable,
    next: Option<Date>,
    empty: usize,
}

impl Iterator for Days<'_> {
    type Item = Vec<Planned>;

    fn next(&mut self) -> Option<Vec<Planned>> {
        let date = self.next.filter(|_| self.empty < DAYS_LOOKED_AT)?;
        self.next = date.tomorrow().ok();
        let planned = self.table.on(date);
        self.empty = if planned.is_empty() { self.empty + 1 } else { 0 };
        Some(planned)
    }
}

#[cfg(test)]
#[path = "timetable_tests.rs"]
mod tests;
