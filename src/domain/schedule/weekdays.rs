//! Sets of weekdays.

use std::fmt;

use jiff::civil::Weekday;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of weekdays, never empty; in JSON a list such as `["mon","tue"]`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

/// The days in order, each with the name people read; JSON has it in small letters.
pub(super) const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Mon"),
    (Weekday::Tuesday, "Tue"),
    (Weekday::Wednesday, "Wed"),
    (Weekday::Thursday, "Thu"),
    (Weekday::Friday, "Fri"),
    (Weekday::Saturday, "Sat"),
    (Weekday::Sunday, "Sun"),
];

impl Weekdays {
    /// Every day of the week.
    pub const ALL: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WORKING: Self = Self(0b001_1111);
    /// Saturday and Sunday.
    pub const WEEKEND: Self = Self(0b110_0000);

    /// The days given; order and repetition do not matter. `None` for no day at all.
    pub fn of(days: &[Weekday]) -> Option<Self> {
        let bits = days.iter().fold(0, |bits, day| bits | bit(*day));
        (bits != 0).then_some(Self(bits))
    }

    /// Whether the day belongs to the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// Both sets together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        WEEK.into_iter().filter(move |(day, _)| self.contains(*day)).map(|(_, name)| name)
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => f.write_str("every day"),
            Self::WORKING => f.write_str("weekdays"),
            Self::WEEKEND => f.write_str("weekends"),
            days => f.write_str(&days.names().collect::<Vec<_>>().join(" ")),
        }
    }
}

impl fmt::Debug for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Weekdays({self})")
    }
}

impl Serialize for Weekdays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names().map(str::to_ascii_lowercase))
    }
}

impl<'de> Deserialize<'de> for Weekdays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let day = |name: &String| {
            let known = WEEK.into_iter().find(|(_, short)| short.eq_ignore_ascii_case(name));
            known.map(|(day, _)| day).ok_or_else(|| {
                D::Error::custom(format!(
                    "`{name}` is not a weekday: write mon, tue, wed, thu, fri, sat or sun"
                ))
            })
        };
        let days = names.iter().map(day).collect::<Result<Vec<_>, _>>()?;
        Self::of(&days).ok_or_else(|| D::Error::custom("at least one weekday is needed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_weekdays_survive_storage_and_read_well() {
        let days = Weekdays::of(&[Weekday::Sunday, Weekday::Monday, Weekday::Monday]).unwrap();
        let stored = serde_json::to_string(&days).unwrap();
        assert_eq!(stored, r#"["mon","sun"]"#);
        assert_eq!(serde_json::from_str::<Weekdays>(&stored).unwrap(), days);
        assert_eq!(days.to_string(), "Mon Sun");
        assert_eq!(Weekdays::WORKING.to_string(), "weekdays");
        assert_eq!(Weekdays::WORKING.and(Weekdays::WEEKEND), Weekdays::ALL);
    }

    #[test]
    fn a_set_without_days_or_with_an_eighth_one_is_refused() {
        assert_eq!(Weekdays::of(&[]), None);
        for wrong in ["[]", r#"["mon","holiday"]"#, "127", r#""mon""#] {
            assert!(serde_json::from_str::<Weekdays>(wrong).is_err(), "{wrong}");
        }
    }
}
