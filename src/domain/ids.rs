//! Identifiers. Ours are time-ordered UUIDs; the carrier's are opaque text that we never take apart.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use rand::{Rng, RngExt as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! own_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh identifier; those made later sort later.
            pub fn new(now: Timestamp, rng: &mut impl Rng) -> Self {
                Self(time_ordered(now, rng))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

own_id!(
    /// The person we wake.
    SleeperId
);
own_id!(
    /// A standing rule.
    ScheduleId
);
own_id!(
    /// What one day of a schedule does otherwise.
    ExceptionId
);
own_id!(
    /// A calendar of holidays.
    CalendarId
);
own_id!(
    /// One planned wake-up.
    OccurrenceId
);
own_id!(
    /// One try to reach the sleeper.
    AttemptId
);
own_id!(
    /// A token that may do a part of what the owner may.
    TokenId
);

own_id!(
    /// A sleeper's back-up person.
    ContactId
);
own_id!(
    /// Something that somebody should look at.
    AlertId
);
own_id!(
    /// One piece of news for one person by one way.
    NoticeId
);

impl AttemptId {
    /// Random bits, the same whenever they are asked: for choices that a repeated question must not change.
    pub fn chance(self) -> u64 {
        self.0.as_u64_pair().1
    }
}

fn time_ordered(now: Timestamp, rng: &mut impl Rng) -> Uuid {
    // An instant before 1970 can only come from a broken clock; the id merely sorts first then.
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &rng.random()).into_uuid()
}

/// The carrier's name for a call (Twilio's `CallSid`); opaque, since compatible carriers use UUIDs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(String);

impl CallId {
    /// Wraps the carrier's identifier as it came.
    pub fn new(sid: impl Into<String>) -> Self {
        Self(sid.into())
    }

    /// The identifier as the carrier wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A secret path segment: 128 random bits in lower-case hexadecimal.
///
/// It stands in the webhook addresses of one attempt (so that any signed webhook can be bound to it,
/// however late), and, drawn separately, in the address of its media socket.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(String);

impl Nonce {
    /// Draws a fresh one.
    pub fn new(rng: &mut impl Rng) -> Self {
        Self(format!("{:032x}", rng.random::<u128>()))
    }

    /// Takes a path segment as it came; `None` unless it could be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(hexadecimal)).then(|| Self(text.to_owned()))
    }

    /// The segment as it stands in the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// Whoever holds a ticket's nonce may open the media socket, so it stays out of logs.
impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(…)")
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn later_ids_sort_later() {
        let mut rng = StdRng::seed_from_u64(1);
        let early = AttemptId::new(Timestamp::from_second(1_000).unwrap(), &mut rng);
        let late = AttemptId::new(Timestamp::from_second(1_001).unwrap(), &mut rng);
        assert!(early < late);
        assert_eq!(early.to_string().parse::<AttemptId>().unwrap(), early);
    }

    #[test]
    fn a_nonce_survives_a_path_and_nothing_else_does() {
        let nonce = Nonce::new(&mut StdRng::seed_from_u64(1));
        assert_eq!(Nonce::parse(nonce.as_str()), Some(nonce.clone()));
        for wrong in ["", "abc", &"g".repeat(32), &"A".repeat(32), &"0".repeat(33)] {
            assert_eq!(Nonce::parse(wrong), None, "{wrong}");
        }
        assert_eq!(format!("{nonce:?}"), "Nonce(…)");
    }
}
