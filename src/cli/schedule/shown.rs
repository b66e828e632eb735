//! Rules as people read them.

use crate::cli::show::{moment, next_ring, or_none, reason};
use crate::cli::table::{Cell, Table};
use crate::cli::terminal::{CARE, FAINT, GOOD, STRONG, paint, say, say_json};
use crate::desk::dto::{PreviewDay, ScheduleShown};

/// A table of rules.
pub fn list(rules: &[ScheduleShown], json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(&rules);
    }
    if rules.is_empty() {
        or_none("Nobody is woken yet: wakeup-coach schedule add weekdays 06:30");
        return Ok(());
    }
    let mut table = Table::of(["rule", "for", "when", "zone", "next ring"]);
    for rule in rules {
        table.row([
            Cell::styled(rule.short_id.as_str(), FAINT),
            Cell::styled(rule.sleeper_name.as_deref().unwrap_or("–"), STRONG),
            rule.when.as_str().into(),
            rule.zone.as_str().into(),
            rule.next.as_ref().map(next_ring).into(),
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
    let whose = rule.sleeper_name.as_deref().unwrap_or("somebody without a name");
    say(&format!(
        "{} {} {}  {}",
        paint(STRONG, &rule.when),
        rule.zone,
        paint(FAINT, "for"),
        paint(STRONG, whose)
    ));
    say(&paint(FAINT, &rule.id));
    if let Some(probability) = rule.probability {
        say(&format!("Realtime mode is drawn with p={probability:.2}."));
    }
    say(&format!("A late call is worth making for {} min.", rule.useful_for_mins));
    say("");
    let mut table = Table::of(["day", "rings", "", "because"]);
    for day in &rule.preview {
        table.row(preview_row(day));
    }
    table.print();
    Ok(())
}

fn preview_row(day: &PreviewDay) -> [Cell; 4] {
    let rings = day.when.as_ref().map(moment);
    let because = reason(&day.reason).map(|why| Cell::styled(why, CARE));
    [
        day.date.as_str().into(),
        rings.map(|rings| Cell::styled(rings, GOOD)).into(),
        day.countdown.as_deref().unwrap_or("").into(),
        because.unwrap_or_else(|| "".into()),
    ]
}
