//! What can be said after `schedule`.

use clap::{Args, Subcommand};

use super::manner::Manner;
use crate::cli::access::Asking;

/// When people are woken.
#[derive(Debug, Args)]
pub struct ScheduleArgs {
    #[command(subcommand)]
    pub(super) verb: Verb,
    #[command(flatten)]
    pub(super) asking: Asking,
}

/// Which rule a command is about.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Which rule: its identifier or the end of it, or the name of a sleeper who has just one. The only
    /// rule there is goes without; rings for one day do not count.
    #[arg(long, value_name = "RULE")]
    pub(super) rule: Option<String>,
    /// Whose rule, when there are several sleepers.
    #[arg(long = "for", value_name = "NAME", conflicts_with = "rule")]
    pub(super) sleeper: Option<String>,
}

/// Which rule a command is about, as its object.
#[derive(Debug, Args)]
pub(super) struct This {
    /// Which rule: its identifier or the end of it, or the name of a sleeper who has just one. The only
    /// rule there is goes without; rings for one day do not count.
    pub(super) rule: Option<String>,
    /// Whose rule, when there are several sleepers.
    #[arg(long = "for", value_name = "NAME", conflicts_with = "rule")]
    pub(super) sleeper: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a rule, such as: schedule add weekdays 06:30 --zone Europe/Berlin --for Anna
    Add {
        /// When, as one says it: weekdays 06:30, every day 07:00, Mon Wed Fri 06:15.
        #[arg(required = true)]
        when: Vec<String>,
        /// Where that clock hangs; where her other rules do, or this machine, without it.
        #[arg(long)]
        zone: Option<String>,
        /// Whom it wakes; the only sleeper goes without.
        #[arg(long = "for", value_name = "NAME")]
        sleeper: Option<String>,
        #[command(flatten)]
        manner: Manner,
    },
    /// List the rules.
    List {
        /// Whose.
        #[arg(long = "for", value_name = "NAME")]
        sleeper: Option<String>,
    },
    /// Show a rule with its next fourteen days.
    Show(This),
    /// Change a rule.
    Edit {
        #[command(flatten)]
        this: This,
        /// When it rings from now on, as in `add`.
        #[arg(long, num_args = 1..)]
        when: Option<Vec<String>>,
        /// Switch it on again.
        #[arg(long, conflicts_with = "off")]
        on: bool,
        /// Switch it off until it is switched on again.
        #[arg(long)]
        off: bool,
        #[command(flatten)]
        manner: Manner,
    },
    /// Do not ring on one day.
    Skip {
        /// Which: 2026-12-24, today, tomorrow, next, or a weekday.
        #[arg(default_value = "next")]
        day: String,
        #[command(flatten)]
        which: Which,
    },
    /// Ring on that day after all.
    Unskip {
        /// Which: 2026-12-24, today, tomorrow, or a weekday.
        day: String,
        #[command(flatten)]
        which: Which,
    },
    /// Do not ring for some days; it ends by itself. Such as: schedule pause from 2026-12-24 until 2026-12-31
    Pause {
        /// [from DAY] until DAY; both belong to it.
        #[arg(required = true)]
        days: Vec<String>,
        #[command(flatten)]
        which: Which,
    },
    /// Ring again before a pause is over.
    Resume(This),
    /// Ring at another time on one day, such as: schedule move tomorrow to 08:00
    Move {
        /// DAY to TIME.
        #[arg(required = true)]
        to: Vec<String>,
        #[command(flatten)]
        which: Which,
    },
    /// Ring once, such as: schedule once 2026-12-24 08:00 --for Anna
    Once {
        /// DAY TIME; a time alone is the next one, today or tomorrow.
        #[arg(required = true)]
        when: Vec<String>,
        /// Where that clock hangs.
        #[arg(long)]
        zone: Option<String>,
        /// Whom it wakes; the only sleeper goes without.
        #[arg(long = "for", value_name = "NAME")]
        sleeper: Option<String>,
    },
    /// Ring at its own time again on a day that was moved.
    Unmove {
        /// Which: 2026-12-24, today, tomorrow, or a weekday.
        day: String,
        #[command(flatten)]
        which: Which,
    },
    /// She is somewhere else: the clock of her only rule, of those that follow her, or of one, hangs there.
    Travel {
        /// Where, such as Europe/Berlin.
        zone: String,
        #[command(flatten)]
        which: Which,
    },
    /// She is away from home, and what proves there that she is up gives way to a conversation.
    Away {
        /// [until] DAY, the last day away.
        #[arg(required_unless_present = "back")]
        days: Vec<String>,
        /// She is back.
        #[arg(long, conflicts_with = "days")]
        back: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Be silent on the days of a holiday calendar (`calendar add`).
    Observe {
        /// Which calendar.
        calendar: String,
        #[command(flatten)]
        which: Which,
    },
    /// Ring on the days of a calendar again.
    Unobserve {
        /// Which calendar.
        calendar: String,
        #[command(flatten)]
        which: Which,
    },
    /// Remove a rule and the wake-ups planned from it.
    Remove {
        #[command(flatten)]
        this: This,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}
