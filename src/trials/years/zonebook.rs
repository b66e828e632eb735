//! The zones in which simulated people live, in two releases of the data: governments change their minds.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Where people live, and whose clock theirs follows once new data arrive. Each pair differs by hours on
/// some days and not on others, as real amendments do.
const PLACES: [(&str, &str); 40] = [
    ("Africa/Cairo", "Africa/Johannesburg"),
    ("Africa/Casablanca", "Europe/London"),
    ("Africa/Johannesburg", "Africa/Cairo"),
    ("Africa/Lagos", "Europe/Berlin"),
    ("America/Anchorage", "America/Los_Angeles"),
    ("America/Asuncion", "America/Santiago"),
    ("America/Bogota", "America/New_York"),
    ("America/Chicago", "America/Mexico_City"),
    ("America/Denver", "America/Phoenix"),
    ("America/Edmonton", "America/Denver"),
    ("America/Halifax", "America/Puerto_Rico"),
    ("America/Havana", "America/New_York"),
    ("America/Los_Angeles", "America/Phoenix"),
    ("America/Mexico_City", "America/Chicago"),
    ("America/New_York", "America/Panama"),
    ("America/Nuuk", "America/Sao_Paulo"),
    ("America/Santiago", "America/Asuncion"),
    ("America/Sao_Paulo", "America/Asuncion"),
    ("America/St_Johns", "America/Halifax"),
    ("America/Vancouver", "America/Los_Angeles"),
    ("Antarctica/Troll", "Europe/Oslo"),
    ("Asia/Almaty", "Asia/Tashkent"),
    ("Asia/Beirut", "Asia/Riyadh"),
    ("Asia/Gaza", "Asia/Jerusalem"),
    ("Asia/Jerusalem", "Asia/Gaza"),
    ("Asia/Kolkata", "Asia/Karachi"),
    ("Asia/Tokyo", "Asia/Shanghai"),
    ("Atlantic/Azores", "Atlantic/Cape_Verde"),
    ("Australia/Lord_Howe", "Australia/Sydney"),
    ("Australia/Sydney", "Australia/Brisbane"),
    ("Europe/Athens", "Africa/Cairo"),
    ("Europe/Berlin", "Africa/Lagos"),
    ("Europe/Chisinau", "Europe/Istanbul"),
    ("Europe/Dublin", "Atlantic/Reykjavik"),
    ("Europe/Helsinki", "Europe/Moscow"),
    ("Europe/Istanbul", "Europe/Athens"),
    ("Europe/Lisbon", "Europe/Madrid"),
    ("Europe/London", "Atlantic/Reykjavik"),
    ("Pacific/Auckland", "Pacific/Fiji"),
    ("Pacific/Chatham", "Pacific/Auckland"),
];

/// One place's clock in both releases.
#[derive(Debug)]
struct Place {
    name: &'static str,
    releases: [TimeZone; 2],
}

/// The zones, read once and shared by all lives.
#[derive(Debug)]
pub struct Zonebook(Vec<Place>);

impl Zonebook {
    /// Reads the zones out of the data in this program.
    pub fn bundled() -> Self {
        let database = TimeZoneDatabase::bundled();
        let zone = |name| database.get(name).expect("the bundled data know every zone named here");
        let place = |(name, later)| Place { name, releases: [zone(name), zone(later)] };
        Self(PLACES.into_iter().map(place).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn name(&self, place: usize) -> &'static str {
        self.0[place].name
    }

    pub(super) fn zone(&self, place: usize, release: usize) -> &TimeZone {
        &self.0[place].releases[release]
    }
}
