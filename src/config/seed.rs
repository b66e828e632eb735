//! What an empty database starts with: the original program's settings, made the first rows.

use std::time::Duration;

use jiff::civil::Time;

use crate::domain::mode::{NotAProbability, Probability};
use crate::domain::phone::PhoneNumber;
use crate::zones::Zones;

use super::reader::Reader;

/// First sleeper, weekly schedule and settings; the store is asked from then on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seed {
    /// Whom to wake.
    pub phone_number: Option<PhoneNumber>,
    /// When, on every day of the week.
    pub wake_up_time: Option<Time>,
    /// Where the sleeper's clock hangs, in its proper spelling; `None`: this machine's own zone.
    pub zone: Option<String>,
    /// The chance of realtime mode.
    pub probability: Option<Probability>,
    /// How long a touched doorbell counts.
    pub doorbell_timeout: Option<Duration>,
    /// Whether there is a doorbell to walk to.
    pub has_doorbell: bool,
}

pub(super) fn read(read: &mut Reader, zones: &Zones, own_number: Option<&PhoneNumber>) -> Seed {
    let phone_number = read.parsed("PHONE_NUMBER", PhoneNumber::parse);
    if phone_number.is_some() && phone_number.as_ref() == own_number {
        read.problem("PHONE_NUMBER", "is the number we call from: write the sleeper's own number");
    }
    let wake_up_time = read.parsed("WAKE_UP_TIME", parse_time);
    if wake_up_time.is_some() && !read.is_set("PHONE_NUMBER") {
        // Not a problem: a running household whose file lost one line must still be woken.
        read.warning("WAKE_UP_TIME plans nothing by itself: PHONE_NUMBER says whom to wake".to_owned());
    }
    Seed {
        phone_number,
        wake_up_time,
        zone: zone(read, zones),
        probability: read.parsed("REALTIME_API_PROBABILITY", parse_probability),
        doorbell_timeout: read.seconds("DOORBELL_ACTIVATION_TIMEOUT", 1..=86_400),
        has_doorbell: read.is_set("DOORBELL_TOKEN") || read.is_set("DOORBELL_HMAC_SECRET"),
    }
}

fn parse_time(text: &str) -> Result<Time, String> {
    let wrong = || format!("`{text}` is not a time of day: write it as 06:30");
    let fields: Vec<&str> = text.split(':').collect();
    let (2..=3, true) = (fields.len(), fields.iter().all(|field| is_short_number(field))) else {
        return Err(wrong());
    };
    let mut numbers = fields.iter().map(|field| field.parse::<i8>().map_err(|_| wrong()));
    let mut next = || numbers.next().unwrap_or(Ok(0));
    Time::new(next()?, next()?, next()?, 0).map_err(|_| wrong())
}

fn is_short_number(field: &str) -> bool {
    (1..=2).contains(&field.len()) && field.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_probability(text: &str) -> Result<Probability, String> {
    let hint = "write a number from 0 (never realtime) to 1 (always realtime), such as 0.75";
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is not a probability: {hint}"))?;
    Probability::new(number).map_err(|NotAProbability(_)| format!("`{text}` is not a probability: {hint}"))
}

/// `TZ` is everybody's variable, and other programs also take `:Europe/Berlin` and paths of zone files.
fn zone(read: &mut Reader, zones: &Zones) -> Option<String> {
    let text = read.text("TZ")?;
    let text = text.strip_prefix(':').unwrap_or(text);
    let name = text.rsplit_once("zoneinfo/").map_or(text, |(_, name)| name);
    if name.starts_with('/') {
        read.warning(format!("TZ names the file {name}, not a zone: this machine's own zone is used"));
        return None;
    }
    match zones.get(name) {
        Ok(zone) => Some(zone.iana_name().unwrap_or(name).to_owned()),
        Err(unknown) => {
            read.problem("TZ", unknown.to_string());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn times_of_day_are_read_as_people_write_them() {
        for (text, expected) in [
            ("06:30", time(6, 30, 0, 0)),
            ("6:30", time(6, 30, 0, 0)),
            ("06:30:00", time(6, 30, 0, 0)),
            ("6:5", time(6, 5, 0, 0)),
            ("23:59:59", time(23, 59, 59, 0)),
            ("0:00", time(0, 0, 0, 0)),
        ] {
            assert_eq!(parse_time(text), Ok(expected), "{text}");
        }
        for wrong in [
            "", "6", "630", "24:00", "06:60", "6:30 am", "-6:30", "+6:30", "06:30:61", "6:30:0:0", "6:",
            "½:00",
        ] {
            assert!(parse_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn probabilities_are_numbers_from_zero_to_one() {
        for (text, expected) in [("0", 0.0), ("1", 1.0), ("0.75", 0.75), (".5", 0.5), ("1e-1", 0.1)] {
            assert_eq!(parse_probability(text).map(Probability::value), Ok(expected), "{text}");
        }
        for wrong in ["1.1", "-0.1", "75%", "NaN", "inf", "half", "0,5"] {
            assert!(parse_probability(wrong).is_err(), "{wrong}");
        }
    }
}
