//! What is kept, where and for how long: backups, conversations, old mornings.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::reader::Reader;

/// Two weeks of nights.
const BACKUPS: u32 = 14;
/// Long enough to look up what went wrong; what people say in bed is not kept for good.
const TRANSCRIPT_DAYS: u32 = 30;
/// A season to compare with the last one.
const HISTORY_DAYS: u32 = 400;
/// A wake-up's row is what keeps it from ringing again, and from being claimed to have rung: a quarter at least.
const HISTORY_DAYS_MIN: u32 = 90;
/// Ten years.
const DAYS_MAX: u32 = 3_660;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepSettings {
    /// Where backups go; `None`: into `backups` beside the database.
    pub backup_dir: Option<PathBuf>,
    /// How many nightly backups are kept; 0 makes none.
    pub backups: u32,
    /// Days after which conversations are deleted; 0 deletes them within the hour.
    pub transcript_days: u32,
    /// Days after which a wake-up is deleted with all that belongs to it.
    pub history_days: u32,
}

impl Default for KeepSettings {
    fn default() -> Self {
        Self {
            backup_dir: None,
            backups: BACKUPS,
            transcript_days: TRANSCRIPT_DAYS,
            history_days: HISTORY_DAYS,
        }
    }
}

impl KeepSettings {
    /// Where the backups of this database go.
    pub fn backups_of(&self, database: &Path) -> PathBuf {
        self.backup_dir.clone().unwrap_or_else(|| database.with_file_name("backups"))
    }
}

pub(super) fn read(read: &mut Reader) -> KeepSettings {
    let default = KeepSettings::default();
    let mut number = |name: &str, range: RangeInclusive<u32>, unit: &str, otherwise: u32| {
        let parse = |text: &str| {
            let parsed = text.parse().ok().filter(|number| range.contains(number));
            parsed.ok_or_else(|| {
                format!("`{text}` is not a number of {unit} from {} to {}", range.start(), range.end())
            })
        };
        read.parsed(name, parse).unwrap_or(otherwise)
    };
    KeepSettings {
        backups: number("WAKEUP_BACKUPS", 0..=1_000, "backups", default.backups),
        transcript_days: number("WAKEUP_TRANSCRIPT_DAYS", 0..=DAYS_MAX, "days", default.transcript_days),
        history_days: number(
            "WAKEUP_HISTORY_DAYS",
            HISTORY_DAYS_MIN..=DAYS_MAX,
            "days",
            default.history_days,
        ),
        backup_dir: read.text("WAKEUP_BACKUP_DIR").map(PathBuf::from),
    }
}
