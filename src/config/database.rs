//! Where the database lies.

use std::fmt;
use std::path::{Path, PathBuf};

const DEFAULT: &str = "wakeup-coach.db";

/// The SQLite database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabasePath {
    /// A file, made at the first start.
    File(PathBuf),
    /// Gone when the program ends: for tests and the demo.
    Memory,
}

impl Default for DatabasePath {
    fn default() -> Self {
        Self::File(DEFAULT.into())
    }
}

impl DatabasePath {
    /// Reads `sqlite://wakeup-coach.db`, `sqlite:///var/lib/wakeup-coach/wakeup-coach.db` or `sqlite::memory:`.
    pub fn parse(text: &str) -> Result<Self, String> {
        // The whole address is not repeated: those of other databases hold passwords.
        let Some(rest) = text.strip_prefix("sqlite:") else {
            let scheme = text.split(':').next().filter(|scheme| scheme.len() < text.len()).unwrap_or("");
            let seen =
                if scheme.starts_with("postgres") { "PostgreSQL is not supported" } else { "is not SQLite" };
            return Err(format!("{seen}: write sqlite://{DEFAULT}"));
        };
        if matches!(rest, ":memory:" | "//:memory:") {
            return Ok(Self::Memory);
        }
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() || path.contains(['?', '#']) || path.ends_with('/') {
            return Err(format!(
                "does not name a file (options after ? are not read): write sqlite://{DEFAULT}"
            ));
        }
        Ok(Self::File(path.into()))
    }

    /// The file, unless the database is in memory.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Memory => None,
        }
    }
}

impl fmt::Display for DatabasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Memory => f.write_str("memory"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_files_are_read() {
        for (text, path) in [
            ("sqlite://wake.db", "wake.db"),
            ("sqlite:wake.db", "wake.db"),
            ("sqlite://data/wake.db", "data/wake.db"),
            ("sqlite:///var/lib/wake.db", "/var/lib/wake.db"),
            ("sqlite:/var/lib/wake.db", "/var/lib/wake.db"),
        ] {
            assert_eq!(DatabasePath::parse(text), Ok(DatabasePath::File(path.into())), "{text}");
        }
        for text in ["sqlite::memory:", "sqlite://:memory:"] {
            assert_eq!(DatabasePath::parse(text), Ok(DatabasePath::Memory), "{text}");
        }
    }

    #[test]
    fn other_databases_are_refused_without_repeating_their_passwords() {
        for (text, expected) in [
            ("postgres://anna:secret@db/wake", "PostgreSQL is not supported: write sqlite://wakeup-coach.db"),
            ("mysql://anna:secret@db/wake", "is not SQLite: write sqlite://wakeup-coach.db"),
            ("wake.db", "is not SQLite: write sqlite://wakeup-coach.db"),
            (
                "sqlite://",
                "does not name a file (options after ? are not read): write sqlite://wakeup-coach.db",
            ),
            (
                "sqlite://wake.db?mode=ro",
                "does not name a file (options after ? are not read): write sqlite://wakeup-coach.db",
            ),
        ] {
            assert_eq!(DatabasePath::parse(text).unwrap_err(), expected, "{text}");
        }
    }
}
