//! A morning as people read it: how it ended, its calls, and what happened when.

use anstyle::Style;

use crate::cli::show::{moment, words};
use crate::cli::table::{Cell, Table};
use crate::cli::terminal::{BAD, CARE, FAINT, GOOD, STRONG, paint, say};
use crate::desk::dto::{AttemptShown, Morning, OccurrenceShown, Step};

/// Prints it.
pub fn morning(morning: &Morning) {
    say(&heading(&morning.wake_up));
    if !morning.attempts.is_empty() {
        calls(&morning.attempts).print();
        say("");
    }
    timeline(&morning.timeline).print();
}

fn heading(wake_up: &OccurrenceShown) -> String {
    let whose = wake_up.sleeper_name.as_deref().unwrap_or("somebody without a name");
    let (style, state) = state(wake_up);
    format!(
        "{}, {} {}: {}  {}",
        paint(STRONG, whose),
        moment(&wake_up.due),
        wake_up.due.zone,
        paint(style, &state),
        paint(FAINT, &wake_up.short_id)
    )
}

fn state(wake_up: &OccurrenceShown) -> (Style, String) {
    match &wake_up.ended_how {
        Some(how) if how == "up" => (GOOD, how.clone()),
        Some(how) if wake_up.missed => (BAD, format!("missed ({})", words(how))),
        Some(how) => (CARE, words(how)),
        None if wake_up.phase == "calling" => (CARE, "calling now".to_owned()),
        None => {
            let next = wake_up.next_action.as_ref().map(|at| format!(", next at {}", clock(&at.local)));
            (CARE, format!("{}{}", words(&wake_up.phase), next.unwrap_or_default()))
        }
    }
}

fn calls(attempts: &[AttemptShown]) -> Table<8> {
    let mut table = Table::of(["call", "why", "mode", "drawn", "first audio", "outcome", "proof", "cost"]);
    for call in attempts {
        let outcome = call.outcome.as_deref().unwrap_or(&call.state);
        let mode = match &call.fell_back {
            Some(_) => Cell::styled(format!("{} → traditional", call.mode), CARE),
            None => call.mode.as_str().into(),
        };
        table.row([
            call.number.to_string().into(),
            words(&call.kind).into(),
            mode,
            drawn(call).into(),
            call.first_audio_ms.map(|after| format!("{after} ms")).into(),
            Cell::styled(words(outcome), if outcome == "up" { GOOD } else { Style::new() }),
            call.verdict.as_ref().map(|verdict| words(&verdict.proof)).into(),
            format!("${:.4}", call.cost_usd).into(),
        ]);
    }
    table
}

fn drawn(call: &AttemptShown) -> String {
    match call.draw {
        Some(draw) => format!("{draw:.2} of {:.2}", call.probability),
        None => words(&call.mode_reason),
    }
}

fn timeline(steps: &[Step]) -> Table<5> {
    let mut table = Table::of(["since due", "at", "call", "what", ""]);
    for step in steps {
        let what = step.speaker.as_ref().unwrap_or(&step.what);
        table.row([
            since_due(step.after_due_secs).into(),
            Cell::styled(clock(&step.when.local), FAINT),
            step.call.map_or_else(String::new, |call| call.to_string()).into(),
            Cell::styled(words(what), style_of(&step.what)),
            step.detail.as_str().into(),
        ]);
    }
    table
}

/// What the eye should find in a line of the timeline.
pub fn style_of(what: &str) -> Style {
    match what {
        "due" => STRONG,
        "satisfied" | "up" => GOOD,
        "fell_back" | "silence" | "barge_in" => CARE,
        "missed" | "refused" => BAD,
        _ => Style::new(),
    }
}

/// Minutes and seconds since the wake-up was due: `+12:05`.
fn since_due(secs: i64) -> String {
    let sign = if secs < 0 { '-' } else { '+' };
    let (minutes, seconds) = (secs.abs() / 60, secs.abs() % 60);
    format!("{sign}{minutes}:{seconds:02}")
}

/// The time of day at the end of a moment's words.
fn clock(local: &str) -> &str {
    local.rsplit(' ').next().unwrap_or(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_since_due_is_told_in_minutes_and_seconds() {
        for (secs, expected) in
            [(0, "+0:00"), (48, "+0:48"), (725, "+12:05"), (-3, "-0:03"), (4_000, "+66:40")]
        {
            assert_eq!(since_due(secs), expected);
        }
    }
}
