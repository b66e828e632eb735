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
    /// A one-off addition.
    Added,
    /// The rule.
    Rule,
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
        Coming::after(self, after, Date::MAX)
    }

    /// The first instant strictly later than `after` at which it rings.
    pub fn next_due(&self, after: Timestamp) -> Option<Timestamp> {
        self.coming(after).find_map(|planned| planned.rings_at())
    }

    /// Until when a wake-up that was due at `due_at` is still worth making (R6).
    pub fn useful_until(&self, due_at: Timestamp, useful_for: Duration) -> Timestamp {
        // Whatever comes later than this takes nothing away, and need not be looked for: for rare rules that
        // would be a walk through years.
        let reach = wanted_until(due_at, useful_for).saturating_add(CLEAR_OF_NEXT).unwrap_or(Timestamp::MAX);
        // A clock that is set back over midnight shows a date's first minutes before the last of the one before.
        let last = self.zone.to_datetime(reach).date().saturating_add(1.day());
        let next = Coming::after(self, due_at, last).find_map(|planned| planned.rings_at());
        useful_before(next, due_at, useful_for)
    }

    /// Date after date: each day for a rule that goes on, else those that are named.
    fn dates_from(&self, first: Date) -> Dates {
        let Rule::Once { date, .. } = self.rule else {
            return Dates::Each { next: Some(first), empty: 0 };
        };
        let mut named: Vec<Date> = self.named_dates().chain([date]).filter(|date| first <= *date).collect();
        named.sort_unstable();
        named.dedup();
        Dates::Named(named.into_iter())
    }

    fn named_dates(&self) -> impl Iterator<Item = Date> + '_ {
        self.exceptions.iter().filter_map(|exception| match exception {
            Exception::Move { date, .. } | Exception::Add { date, .. } => Some(*date),
            Exception::Skip { .. } | Exception::Pause { .. } => None,
        })
    }

    /// Everything planned for one date, in the order of the clock.
    fn on(&self, date: Date) -> Vec<Planned> {
        let own = self.rule.times_on(date);
        // Most days are as the rule has them, and years of days are looked through.
        let here: Vec<Exception> = self.exceptions.iter().filter(|one| one.touches(date)).copied().collect();
        if own.is_empty() && here.is_empty() {
            return Vec::new();
        }
        let mut times = self.with_moves(own, &here);
        let added = here.iter().filter_map(|exception| match exception {
            Exception::Add { at, .. } => Some((added_slot(*at), *at, Origin::Added)),
            _ => None,
        });
        times.extend(added);
        // Of two equal times the first is the one that rings, and the other is one too many, unless the first
        // does not ring. An addition comes first: the morning of a rule that has been changed, or of a move, may
        // have rung already at another time, and then it never will again.
        times.sort_by_key(|(_, at, origin)| (*at, *origin));
        let day = Day { table: self, date, exceptions: &here };
        times.into_iter().map(|(slot, asked, origin)| day.planned(slot, asked, origin)).collect()
    }

    /// The rule's times of a date, moved ones at their new time.
    fn with_moves(&self, own: Vec<(u32, Time)>, here: &[Exception]) -> Vec<(u32, Time, Origin)> {
        let first = own.first().map(|(slot, _)| *slot);
        let mut times: Vec<_> = own.into_iter().map(|(slot, at)| (slot, at, Origin::Rule)).collect();
        for exception in here {
            let Exception::Move { slot, to, .. } = *exception else { continue };
            let slot = slot.or(first).unwrap_or_else(|| self.rule.slot_for(to));
            match times.iter_mut().find(|(of, ..)| *of == slot) {
                Some(time) => *time = (slot, to, Origin::Moved),
                // The owner's word for one day stands above the rule, even when that has changed since.
                None => times.push((slot, to, Origin::Moved)),
            }
        }
        times
    }
}

/// One date, and the exceptions that touch it.
struct Day<'a> {
    table: &'a Timetable,
    date: Date,
    exceptions: &'a [Exception],
}

