//! Who lives there: the sleeper, her schedules, and how they are drawn from the seed.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};
use rand::{Rng, RngExt as _};

use super::journal::{Version, Wish};
use super::world::instant;
use super::zonebook::Zonebook;
use crate::domain::ids::{OccurrenceId, ScheduleId, SleeperId};
use crate::domain::mode::Probability;
use crate::domain::phone::PhoneNumber;
use crate::domain::policy::{CheckCalls, MorningPolicy};
use crate::domain::schedule::{Holidays, Timetable};
use crate::domain::wake_up::SETTLE;
use crate::store::schedules::Schedule;

/// One schedule, and the journal of what was asked for in it.
pub(super) struct Plan {
    pub(super) schedule: Schedule,
    pub(super) place: usize,
    pub(super) wish: Wish,
    pub(super) table: Timetable,
    pub(super) versions: Vec<Version>,
}

/// Who lives there.
pub(super) struct Household {
    /// Who sleeps there, and her number.
    pub(super) sleepers: Vec<(SleeperId, PhoneNumber)>,
    /// How many calls the account may begin in a second.
    pub(super) calls_per_second: f64,
    /// How long the carrier may take to list a call, by the settings.
    pub(super) settle: Duration,
    pub(super) realtime: Probability,
    pub(super) plans: Vec<Plan>,
    pub(super) release: usize,
    /// Wake-ups that the owner cancelled.
    pub(super) cancelled: BTreeSet<OccurrenceId>,
    /// Wake-ups that the owner put off, and when.
    pub(super) snoozed: Vec<(OccurrenceId, Timestamp)>,
}

impl Household {
    pub(super) fn draw(zones: &Zonebook, now_ms: i64, rng: &mut impl Rng) -> Self {
        let now = instant(now_ms);
        // One in five is a household of several people.
        let people = [1, 1, 1, 1, 2, 1, 1, 1, 1, 3][rng.random_range(0..10)];
        let sleepers: Vec<_> =
            numbers().iter().take(people).map(|number| (SleeperId::new(now, rng), number.clone())).collect();
        // Two in five have a second schedule.
        let rules = |rng: &mut dyn Rng| if rng.random_range(0..5) < 2 { 2 } else { 1 };
        let mut plans = Vec::new();
        for (sleeper, _) in &sleepers {
            for _ in 0..rules(rng) {
                plans.push(Plan::draw(zones, *sleeper, now, rng));
            }
        }
        let realtime = [0.0, 0.5, 0.75, 1.0][rng.random_range(0..4)];
        Self {
            sleepers,
            calls_per_second: [0.2, 1.0, 1.0, 5.0][rng.random_range(0..4)],
            settle: [SETTLE, SETTLE, SETTLE * 4, SETTLE * 12][rng.random_range(0..4)],
            realtime: Probability::new(realtime).unwrap_or(Probability::ALWAYS),
            plans,
            release: 0,
            cancelled: BTreeSet::new(),
            snoozed: Vec::new(),
        }
    }
}

/// Numbers enough for the largest household, read once.
fn numbers() -> &'static [PhoneNumber] {
    static NUMBERS: LazyLock<Vec<PhoneNumber>> = LazyLock::new(|| {
        let number = |text| PhoneNumber::parse(text).expect("a number of the right length");
        ["+14155550142", "+14155550143", "+14155550144"].map(number).to_vec()
    });
    &NUMBERS
}

impl Household {
    /// Her number.
    pub(super) fn number_of(&self, sleeper: SleeperId) -> &PhoneNumber {
        let found = self.sleepers.iter().find(|(id, _)| *id == sleeper);
        &found.expect("everybody who is woken lives here").1
    }

    /// One of them, by chance.
    pub(super) fn anybody(&self, rng: &mut impl Rng) -> SleeperId {
        self.sleepers[rng.random_range(0..self.sleepers.len())].0
    }

    pub(super) fn settle_ms(&self) -> i64 {
        i64::try_from(self.settle.as_millis()).unwrap_or(i64::MAX)
    }
}

impl Plan {
    fn draw(zones: &Zonebook, sleeper: SleeperId, now: Timestamp, rng: &mut impl Rng) -> Self {
        let place = rng.random_range(0..zones.len());
        let zone = zones.zone(place, 0).clone();
        let wish = draw_wish(zone.to_datetime(now).date(), rng);
        let mut schedule =
            Schedule::new(ScheduleId::new(now, rng), sleeper, wish.rule(), zones.name(place), now);
        schedule.policy = draw_policy(rng);
        schedule.useful_for = Duration::from_mins([30, 120, 120, 240][rng.random_range(0..4)]);
        let mut table = Timetable::new(schedule.rule.clone(), zone);
        if rng.random_range(0..4) == 0 {
            let today = table.zone.to_datetime(now).date();
            let free = |rng: &mut dyn Rng| today.saturating_add(rng.random_range(0..370_i64).days());
            table.holidays = (0..12).map(|_| (free(rng), "a holiday".to_owned())).collect::<Holidays>();
        }
        let mut plan = Self { schedule, place, wish, table, versions: Vec::new() };
        plan.write_version(now, false);
        plan
    }

    /// What stands now goes into the journal.
    pub(super) fn write_version(&mut self, from: Timestamp, by_zone_data: bool) {
        self.versions.push(Version {
            from,
            rings: self.schedule.enabled,
            wish: self.wish.clone(),
            zone: self.table.zone.clone(),
            epoch: self.schedule.zone_epoch,
            exceptions: self.table.exceptions.clone(),
            holidays: self.table.holidays.iter().map(|(date, _)| date).collect(),
            by_zone_data,
        });
    }
}

pub(super) fn draw_wish(today: Date, rng: &mut impl Rng) -> Wish {
    let at = draw_time(rng);
    match rng.random_range(0..10) {
        0..6 => Wish::Weekly { days: draw_days(rng), at },
        6..8 => Wish::Once { date: today.saturating_add(rng.random_range(1..20_i64).days()), at },
        _ => {
            let mut hours: Vec<i8> = (0..rng.random_range(1..4)).map(|_| rng.random_range(0..24)).collect();
            hours.sort_unstable();
            hours.dedup();
            Wish::Several { days: draw_days(rng), hours, minute: rng.random_range(0..4) * 15 }
        }
    }
}

fn draw_days(rng: &mut impl Rng) -> [bool; 7] {
    match rng.random_range(0..4) {
        0 => [true; 7],
        1 => [true, true, true, true, true, false, false],
        2 => [false, false, false, false, false, true, true],
        _ => {
            let mut days = [false; 7];
            days[rng.random_range(0..7)] = true;
            days[rng.random_range(0..7)] = true;
            days
        }
    }
}

/// Mostly mornings, and often the hours in which clocks change.
pub(super) fn draw_time(rng: &mut impl Rng) -> Time {
    let hour = match rng.random_range(0..4) {
        0 => rng.random_range(0..4),
        1 => rng.random_range(0..24),
        _ => rng.random_range(5..9),
    };
    Time::constant(hour, rng.random_range(0..12) * 5, 0, 0)
}

fn draw_policy(rng: &mut impl Rng) -> MorningPolicy {
    MorningPolicy {
        check: [CheckCalls::Off, CheckCalls::Once, CheckCalls::Strict][rng.random_range(0..3)],
        ring_secs: [20, 45, 60][rng.random_range(0..3)],
        calls_allowed: [1, 3, 8, 12][rng.random_range(0..4)],
        deadline_mins: [20, 60, 120][rng.random_range(0..3)],
        snoozes: rng.random_range(0..3),
        ..MorningPolicy::default()
    }
}
