//! The database: whole, private, in the right form, and held by at most one program.

use std::path::{Path, PathBuf};

use super::finding::{Finding, symptoms};
use super::patient::{Patient, Records};
use crate::store::{Condition, Store};

symptoms! {
    WHOLE = Ok "database.whole": "The file is whole, and every committed change survives a power cut.";
    NONE = Note "database.none": "There is no database yet: nothing is planned, and nobody will be called."
        => "Start the program once; it makes the file, and takes the first sleeper and schedule from PHONE_NUMBER, WAKE_UP_TIME and TZ.";
    IN_MEMORY = Warn "database.in-memory": "Everything is forgotten when the program ends, planned wake-ups and calls under way included."
        => "Set DATABASE_URL to a file, such as sqlite://wakeup-coach.db.";
    CLOSED = Fail "database.closed": "The database cannot be opened, so the program cannot start."
        => "Check that the path in DATABASE_URL is right and that this user may read and write the file and its directory.";
    DAMAGED = Fail "database.damaged": "The file is damaged. What stands in it can no longer be trusted, and the next write may fail."
        => "Stop the program, keep a copy of the file, and put the last good backup in its place; `sqlite3 FILE .recover` saves what can be saved.";
    NOT_WAL = Warn "database.not-wal": "Another program has changed how the file is written; readers and the writer now block each other."
        => "Restart this program: it sets the mode it needs at every start.";
    OLDER = Note "database.older": "The tables are those of an older version; the next start brings them up to date."
        => "Start the program once.";
    NEWER = Fail "database.newer": "The tables were made by a newer version; this one refuses to start on them."
        => "Install the newer version again.";
    READABLE_BY_OTHERS = Warn "database.readable": "Other users of this machine can read it: numbers, transcripts, or the owner's token."
        => "Start the program once, which makes its files private; change the token if somebody else uses this machine.";
    PRIVATE = Ok "database.private": "Only its owner can read the database and the token.";
}

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let mut found = match (&patient.records, patient.database.file()) {
        (Records::Open(store), file) => {
            let mut found = condition(store).await;
            if file.is_none() {
                found.push(IN_MEMORY.saw("DATABASE_URL says sqlite::memory:"));
            }
            found
        }
        (Records::None, Some(file)) => vec![NONE.saw(format!("{} does not exist", file.display()))],
        (Records::None, None) => vec![IN_MEMORY.saw("DATABASE_URL says sqlite::memory:")],
        (Records::Closed(why), _) => vec![CLOSED.saw(why)],
    };
    found.extend(patient.database.file().and_then(privacy));
    found
}

async fn condition(store: &Store) -> Vec<Finding> {
    let seen = match store.condition().await {
        Ok(seen) => seen,
        // A page that cannot be read at all is damage like any other.
        Err(error) => {
            return vec![DAMAGED.saw(format!("It could not be read to its end: {}", causes(&error)))];
        }
    };
    findings(&seen)
}

fn findings(seen: &Condition) -> Vec<Finding> {
    if !seen.damage.is_empty() {
        return vec![DAMAGED.saw(seen.damage.join("; "))];
    }
    let mut found = vec![WHOLE.saw(format!("{} KiB, schema {}, no damage", seen.bytes >> 10, seen.schema))];
    if seen.journal != "wal" {
        found.push(NOT_WAL.saw(format!("The journal mode is {}", seen.journal)));
    }
    found.extend(schema(seen));
    found
}

fn schema(seen: &Condition) -> Option<Finding> {
    let saw =
        format!("The tables are at schema {}, this program works with {}", seen.schema, seen.schema_wanted);
    match seen.schema.cmp(&seen.schema_wanted) {
        std::cmp::Ordering::Less => Some(OLDER.saw(saw)),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(NEWER.saw(saw)),
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Whether somebody else may read the database or what lies beside it.
#[cfg(unix)]
fn privacy(database: &Path) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt as _;

    let beside = |end: &str| PathBuf::from(format!("{}{end}", database.display()));
    let files = [database.to_owned(), beside("-wal"), database.with_extension("admin-token")];
    let modes: Vec<(PathBuf, u32)> = files
        .into_iter()
        .filter_map(|file| Some((file.clone(), std::fs::metadata(&file).ok()?.permissions().mode())))
        .collect();
    if modes.is_empty() {
        return None;
    }
    let open = modes.iter().find(|(_, mode)| mode & 0o077 != 0);
    Some(match open {
        Some((file, mode)) => {
            READABLE_BY_OTHERS.saw(format!("{} has mode {:03o}", file.display(), mode & 0o777))
        }
        None => PRIVATE.saw("Mode 600"),
    })
}

/// Elsewhere a file in the owner's directory is as private as the system makes it.
#[cfg(not(unix))]
fn privacy(_database: &Path) -> Option<Finding> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Condition), expected: &[&str]) {
        let mut seen = Condition {
            damage: Vec::new(),
            journal: "wal".to_owned(),
            schema: 6,
            schema_wanted: 6,
            bytes: 40_960,
        };
        change(&mut seen);
        let found = findings(&seen);
        let ids: Vec<_> = found.iter().map(|finding| finding.id.trim_start_matches("database.")).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn each_fault_of_a_file_is_found() {
        check(|_| {}, &["whole"]);
        check(|seen| seen.damage.push("row 3 missing from index".to_owned()), &["damaged"]);
        check(|seen| seen.journal = "delete".to_owned(), &["whole", "not-wal"]);
        check(|seen| seen.schema = 5, &["whole", "older"]);
        check(|seen| seen.schema = 7, &["whole", "newer"]);
    }
}
