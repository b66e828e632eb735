//! The code of the day: four digits that stand where she has to get up to read them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::{Rng, RngExt as _};
use ring::hmac;

use crate::domain::ids::SleeperId;
use crate::zones::Zones;

/// Bytes of the secret from which all codes follow.
const SECRET_BYTES: usize = 32;
/// Four digits: few enough to carry to the telephone, enough that guessing takes the morning.
const CODES: u32 = 10_000;

/// A new secret, as text.
pub fn new_secret(rng: &mut impl Rng) -> String {
    STANDARD.encode(rng.random::<[u8; SECRET_BYTES]>())
}

/// A sleeper's code on one date of her zone. Whoever lacks the secret learns nothing from earlier codes.
pub fn of_the_day(secret: &str, sleeper: SleeperId, date: Date) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("code of the day\n{sleeper}\n{date}").as_bytes());
    let head = tag.as_ref().first_chunk().copied().unwrap_or_default();
    // The remainder favours low codes by less than one in a hundred thousand.
    format!("{:04}", u32::from_be_bytes(head) % CODES)
}

/// The day whose code counts for a wake-up that is due then. Calls that follow after midnight still take it:
/// the paper in the kitchen is the same.
pub fn date_of(zones: &Zones, zone: &str, due_at: Timestamp) -> Date {
    zones.get(zone).unwrap_or(TimeZone::UTC).to_datetime(due_at).date()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn a_code_is_four_digits_and_differs_by_day_person_and_house() {
        let mut rng = StdRng::seed_from_u64(3);
        let (anna, ben) = (
            SleeperId::new(Timestamp::UNIX_EPOCH, &mut rng),
            SleeperId::new(Timestamp::UNIX_EPOCH, &mut rng),
        );
        let (here, there) = (new_secret(&mut rng), new_secret(&mut rng));
        let day = date(2026, 3, 2);
        let codes = [
            of_the_day(&here, anna, day),
            of_the_day(&here, anna, day.tomorrow().unwrap()),
            of_the_day(&here, ben, day),
            of_the_day(&there, anna, day),
        ];
        assert!(codes.iter().all(|code| code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit())));
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "{codes:?}");
        assert_eq!(of_the_day(&here, anna, day), codes[0], "and is the same all day");
    }

    #[test]
    fn the_day_is_that_of_the_sleepers_clock_when_the_wake_up_is_due() {
        let zones = Zones::bundled();
        for (zone, due_at, day) in [
            ("Europe/Berlin", "2026-03-02T05:30:00Z", date(2026, 3, 2)),
            ("Europe/Berlin", "2026-03-01T23:10:00Z", date(2026, 3, 2)),
            ("America/New_York", "2026-03-02T04:59:00Z", date(2026, 3, 1)),
            ("Nowhere/At_All", "2026-03-02T00:00:00Z", date(2026, 3, 2)),
        ] {
            assert_eq!(date_of(&zones, zone, due_at.parse().unwrap()), day, "{zone} {due_at}");
        }
    }
}
