//! What only builds for trials listen to: where to die, and how fast time runs. In a release these names are
//! unknown, and the start says so.

use jiff::Timestamp;

use super::reader::Reader;
use crate::failpoint::Order;

/// The names, for builds with debug assertions.
#[cfg(all(debug_assertions, feature = "planted-bugs"))]
pub(super) const NAMES: &[&str] = &["WAKEUP_COACH_DIE_AT", "WAKEUP_COACH_TIME", crate::planted::VARIABLE];
#[cfg(all(debug_assertions, not(feature = "planted-bugs")))]
pub(super) const NAMES: &[&str] = &["WAKEUP_COACH_DIE_AT", "WAKEUP_COACH_TIME"];
#[cfg(not(debug_assertions))]
pub(super) const NAMES: &[&str] = &[];

/// Time that has run `speed` times as fast as the machine's since `origin`. All processes that are told the
/// same agree on what time it is, however often they are started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FastTime {
    /// When both clocks agreed.
    pub origin: Timestamp,
    /// How fast it has been since.
    pub speed: f64,
}

impl FastTime {
    /// What time it is there when the machine's clock says `now`.
    pub fn at(&self, now: Timestamp) -> Timestamp {
        let since = now.duration_since(self.origin).mul_f64(self.speed);
        self.origin.saturating_add(since).unwrap_or(Timestamp::MAX)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a faster time: write 20@2026-03-02T05:00:00Z");
        let (speed, origin) = text.split_once('@').ok_or_else(wrong)?;
        let speed = speed.parse().ok().filter(|speed: &f64| speed.is_finite() && *speed > 0.0);
        Ok(Self { origin: origin.parse().map_err(|_| wrong())?, speed: speed.ok_or_else(wrong)? })
    }
}

/// What a trial wants of this process; nothing by default, and always nothing in a release.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TrialSettings {
    /// Where to die.
    pub die_at: Option<Order>,
    /// How time runs.
    pub time: Option<FastTime>,
}

pub(super) fn read(read: &mut Reader) -> TrialSettings {
    if NAMES.is_empty() {
        return TrialSettings::default();
    }
    TrialSettings {
        die_at: read.parsed("WAKEUP_COACH_DIE_AT", str::parse),
        time: read.parsed("WAKEUP_COACH_TIME", FastTime::parse),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_time_is_the_same_for_all_who_are_told_of_it() {
        let time = FastTime::parse("20@2026-03-02T05:00:00Z").unwrap();
        let at = |text: &str| time.at(text.parse().unwrap()).to_string();
        assert_eq!(at("2026-03-02T05:00:00Z"), "2026-03-02T05:00:00Z");
        assert_eq!(at("2026-03-02T05:00:03Z"), "2026-03-02T05:01:00Z");
        for wrong in ["20", "0@2026-03-02T05:00:00Z", "x@2026-03-02T05:00:00Z", "20@yesterday", "inf@1"] {
            FastTime::parse(wrong).unwrap_err();
        }
    }
}
