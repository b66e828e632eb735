//! Whether the wall clock can be relied on: whether it jumps (R8), and whether it can be right at all.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The wall clock may run this much ahead of, or behind, the monotonic one from one look to the next.
const DRIFT_MAX: SignedDuration = SignedDuration::from_secs(2);
/// How far the carrier's clock may be from ours: its answer travels, and tells whole seconds.
const CARRIER_APART_MAX: SignedDuration = SignedDuration::from_secs(60);

/// Compares both clocks from look to look.
#[derive(Debug, Default)]
pub struct ClockWatch {
    last: Option<(Timestamp, Duration)>,
}

impl ClockWatch {
    /// How far the wall clock has jumped since the last look; `None` when it has not.
    pub fn look(&mut self, now: Timestamp, elapsed: Duration) -> Option<SignedDuration> {
        let (then, elapsed_then) = self.last.replace((now, elapsed))?;
        let passed =
            SignedDuration::try_from(elapsed.saturating_sub(elapsed_then)).unwrap_or(SignedDuration::MAX);
        let jump = now.duration_since(then).saturating_sub(passed);
        (jump.abs() > DRIFT_MAX).then_some(jump)
    }
}

/// Why a clock that shows `now` cannot be right; `None` when it may be. `built` is the year of the zone data
/// built into this program, and `carrier` what the carrier's clock showed at that moment, if it said so.
pub fn is_wrong(now: Timestamp, built: i16, carrier: Option<Timestamp>) -> Option<String> {
    let year = now.to_zoned(TimeZone::UTC).year();
    if year < built {
        return Some(format!("it shows the year {year}"));
    }
    let apart = now.duration_since(carrier?);
    let side = if apart.is_positive() { "ahead of" } else { "behind" };
    (apart.abs() > CARRIER_APART_MAX)
        .then(|| format!("it is {} s {side} the carrier's", apart.abs().as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The jump seen when the wall clock moves by `wall_ms` while `elapsed_ms` pass.
    fn check(wall_ms: i64, elapsed_ms: u64, expected_secs: Option<i64>) {
        let start = at("2026-03-02T05:30:00Z");
        let mut watch = ClockWatch::default();
        assert_eq!(watch.look(start, Duration::from_hours(5)), None, "the first look compares nothing");
        let now = start + SignedDuration::from_millis(wall_ms);
        let jump = watch.look(now, Duration::from_hours(5) + Duration::from_millis(elapsed_ms));
        assert_eq!(jump.map(|jump| jump.as_secs()), expected_secs, "{wall_ms} {elapsed_ms}");
        assert!(watch.look(now, Duration::from_hours(6)).is_some(), "a clock that stands jumps back");
    }

    #[test]
    fn a_clock_that_is_set_jumps_and_one_that_is_slewed_does_not() {
        check(1_000, 1_000, None);
        check(1_900, 100, None);
        check(-1_000, 900, None);
        check(3_600_000 + 1_000, 1_000, Some(3_600));
        check(-3_600_000 + 1_000, 1_000, Some(-3_600));
        check(-15_000, 1_000, Some(-16));
        // A machine that slept: the monotonic clock slept with it.
        check(8 * 3_600_000, 3_000, Some(28_797));
    }

    #[test]
    fn jumps_are_told_once_each() {
        let start = at("2026-03-02T05:30:00Z");
        let mut watch = ClockWatch::default();
        watch.look(start, Duration::ZERO);
        let stepped = start + SignedDuration::from_hours(1);
        assert!(watch.look(stepped, Duration::from_secs(1)).is_some());
        assert_eq!(watch.look(stepped + SignedDuration::from_secs(1), Duration::from_secs(2)), None);
    }

    #[test]
    fn a_clock_is_wrong_before_this_program_was_made_or_far_from_the_carriers() {
        let now = at("2026-03-02T05:30:00Z");
        assert_eq!(is_wrong(now, 2026, None), None);
        assert_eq!(
            is_wrong(at("1970-01-01T00:00:05Z"), 2026, None),
            Some("it shows the year 1970".to_owned())
        );
        for (carrier, expected) in [
            ("2026-03-02T05:30:59Z", None),
            ("2026-03-02T05:29:00Z", None),
            ("2026-03-02T05:31:01Z", Some("it is 61 s behind the carrier's")),
            ("2026-03-02T04:30:00Z", Some("it is 3600 s ahead of the carrier's")),
        ] {
            assert_eq!(is_wrong(now, 2026, Some(at(carrier))).as_deref(), expected, "{carrier}");
        }
    }
}
