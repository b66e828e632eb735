//! What befalls a connection, drawn by seed: a pure function of the world's seed, the road, and which
//! connection on that road it is.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;

use crate::app::Road;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From whoever connected to whoever was listening.
    There,
    /// The other way.
    Back,
}

/// What is wrong with a connection. Places are counted in bytes that went one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is reset before a byte has passed.
    Rejected,
    /// It is reset after so many bytes.
    Reset(Way, u64),
    /// After so many bytes, one way is closed in good order and the other stays open.
    HalfClosed(Way, u64),
    /// From so many bytes on, nothing arrives any more that way, and nobody is told.
    Swallowed(Way, u64),
    /// The same both ways: a cable was pulled.
    Severed(u64),
    /// After so many bytes nothing passes for a while; then all of it does.
    Held(u64, Duration),
    /// That way, the reader takes so many bytes a second.
    SlowReader(Way, u64),
    /// That way, the first so many bytes come one by one.
    Drip(Way, u64),
    /// At this place, so many bytes are missing.
    Cut(Way, u64, usize),
    /// At this place, a bit is another.
    Flipped(Way, u64),
}

/// A fault by its name, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// [`Fault::Rejected`].
    Rejected,
    /// [`Fault::Reset`].
    Reset,
    /// [`Fault::HalfClosed`].
    HalfClosed,
    /// [`Fault::Swallowed`].
    Swallowed,
    /// [`Fault::Severed`].
    Severed,
    /// [`Fault::Held`].
    Held,
    /// [`Fault::SlowReader`].
    SlowReader,
    /// [`Fault::Drip`].
    Drip,
    /// [`Fault::Cut`].
    Cut,
    /// [`Fault::Flipped`].
    Flipped,
    /// Nobody listens on the road, for a while.
    Refused,
    /// Nothing passes on the whole road, for a while.
    Outage,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Rejected,
        Self::Reset,
        Self::HalfClosed,
        Self::Swallowed,
        Self::Severed,
        Self::Held,
        Self::SlowReader,
        Self::Drip,
        Self::Cut,
        Self::Flipped,
        Self::Refused,
        Self::Outage,
    ];

    /// The words for tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rejected => "reset at once",
            Self::Reset => "reset on the way",
            Self::HalfClosed => "half closed",
            Self::Swallowed => "swallowed one way",
            Self::Severed => "swallowed both ways",
            Self::Held => "held, then delivered",
            Self::SlowReader => "slow reader",
            Self::Drip => "byte by byte",
            Self::Cut => "bytes missing",
            Self::Flipped => "bit flipped",
            Self::Refused => "connection refused",
            Self::Outage => "whole road held",
        }
    }

    /// Whether this can happen on a road: where TLS guards every byte, a changed one is a broken connection.
    pub fn happens_on(self, road: Road) -> bool {
        road != Road::Rest || !matches!(self, Self::Cut | Self::Flipped)
    }
}

impl Fault {
    /// Its name; `None` for no fault.
    pub fn kind(self) -> Option<Kind> {
        Some(match self {
            Self::None => return None,
            Self::Rejected => Kind::Rejected,
            Self::Reset(..) => Kind::Reset,
            Self::HalfClosed(..) => Kind::HalfClosed,
            Self::Swallowed(..) => Kind::Swallowed,
            Self::Severed(..) => Kind::Severed,
            Self::Held(..) => Kind::Held,
            Self::SlowReader(..) => Kind::SlowReader,
            Self::Drip(..) => Kind::Drip,
            Self::Cut(..) => Kind::Cut,
            Self::Flipped(..) => Kind::Flipped,
        })
    }
}

/// What one connection lives through. Lengths are simulated time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// What is wrong.
    pub fault: Fault,
    /// Each piece takes so long.
    pub latency: Duration,
    /// And up to so much longer.
    pub jitter: Duration,
}

impl fmt::Display for Weather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, latency {:?} to {:?}", self.fault, self.latency, self.latency + self.jitter)
    }
}

/// Each fourth world is one of conversations: nearly all calls are live, and what befalls the connections of the line
/// and the models does so in the middle of them. In the others most calls are over before the first word.
pub fn is_live(seed: u64) -> bool {
    seed.is_multiple_of(4)
}

/// How bad it is: of a hundred connections, so many have a fault.
fn faults_in_100(road: Road, live: bool) -> u32 {
    match road {
        // Most of them carry a request and are over before it.
        Road::Line if live => 50,
        // A call is ten short connections: with more, hardly a call would come through.
        Road::Line => 7,
        Road::Rest if live => 20,
        Road::Rest => 45,
        Road::Model => 50,
    }
}

fn chance(seed: u64, road: Road, number: u64) -> StdRng {
    let road = match road {
        Road::Line => 1,
        Road::Rest => 2,
        Road::Model => 3,
    };
    let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    StdRng::seed_from_u64(mixed.rotate_left(17) ^ road)
}

impl Weather {
    /// Nothing is wrong, and everything arrives at once.
    pub const CALM: Self = Self { fault: Fault::None, latency: Duration::ZERO, jitter: Duration::ZERO };

