//! How the daemon dies, life after life, drawn by seed.

use std::fmt;

use rand::Rng;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use crate::failpoint::{Order, Point};

/// Of a hundred deaths, so many happen at a moment that nobody chose.
const RANDOM_IN_100: u32 = 30;
/// Of a hundred deaths, so many are followed by another before the daemon has found its feet again.
const TWICE_IN_100: u32 = 20;
/// A life that may do some work, in hundredths of the time that a start takes.
const LIFE_MAX: u32 = 400;
/// A life that ends while it still reads what the last one left behind, likewise.
const RECOVERY_MAX: u32 = 120;
/// At which passage of a point to die, at most: the first call after a start is not like the third.
const PASSAGE_MAX: u32 = 3;
/// A power cut comes at one of so many first writes or syncs of a life: a start takes half of them.
const WRITES: u32 = 120;
const SYNCS: u32 = 16;
/// Where a power cut hurts most: the carrier has been asked, and what was written down before must be there.
const CUTS_FIRST: [Point; 10] = [
    Point::Accepted,
    Point::Told,
    Point::Bound,
    Point::Claimed,
    Point::Finished,
    Point::Again,
    Point::Asked,
    Point::Progress,
    Point::Document,
    Point::Due,
];

/// How one life of the daemon ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// At a point of the dial protocol.
    At(Order),
    /// Wherever it is when so many hundredths of a start's usual time have passed.
    After(u32),
    /// Likewise, so soon after another death that it is still recovering.
    Recovering(u32),
    /// As it begins the so-manieth write of this life (needs strace).
    Writing(u32),
    /// As it begins the so-manieth sync of this life: all is written, and nothing is safe (needs strace).
    Syncing(u32),
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(order) => write!(f, "at {order}"),
            Self::After(life) => write!(f, "after {life} hundredths of a start"),
            Self::Recovering(life) => write!(f, "again, after {life} hundredths of a start"),
            Self::Writing(at) => write!(f, "at write {at}"),
            Self::Syncing(at) => write!(f, "at sync {at}"),
        }
    }
}

/// `kills` deaths; every point has its turn before any comes again.
pub fn draw(kills: usize, rng: &mut impl Rng) -> Vec<Death> {
    let mut deaths = Vec::with_capacity(kills);
    let mut points: Vec<Point> = Vec::new();
    while deaths.len() < kills {
        if rng.random_ratio(RANDOM_IN_100, 100) {
            deaths.push(Death::After(rng.random_range(0..=LIFE_MAX)));
        } else {
            if points.is_empty() {
                points = Point::ALL.to_vec();
                points.shuffle(rng);
            }
            let point = points.pop().expect("filled above");
            // Streams are few: whoever waits for the third one mostly waits in vain.
            let most = if matches!(point, Point::Stream | Point::Model) { 1 } else { PASSAGE_MAX };
            deaths.push(Death::At(Order { point, passage: rng.random_range(1..=most) }));
        }
        if rng.random_ratio(TWICE_IN_100, 100) {
            deaths.push(Death::Recovering(rng.random_range(0..=RECOVERY_MAX)));
        }
    }
    deaths.truncate(kills);
    deaths
}

/// `cuts` deaths by a power cut: every third before a write or, more often, a sync, the others at each point in turn.
pub fn draw_cuts(cuts: usize, rng: &mut impl Rng) -> Vec<Death> {
    let mut points: Vec<Order> =
        CUTS_FIRST.iter().rev().map(|point| Order { point: *point, passage: 1 }).collect();
    let draw = |number: usize| {
        if number % 3 == 2 {
            return if rng.random_ratio(1, 4) {
                Death::Writing(rng.random_range(1..=WRITES))
            } else {
                Death::Syncing(rng.random_range(1..=SYNCS))
            };
        }
        if points.is_empty() {
            points
                .extend(CUTS_FIRST.map(|point| Order { point, passage: rng.random_range(1..=PASSAGE_MAX) }));
            points.shuffle(rng);
        }
        Death::At(points.pop().expect("filled above"))
    };
    (0..cuts).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn a_plan_is_repeatable_and_has_every_point_in_it() {
        let plan = |seed| draw(60, &mut StdRng::seed_from_u64(seed));
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7), plan(8));
        for point in Point::ALL {
            let dies_here = |death: &Death| matches!(death, Death::At(order) if order.point == point);
            assert!(plan(7).iter().any(dies_here), "{point}");
        }
        assert!(plan(7).iter().any(|death| matches!(death, Death::Recovering(_))));
        assert_eq!(plan(7).len(), 60);
    }

    #[test]
    fn power_cuts_come_where_they_hurt_first_and_in_the_middle_of_writes() {
        let plan = |seed| draw_cuts(40, &mut StdRng::seed_from_u64(seed));
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7), plan(8));
        assert_eq!(plan(7)[0], Death::At("D3:1".parse().unwrap()));
        for point in CUTS_FIRST {
            let dies_here = |death: &Death| matches!(death, Death::At(order) if order.point == point);
            assert!(plan(7).iter().filter(|death| dies_here(death)).count() >= 2, "{point}");
        }
        let of = |wanted: fn(&Death) -> bool| plan(7).iter().filter(|death| wanted(death)).count();
        let (writing, syncing) =
            (of(|death| matches!(death, Death::Writing(_))), of(|death| matches!(death, Death::Syncing(_))));
        assert!(writing > 0 && syncing > writing && writing + syncing == 13, "{writing} and {syncing}");
    }
}