impl Day<'_> {
    fn planned(&self, slot: u32, asked: Time, origin: Origin) -> Planned {
        let what = match due_on(self.date, asked, &self.table.zone) {
            Due::NoSuchDate => What::NoSuchDate,
            Due::Ring(instant) => match self.silence(slot, origin) {
                None => What::Ring(instant),
                Some(silence) => What::Silent(instant, silence),
            },
        };
        Planned { date: self.date, slot, asked, origin, what }
    }

    /// Why a time does not ring: skip before pause before holiday, and the owner's moves and additions before
    /// all three. That she has just been woken silences those, too.
    fn silence(&self, slot: u32, origin: Origin) -> Option<Silence> {
        let rung = SkipCause::AlreadyRung;
        if self.skips(slot).any(|cause| cause == rung) {
            return Some(Silence::Skipped(rung));
        }
        if origin != Origin::Rule {
            return None;
        }
        let paused = || {
            self.exceptions.iter().find_map(|exception| match *exception {
                Exception::Pause { from, until } => Some(Silence::Paused { from, until }),
                _ => None,
            })
        };
        let holiday = || self.table.holidays.on(self.date).map(|name| Silence::Holiday(name.to_owned()));
        let skipped = self.skips(slot).next().filter(|_| !is_planted(Planted::SkipIgnored));
        let skipped = skipped.map(Silence::Skipped);
        skipped.or_else(paused).or_else(holiday)
    }

    fn skips(&self, slot: u32) -> impl Iterator<Item = SkipCause> + '_ {
        self.exceptions.iter().filter_map(move |exception| match *exception {
            Exception::Skip { slot: of, cause, .. } if of.is_none_or(|of| of == slot) => Some(cause),
            _ => None,
        })
    }
}

/// The coming times, date after date.
struct Coming<'a> {
    table: &'a Timetable,
    after: Timestamp,
    today: Date,
    dates: Dates,
    last_date: Date,
    /// What is left of the date looked at.
    day: std::vec::IntoIter<Planned>,
    last_ring: Option<Timestamp>,
}

impl<'a> Coming<'a> {
    /// What comes strictly later than an instant, and not after a date.
    fn after(table: &'a Timetable, after: Timestamp, last_date: Date) -> Self {
        let today = table.zone.to_datetime(after).date();
        // Yesterday's time may end up today when a gap spans midnight.
        let dates = table.dates_from(today.saturating_sub(1.day()));
        Self { table, after, today, dates, last_date, day: Vec::new().into_iter(), last_ring: None }
    }
}

impl Iterator for Coming<'_> {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        loop {
            let Some(planned) = self.day.next() else {
                let date = self.dates.next().filter(|date| *date <= self.last_date)?;
                let times = self.table.on(date);
                self.dates.saw(&times);
                self.day = times.into_iter();
                continue;
            };
            let is_to_come = match planned.instant() {
                Some(at) => self.after < at,
                None => self.today <= planned.date,
            };
            let at = planned.rings_at();
            let doubled = at.is_some() && at == self.last_ring;
            if is_to_come {
                self.last_ring = at.or(self.last_ring);
            }
            if is_to_come && !doubled {
                return Some(planned);
            }
        }
    }
}

/// The dates to look at.
enum Dates {
    /// Day after day, until the rule has had no date for years.
    Each { next: Option<Date>, empty: usize },
    /// Those that are named somewhere.
    Named(std::vec::IntoIter<Date>),
}

impl Dates {
    fn next(&mut self) -> Option<Date> {
        match self {
            Self::Each { next, empty } => {
                let date = next.filter(|_| *empty < DAYS_LOOKED_AT)?;
                *next = date.tomorrow().ok();
                Some(date)
            }
            Self::Named(dates) => dates.next(),
        }
    }

    /// What there was on the date just given.
    fn saw(&mut self, times: &[Planned]) {
        if let Self::Each { empty, .. } = self {
            *empty = if times.is_empty() { *empty + 1 } else { 0 };
        }
    }
}

fn wanted_until(due_at: Timestamp, useful_for: Duration) -> Timestamp {
    let useful_for = SignedDuration::try_from(useful_for).unwrap_or(SignedDuration::MAX);
    let least = due_at.saturating_add(ALWAYS_USEFUL_FOR).unwrap_or(Timestamp::MAX);
    due_at.saturating_add(useful_for).unwrap_or(Timestamp::MAX).max(least)
}

/// Until when a wake-up is still worth making when the next one rings at `next` (R6).
pub fn useful_before(next: Option<Timestamp>, due_at: Timestamp, useful_for: Duration) -> Timestamp {
    let clear =
        next.map_or(Timestamp::MAX, |next| next.saturating_sub(CLEAR_OF_NEXT).unwrap_or(Timestamp::MAX));
    let least = due_at.saturating_add(ALWAYS_USEFUL_FOR).unwrap_or(Timestamp::MAX);
    wanted_until(due_at, useful_for).min(clear).max(least)
}

#[cfg(test)]
#[path = "timetable_tests.rs"]
mod tests;
