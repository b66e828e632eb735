//! More wake-ups at once than the account may dial: seen ahead, and told how late the last one will ring.

use jiff::{SignedDuration, Timestamp};

use super::schedule::in_words;
use super::wake_up::ON_TIME;

/// Calls that the carrier lets every account begin in a second.
pub const CALLS_PER_SECOND: f64 = 1.0;

/// A stretch in which wake-ups wait for each other, some of them for so long that they are late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Burst {
    /// When the first of them is due.
    pub from: Timestamp,
    /// When the last of them is due.
    pub until: Timestamp,
    /// How many there are.
    pub calls: usize,
    /// How late the one that waits longest rings.
    pub late_by: SignedDuration,
}

impl Burst {
    /// How late that is, to the second where it matters.
    pub fn late_in_words(&self) -> String {
        if self.late_by < SignedDuration::from_mins(5) {
            return format!("{} s", self.late_by.as_secs());
        }
        in_words(self.late_by)
    }
}

/// The bursts among instants in order, when so many calls begin in a second. Only first calls are counted:
/// redials come on top, so it is the least that will happen.
pub fn bursts(dues: &[Timestamp], calls_per_second: f64) -> Vec<Burst> {
    let period = SignedDuration::try_from_secs_f64(1.0 / calls_per_second).unwrap_or(SignedDuration::MAX);
    let mut found: Vec<Burst> = Vec::new();
    let mut stretch: Option<Burst> = None;
    let mut free_at = Timestamp::MIN;
    for due in dues {
        let rings_at = free_at.max(*due);
        let late_by = rings_at.duration_since(*due);
        free_at = rings_at.saturating_add(period).unwrap_or(Timestamp::MAX);
        match &mut stretch {
            Some(burst) if late_by > SignedDuration::ZERO => {
                *burst = Burst {
                    until: *due,
                    calls: burst.calls + 1,
                    late_by: burst.late_by.max(late_by),
                    ..*burst
                };
            }
            _ => {
                found.extend(stretch);
                stretch = Some(Burst { from: *due, until: *due, calls: 1, late_by });
            }
        }
    }
    found.extend(stretch);
    found.retain(|burst| burst.late_by > ON_TIME);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half_past_six() -> Timestamp {
        "2026-03-02T05:30:00Z".parse().unwrap()
    }

    /// So many wake-ups at so many seconds after half past six, each.
    fn check(planned: &[(usize, i64)], calls_per_second: f64, expected: &[(i64, usize, i64)]) {
        let at = |secs| half_past_six().saturating_add(SignedDuration::from_secs(secs)).unwrap();
        let dues: Vec<_> =
            planned.iter().flat_map(|(calls, secs)| std::iter::repeat_n(at(*secs), *calls)).collect();
        let found: Vec<_> = bursts(&dues, calls_per_second)
            .iter()
            .map(|burst| {
                (burst.from.duration_since(half_past_six()).as_secs(), burst.calls, burst.late_by.as_secs())
            })
            .collect();
        assert_eq!(found, expected, "{planned:?} at {calls_per_second} a second");
    }

    #[test]
    fn what_can_be_dialled_within_a_minute_is_no_burst() {
        check(&[], 1.0, &[]);
        check(&[(1, 0)], 1.0, &[]);
        check(&[(61, 0)], 1.0, &[]);
        check(&[(300, 0)], 5.0, &[]);
        check(&[(60, 0), (60, 60), (60, 120)], 1.0, &[]);
        check(&[(5, 0)], 0.1, &[]);
    }

    #[test]
    fn what_cannot_is_one_and_says_how_late_the_last_one_rings() {
        check(&[(90, 0)], 1.0, &[(0, 90, 89)]);
        check(&[(62, 0)], 1.0, &[(0, 62, 61)]);
        check(&[(10_000, 0)], 1.0, &[(0, 10_000, 9_999)]);
        check(&[(400, 0)], 5.0, &[(0, 400, 79)]);
        check(&[(9, 0)], 0.1, &[(0, 9, 80)]);
    }

    #[test]
    fn lateness_is_told_to_the_second_until_it_is_long() {
        let late = |secs| {
            let (from, late_by) = (half_past_six(), SignedDuration::from_secs(secs));
            Burst { from, until: from, calls: 90, late_by }.late_in_words()
        };
        assert_eq!([late(89), late(299), late(300), late(9_999)], ["89 s", "299 s", "5 min", "2 h 46 min"]);
    }

    #[test]
    fn what_waits_spills_into_the_minutes_after() {
        check(&[(60, 0), (90, 30)], 1.0, &[(0, 150, 119)]);
        // The queue was empty in between: two stretches, one of them harmless.
        check(&[(90, 0), (10, 300), (90, 600)], 1.0, &[(0, 90, 89), (600, 90, 89)]);
    }
}
