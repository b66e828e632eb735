//! Named moments of a call's life at which a build for trials can be told to die, as if by `kill -9`.
//!
//! The places are those where a crash hurts most: D0 to D11 of the dial protocol, one line each where they are
//! passed. Only builds with debug assertions listen to `WAKEUP_COACH_DIE_AT`; in a release nothing is left.

use std::fmt;
use std::str::FromStr;

/// A moment of the dial protocol, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    /// D0: a wake-up stands in the database and is due; nothing has been done about it.
    Due,
    /// D1: the claim and the intent are on disk.
    Claimed,
    /// D2: the carrier is being asked; the request may be on its way.
    Asked,
    /// D3: the carrier has begun to answer.
    Accepted,
    /// D4: its answer has been read.
    Told,
    /// D5: the call's name is on disk.
    Bound,
    /// D6: a status callback is on disk, but not acknowledged.
    Progress,
    /// D7: the document for a call that was answered is on disk, but not sent.
    Document,
    /// D8: the media stream has begun, its ticket is torn.
    Stream,
    /// D9: sleeper and model are about to be connected.
    Model,
    /// D10: the outcome is on disk.
    Finished,
    /// D11: the next call is on disk.
    Again,
}

impl Point {
    /// Every point, in order: D0 is the first.
    pub const ALL: [Self; 12] = [
        Self::Due,
        Self::Claimed,
        Self::Asked,
        Self::Accepted,
        Self::Told,
        Self::Bound,
        Self::Progress,
        Self::Document,
        Self::Stream,
        Self::Model,
        Self::Finished,
        Self::Again,
    ];
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "D{}", *self as usize)
    }
}

/// Where to die: `D4`, or `D4:2` for the second time it is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The point.
    pub point: Point,
    /// At which passage, counted from 1.
    pub passage: u32,
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a point of the dial protocol: write D0 to D11, or D4:2");
        let (name, passage) = text.split_once(':').unwrap_or((text, "1"));
        let point = Point::ALL.into_iter().find(|point| point.to_string() == name).ok_or_else(wrong)?;
        let passage = passage.parse().ok().filter(|passage| *passage > 0).ok_or_else(wrong)?;
        Ok(Self { point, passage })
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.point, self.passage)
    }
}

/// Has this process die where `order` says. For the program's start; only the first order counts.
pub fn arm(order: Order) {
    #[cfg(debug_assertions)]
    trial::arm(order);
    #[cfg(not(debug_assertions))]
    let _ = order;
}

/// This point has been reached; whoever was told to die here does not return.
#[inline]
pub fn pass(point: Point) {
    #[cfg(debug_assertions)]
    if trial::is_now(point) {
        trial::die();
    }
    #[cfg(not(debug_assertions))]
    let _ = point;
}

/// This point is about to be reached by others, such as the carrier; whoever was told to die here does so
/// within the next milliseconds, whatever it is doing then.
#[inline]
pub fn about_to_pass(point: Point) {
    #[cfg(debug_assertions)]
    if trial::is_now(point) {
        trial::die_soon();
    }
    #[cfg(not(debug_assertions))]
    let _ = point;
}

#[cfg(debug_assertions)]
mod trial {
    use std::hash::{BuildHasher as _, RandomState};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::{Order, Point};

    /// A request to a carrier next door takes a few milliseconds: death comes before, in and after it.
    const SOON_MICROS_MAX: u64 = 6_000;

    pub(super) struct Death {
        order: Order,
        passed: AtomicU32,
    }

    impl Death {
        pub fn at(order: Order) -> Self {
            Self { order, passed: AtomicU32::new(0) }
        }

        pub fn is_now(&self, point: Point) -> bool {
            point == self.order.point && self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.order.passage
        }
    }

    static DEATH: OnceLock<Death> = OnceLock::new();

    pub(super) fn arm(order: Order) {
        // A second order would only be a mistake of the caller's; the first one stands.
        let _ = DEATH.set(Death::at(order));
    }

    pub(super) fn is_now(point: Point) -> bool {
        DEATH.get().is_some_and(|death| death.is_now(point))
    }

    pub(super) fn die() {
        let own = rustix::process::getpid();
        // Nothing is flushed and no destructor runs, as when the machine's owner kills us.
        let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
        // Reached only where killing is forbidden: any sudden end will do.
        std::process::abort();
    }

    pub(super) fn die_soon() {
        let micros = RandomState::new().hash_one(0) % SOON_MICROS_MAX;
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_micros(micros));
            die();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_a_point_and_a_passage() {
        let order = |text: &str| text.parse::<Order>();
        assert_eq!(order("D0"), Ok(Order { point: Point::Due, passage: 1 }));
        assert_eq!(order("D11:3"), Ok(Order { point: Point::Again, passage: 3 }));
        for point in Point::ALL {
            let asked = Order { point, passage: 2 };
            assert_eq!(order(&asked.to_string()), Ok(asked));
        }
        for wrong in ["", "D12", "d1", "D1:0", "D1:x", "4", "D1:"] {
            let told = order(wrong).unwrap_err();
            assert!(told.contains("D0 to D11"), "{told}");
        }
    }

    #[cfg(debug_assertions)]
    #[test]
    fn death_comes_at_the_passage_asked_for_and_at_no_other() {
        let death = trial::Death::at("D4:2".parse().unwrap());
        let passed = [Point::Told, Point::Bound, Point::Told, Point::Told].map(|point| death.is_now(point));
        assert_eq!(passed, [false, false, true, false]);
    }
}