    /// What connection `number` on `road` lives through.
    pub fn draw(seed: u64, road: Road, number: u64) -> Self {
        let mut rng = chance(seed, road, number);
        let (latency, jitter) = match rng.random_range(0..10) {
            0..6 => (0, 0),
            6..9 => (rng.random_range(20..200), rng.random_range(0..100)),
            _ => (rng.random_range(200..900), rng.random_range(0..900)),
        };
        let (latency, jitter) = (Duration::from_millis(latency), Duration::from_millis(jitter));
        let live = is_live(seed);
        let faulty = rng.random_ratio(faults_in_100(road, live), 100);
        let late = live && road != Road::Rest;
        let fault = if faulty { draw_fault(&mut rng, road, late) } else { Fault::None };
        Self { fault, latency, jitter }
    }
}

/// A `late` one comes when what is under way is a conversation.
fn draw_fault(rng: &mut StdRng, road: Road, late: bool) -> Fault {
    let way = if rng.random() { Way::There } else { Way::Back };
    let place = if late { rng.random_range(8_000..400_000) } else { place(rng) };
    let last = if Kind::Flipped.happens_on(road) { 10 } else { 8 };
    match rng.random_range(0..last) {
        0 if late => Fault::SlowReader(Way::There, rng.random_range(4_000..16_000)),
        0 => Fault::Rejected,
        1 => Fault::Reset(way, place),
        2 => Fault::HalfClosed(way, place),
        3 => Fault::Swallowed(way, place),
        4 => Fault::Severed(place),
        5 => Fault::Held(place, Duration::from_millis(rng.random_range(500..40_000))),
        // Somewhat slower than somebody speaks: what is said piles up at the other end.
        6 if late => Fault::SlowReader(way, rng.random_range(4_000..16_000)),
        6 => Fault::SlowReader(way, rng.random_range(20..400)),
        7 => Fault::Drip(way, rng.random_range(100..800)),
        8 => Fault::Cut(way, place, rng.random_range(1..60)),
        _ => Fault::Flipped(way, place),
    }
}

/// Most requests are over after a kilobyte; a session goes on for hundreds.
fn place(rng: &mut StdRng) -> u64 {
    match rng.random_range(0..10) {
        0 => 0,
        1..7 => rng.random_range(1..1_200),
        7..9 => rng.random_range(1_200..20_000),
        _ => rng.random_range(20_000..300_000),
    }
}

/// A stretch of time in which a whole road is closed, simulated, since the world began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// From then on.
    pub from: Duration,
    /// Until then.
    pub until: Duration,
    /// Whether whoever connects is refused; else nothing arrives until it is over.
    pub refuses: bool,
}

/// When `road` is closed as a whole in a world that lasts about `length`. In order of time.
pub fn draw_closures(seed: u64, road: Road, length: Duration) -> Vec<Closed> {
    // Beside the connections' own numbers.
    let mut rng = chance(seed, road, u64::MAX);
    let mut closures = Vec::new();
    let mut at = Duration::ZERO;
    loop {
        at += Duration::from_secs(rng.random_range(60..180));
        if at >= length {
            return closures;
        }
        let lasts = match rng.random_range(0..4) {
            0 => rng.random_range(20_000..45_000),
            _ => rng.random_range(500..8_000),
        };
        let until = at + Duration::from_millis(lasts);
        closures.push(Closed { from: at, until, refuses: rng.random() });
        at = until;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ROADS: [Road; 3] = [Road::Line, Road::Rest, Road::Model];

    #[test]
    fn the_same_seed_is_the_same_weather_and_another_seed_another() {
        for road in ROADS {
            let all = |seed| (0..200).map(|number| Weather::draw(seed, road, number)).collect::<Vec<_>>();
            assert_eq!(all(1), all(1));
            assert_ne!(all(1), all(2));
            let length = Duration::from_mins(30);
            assert_eq!(draw_closures(1, road, length), draw_closures(1, road, length));
        }
        let on = |road| (0..200).map(|number| Weather::draw(1, road, number)).collect::<Vec<_>>();
        assert_ne!(on(Road::Line), on(Road::Model));
    }

    #[test]
    fn every_fault_befalls_every_road_it_can() {
        for road in ROADS {
            let drawn: BTreeSet<Kind> =
                (0..2_000).filter_map(|number| Weather::draw(7, road, number).fault.kind()).collect();
            let expected: BTreeSet<Kind> = Kind::ALL
                .into_iter()
                .filter(|kind| kind.happens_on(road) && !matches!(kind, Kind::Refused | Kind::Outage))
                .collect();
            assert_eq!(drawn, expected, "{road:?}");
        }
    }

    #[test]
    fn in_a_world_of_conversations_a_fault_of_the_line_comes_in_the_middle_of_one() {
        let places = (0..2_000).filter_map(|number| match Weather::draw(8, Road::Line, number).fault {
            Fault::Reset(_, at) | Fault::HalfClosed(_, at) | Fault::Swallowed(_, at) | Fault::Held(at, _) => {
                Some(at)
            }
            Fault::Rejected => Some(0),
            _ => None,
        });
        let places: Vec<u64> = places.collect();
        assert!(places.len() > 300 && places.iter().all(|at| *at >= 8_000), "{places:?}");
        let early =
            (0..2_000).filter(|number| Weather::draw(8, Road::Rest, *number).fault == Fault::Rejected);
        assert!(early.count() > 10, "what is asked of the carrier is disturbed as ever");
    }

    #[test]
    fn closures_follow_one_another_and_leave_time_between() {
        for seed in 0..50 {
            let closures = draw_closures(seed, Road::Rest, Duration::from_mins(20));
            assert!(closures.len() > 3, "{closures:?}");
            for pair in closures.windows(2) {
                assert!(pair[0].from < pair[0].until && pair[0].until < pair[1].from, "{pair:?}");
            }
        }
    }
}
