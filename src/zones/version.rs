//! Releases of the time-zone database: `2026e` comes after `2025b` and before `2026f`.

use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

/// The version stands in the first line; nobody needs to read a file that goes on for ever without one.
const FIRST_LINE_MAX: u64 = 256;

/// A release: a year and letters, ordered by age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// Reads `2025b`; what packagers append after it (`2025b-dirty`) is left out.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let year = text.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
        let rest = &text[4..];
        let letters = rest.find(|c: char| !c.is_ascii_lowercase()).map_or(rest, |end| &rest[..end]);
        let appended = &rest[letters.len()..];
        let separated = appended.is_empty() || appended.starts_with(['-', '.', '+', ' ']);
        separated.then(|| Self(format!("{year}{letters}")))
    }

    /// The release of the database in `directory`, as its first line (Linux) or its own file (macOS) says.
    pub fn of_directory(directory: &Path) -> Option<Self> {
        let zi = first_line(&directory.join("tzdata.zi"));
        zi.as_deref()
            .and_then(|line| line.strip_prefix("# version "))
            .and_then(Self::parse)
            .or_else(|| first_line(&directory.join("+VERSION")).as_deref().and_then(Self::parse))
    }

    /// As the maintainers write it: `2026e`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parts(&self) -> (&str, usize, &str) {
        let (year, letters) = self.0.split_at(4);
        // Should a year ever need more than 26 releases, `za` follows `z`: longer is later.
        (year, letters.len(), letters)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn first_line(path: &Path) -> Option<String> {
    let mut line = String::new();
    BufReader::new(File::open(path).ok()?.take(FIRST_LINE_MAX)).read_line(&mut line).ok()?;
    Some(line)
}
