//! What somebody should look at: the kinds of incidents, in words, and how grave each is.

use serde::{Deserialize, Serialize};

/// A kind of incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A wake-up was given up, and nobody knows whether she is up.
    Missed,
    /// A telephone had, or was about to have, two calls of ours.
    Doubled,
    /// Nobody knows what became of a call.
    Unsettled,
    /// A call was repeated although the carrier's list could not be read.
    DialWithoutLookup,
    /// The carrier placed a call from our number that is not ours.
    AlienCall,
    /// The carrier's list of calls could not be compared with ours.
    ReconcileFailed,
    /// The pulse is silent; the watchdog dispatches in its place.
    TickStalled,
    /// What is due cannot be written down, so it cannot be called.
    ClaimNotWritten,
    /// The clock was set, or this machine slept.
    ClockStep,
    /// The clock cannot be right.
    ClockWrong,
    /// A wake-up or a rule cannot be read, so it cannot be called.
    Unreadable,
    /// There is no copy of the database of the last two days.
    BackupFailed,
}

impl AlertKind {
    /// All kinds, for tables and tests.
    pub const ALL: [Self; 12] = [
        Self::Missed,
        Self::Doubled,
        Self::Unsettled,
        Self::DialWithoutLookup,
        Self::AlienCall,
        Self::ReconcileFailed,
        Self::TickStalled,
        Self::ClaimNotWritten,
        Self::ClockStep,
        Self::ClockWrong,
        Self::Unreadable,
        Self::BackupFailed,
    ];

    /// The word for tables, logs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Doubled => "doubled",
            Self::Unsettled => "unsettled",
            Self::DialWithoutLookup => "dial_without_lookup",
            Self::AlienCall => "alien_call",
            Self::ReconcileFailed => "reconcile_failed",
            Self::TickStalled => "tick_stalled",
            Self::ClaimNotWritten => "claim_not_written",
            Self::ClockStep => "clock_step",
            Self::ClockWrong => "clock_wrong",
            Self::Unreadable => "unreadable",
            Self::BackupFailed => "backup_failed",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What has happened, as the beginning of a sentence; the particulars follow.
    pub fn title(self) -> &'static str {
        match self {
            Self::Missed => "A wake-up was missed",
            Self::Doubled => "A call too many was ended",
            Self::Unsettled => "Nobody knows what became of a call",
            Self::DialWithoutLookup => "Dialling without a look-up: missing is worse",
            Self::AlienCall => "The carrier lists a call from our number that is not ours",
            Self::ReconcileFailed => "The carrier's list of calls cannot be compared with ours",
            Self::TickStalled => "The pulse is silent; the watchdog dispatches in its place",
            Self::ClaimNotWritten => "A wake-up is due and cannot be written down",
            Self::ClockStep => "The clock was set, or this machine slept",
            Self::ClockWrong => "The clock of this machine cannot be right",
            Self::Unreadable => "Something that is to ring cannot be read",
            Self::BackupFailed => "The database has not been backed up for two days",
        }
    }

    /// What the owner should do.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Missed => "Make sure yourself that she is up, and see in the history what was tried.",
            Self::Doubled => {
                "She may have been rung twice. If it comes again, give the carrier more time to settle (WAKEUP_SETTLE_SECS)."
            }
            Self::Unsettled => "See in the history and at the carrier whether it rang.",
            Self::DialWithoutLookup => {
                "She may be rung twice. See whether the carrier's API can be reached from this machine."
            }
            Self::AlienCall => {
                "See in the carrier's console who placed it. If nobody you know did, replace the account's keys now."
            }
            Self::ReconcileFailed => "See whether the carrier's API can be reached from this machine.",
            Self::TickStalled => "The machine is overloaded, or the program should be restarted.",
            Self::ClaimNotWritten => "See whether the disk is full or read-only; telephone her yourself.",
            Self::ClockStep => "The machine's clock must be kept by NTP, and the machine must not sleep.",
            Self::ClockWrong => "Set the machine's clock, and see that NTP keeps it.",
            Self::Unreadable => {
                "Telephone her yourself; then put a backup in the database's place (`wakeup-coach restore`)."
            }
            Self::BackupFailed => "See in the log why, and whether the disk of WAKEUP_BACKUP_DIR is full.",
        }
    }

    /// Whether it lasts until the program itself sees it end; the others stay open until somebody has looked.
    pub fn is_condition(self) -> bool {
        matches!(
            self,
            Self::ReconcileFailed
                | Self::TickStalled
                | Self::ClaimNotWritten
                | Self::ClockWrong
                | Self::BackupFailed
        )
    }

    /// Whether, as long as it is open, the program could not be relied on to wake somebody now.
    pub fn is_unready(self) -> bool {
        // Where the pulse is silent, the watchdog beats.
        matches!(self, Self::ClaimNotWritten | Self::ClockWrong)
    }

    /// Whether somebody must act; the others were dealt with, though not as it should be.
    pub fn is_grave(self) -> bool {
        matches!(
            self,
            Self::Missed
                | Self::Doubled
                | Self::DialWithoutLookup
                | Self::AlienCall
                | Self::ClaimNotWritten
                | Self::ClockWrong
                | Self::Unreadable
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_others_are_not() {
        for kind in AlertKind::ALL {
            assert_eq!(AlertKind::from_name(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(AlertKind::from_name("fine"), None);
    }

    #[test]
    fn what_hinders_the_next_wake_up_ends_by_itself() {
        // Otherwise a program that is well again would stay unready until somebody presses a button.
        for kind in AlertKind::ALL {
            assert!(!kind.is_unready() || kind.is_condition(), "{}", kind.name());
        }
    }

    #[test]
    fn titles_go_on_into_particulars_and_advice_is_a_sentence() {
        for kind in AlertKind::ALL {
            assert!(!kind.title().ends_with('.') && kind.advice().ends_with('.'), "{}", kind.name());
        }
    }
}
