//! Rules as people read them.

use crate::cli::show::{moment, next_ring, or_none, reason};
use crate::cli::table::{Cell, Table};
use crate::cli::terminal::{CARE, FAINT, GOOD, STRONG, paint, say, say_json};
use crate::desk::dto::{PreviewDay, ScheduleChanged, ScheduleShown};
use crate::domain::policy::CheckCalls;
use crate::domain::proof::Proof;
use crate::domain::schedule::{Exception, SkipCause, clock_face};

/// A table of rules.
pub fn list(rules: &[ScheduleShown], json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(&rules);
    }
    if rules.is_empty() {
        or_none("Nobody is woken yet: wakeup-coach schedule add weekdays 06:30");
        return Ok(());
    }
    let mut table = Table::of(["rule", "for", "when", "zone", "label", "next ring"]);
    for rule in rules {
        table.row([
            Cell::styled(rule.short_id.as_str(), FAINT),
            Cell::styled(rule.sleeper_name.as_deref().unwrap_or("–"), STRONG),
            rule.when.as_str().into(),
            rule.zone.as_str().into(),
            rule.label.as_deref().into(),
            if rule.enabled {
                rule.next.as_ref().map(next_ring).into()
            } else {
                Cell::styled("switched off", CARE)
            },
        ]);
    }
    table.print();
    Ok(())
}

/// One rule with its coming days.
pub fn one(rule: &ScheduleShown, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(rule);
    }
    say(&heading(rule));
    say(&paint(FAINT, &rule.id));
    for sentence in manner(rule) {
        say(&sentence);
    }
    say("");
    let mut table = Table::of(["day", "rings", "", "because"]);
    for day in &rule.preview {
        table.row(preview_row(day));
    }
    table.print();
    exceptions(rule);
    Ok(())
}

/// What is otherwise on single days, also beyond those of the preview, and how it is taken back.
fn exceptions(rule: &ScheduleShown) {
    if rule.exceptions.is_empty() {
        return;
    }
    say("");
    let mut table = Table::of(["otherwise", "to take it back"]);
    for exception in &rule.exceptions {
        let (what, back) = otherwise(&exception.what);
        table.row([what.into(), back.map(|verb| format!("schedule {verb} {}", rule.short_id)).into()]);
    }
    table.print();
}

fn otherwise(exception: &Exception) -> (String, Option<String>) {
    match exception {
        Exception::Skip { date, cause: SkipCause::Owner, .. } => {
            (format!("{date} is skipped"), Some(format!("unskip {date} --rule")))
        }
        Exception::Skip { date, cause: SkipCause::AlreadyRung, .. } => (
            format!("{date} is held back: she was woken a short while before"),
            Some(format!("unskip {date} --rule")),
        ),
        Exception::Pause { from, until } => {
            (format!("{from} – {until} is paused"), Some("resume".to_owned()))
        }
        Exception::Move { date, to, .. } => {
            (format!("{date} rings at {}", clock_face(*to)), Some(format!("unmove {date} --rule")))
        }
        Exception::Add { date, at } => (format!("{date} rings at {} as well", clock_face(*at)), None),
    }
}

fn heading(rule: &ScheduleShown) -> String {
    let whose = rule.sleeper_name.as_deref().unwrap_or("somebody without a name");
    let label = rule.label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
    let off = if rule.enabled { String::new() } else { format!("  {}", paint(CARE, "switched off")) };
    format!(
        "{}{label} {} {} {}{off}",
        paint(STRONG, &rule.when),
        rule.zone,
        paint(FAINT, "for"),
        paint(STRONG, whose)
    )
}

/// What its mornings ask for, a sentence each.
fn manner(rule: &ScheduleShown) -> Vec<String> {
    let policy = &rule.policy;
    let check = match policy.check {
        CheckCalls::Off => "no check call",
        CheckCalls::Once => "a check call",
        CheckCalls::Strict => "two check calls",
    };
    let proofs: Vec<&str> = policy.proofs.iter().map(Proof::name).collect();
    let mut told = vec![
        format!("She is up when this is seen: {}; then {check}.", proofs.join(", ")),
        format!(
            "Calls: at most {} within {} min; snoozes: {}; a late first call is worth making for {} min.",
            policy.calls_allowed, policy.deadline_mins, policy.snoozes, rule.useful_for_mins
        ),
    ];
    if let Some(probability) = rule.probability {
        told.push(format!("Realtime mode is drawn with p={probability:.2}."));
    }
    if rule.follows {
        told.push("Its clock travels with her.".to_owned());
    }
    if let Some(until) = &rule.away_until {
        told.push(format!("She is away until {until}: a proof bound to a place gives way."));
    }
    told
}

fn preview_row(day: &PreviewDay) -> [Cell; 4] {
    let rings = day.when.as_ref().map(moment);
    let because = reason(&day.reason).map(|why| Cell::styled(why, CARE));
    let days = day.until.as_ref().map_or_else(|| day.date.clone(), |until| format!("{} – {until}", day.date));
    [
        days.into(),
        rings.map(|rings| Cell::styled(rings, GOOD)).into(),
        day.countdown.as_deref().unwrap_or("").into(),
        because.unwrap_or_else(|| "".into()),
    ]
}

/// What a change leads to.
pub fn changed(change: &ScheduleChanged, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(change);
    }
    say(&change.said);
    Ok(())
}

/// What several changes lead to.
pub fn all_changed(changes: &[ScheduleChanged], json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(&changes);
    }
    for change in changes {
        say(&change.said);
    }
    Ok(())
}
