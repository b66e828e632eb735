//! `schedule`: when people are woken, and the days on which it is otherwise.

mod days;
mod manner;
mod shown;
mod verbs;

use anyhow::bail;

use self::days::{moved, pause_range, spoken};
use self::manner::Manner;
pub use self::verbs::ScheduleArgs;
use self::verbs::{This, Verb};
use super::access::{Access, Asking, Missing};
use super::ask;
use super::usage::Usage;
use crate::desk::dto::{Away, DatedTime, Day, ScheduleChanged, ScheduleShown, SchedulesAsked, Travel};

/// Does what was asked.
pub async fn run(arguments: &ScheduleArgs) -> anyhow::Result<()> {
    let ScheduleArgs { verb, asking } = arguments;
    if let Verb::Remove { this, yes } = verb {
        return remove(asking, this, *yes).await;
    }
    check(verb)?;
    let access = Access::open(asking, Missing::Refuse).await?;
    let done = look_or_change(&access, verb, asking.json).await;
    access.close().await;
    done
}

/// What makes no sense is told before anybody is asked.
fn check(verb: &Verb) -> Result<(), Usage> {
    match verb {
        Verb::Edit { when, on, off, manner, .. }
            if when.is_none() && !on && !off && *manner == Manner::default() =>
        {
            Err(Usage("nothing to change: say what, such as --when weekdays 07:00".to_owned()))
        }
        Verb::Pause { days, .. } | Verb::Away { days, back: false, .. } => pause_range(days).map(drop),
        Verb::Move { to, .. } => moved(to).map(drop),
        _ => Ok(()),
    }
}

async fn look_or_change(access: &Access, verb: &Verb, json: bool) -> anyhow::Result<()> {
    match verb {
        Verb::List { sleeper } => {
            let asked = SchedulesAsked { sleeper: sleeper.clone() };
            shown::list(&access.list_schedules(&asked).await?, json)
        }
        Verb::Show(this) => {
            let named = the_rule(access, this.rule.as_deref()).await?;
            shown::one(&access.schedule(&named).await?, json)
        }
        Verb::Travel { zone, which, sleeper } => {
            let travel = Travel { zone: zone.clone() };
            let changed = travelled(access, &travel, which.rule.as_deref(), sleeper.as_deref()).await?;
            shown::all_changed(&changed, json)
        }
        change => shown::changed(&changed_by(access, change).await?, json),
    }
}

async fn changed_by(access: &Access, verb: &Verb) -> anyhow::Result<ScheduleChanged> {
    match verb {
        Verb::Add { when, zone, sleeper, manner } => {
            access.add_schedule(&manner.new_rule(spoken(when), zone.as_ref(), sleeper.as_ref())).await
        }
        Verb::Once { when, zone, sleeper } => {
            let once = Manner::default().new_rule(spoken(when), zone.as_ref(), sleeper.as_ref());
            access.add_schedule(&once).await
        }
        Verb::Edit { this, when, on, off, manner } => {
            let edit = manner.edit(when.as_deref().map(spoken), switched(*on, *off));
            let rule = the_rule(access, this.rule.as_deref()).await?;
            access.edit_schedule(&rule, &edit).await
        }
        Verb::Skip { day, which } => {
            let rule = the_rule(access, which.rule.as_deref()).await?;
            access.skip(&rule, &Day { date: day.clone() }).await
        }
        Verb::Unskip { day, which } => {
            let rule = the_rule(access, which.rule.as_deref()).await?;
            access.unskip(&rule, &Day { date: day.clone() }).await
        }
        Verb::Pause { days, which } => {
            let range = pause_range(days)?;
            let rule = the_rule(access, which.rule.as_deref()).await?;
            access.pause(&rule, &range).await
        }
        Verb::Resume(this) => {
            let rule = the_rule(access, this.rule.as_deref()).await?;
            access.resume(&rule).await
        }
        Verb::Move { to, which } => {
            let moved: DatedTime = moved(to)?;
            let rule = the_rule(access, which.rule.as_deref()).await?;
            access.move_day(&rule, &moved).await
        }
        Verb::Unmove { day, which } => {
            let rule = the_rule(access, which.rule.as_deref()).await?;
            access.unmove(&rule, &Day { date: day.clone() }).await
        }
        Verb::Away { days, which, .. } => {
            // `--back` leaves no days.
            let until = if days.is_empty() { None } else { Some(pause_range(days)?.until) };
            let rule = the_rule(access, which.rule.as_deref()).await?;
            access.away(&rule, &Away { until }).await
        }
        Verb::List { .. } | Verb::Show(_) | Verb::Travel { .. } | Verb::Remove { .. } => {
            unreachable!("looked at, or done for several rules, before")
        }
    }
}

fn switched(on: bool, off: bool) -> Option<bool> {
    (on || off).then_some(on)
}

/// The rule that was named, or the only one there is.
async fn the_rule(access: &Access, named: Option<&str>) -> anyhow::Result<String> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let rules = access.list_schedules(&SchedulesAsked::default()).await?;
    match rules.as_slice() {
        [] => bail!("there is no schedule yet: wakeup-coach schedule add weekdays 06:30"),
        [only] => Ok(only.id.clone()),
        several => {
            let told: Vec<String> = several.iter().map(in_a_word).collect();
            bail!(Usage(format!("there are {} rules; name one of them: {}", several.len(), told.join(" · "))))
        }
    }
}

/// Moves one rule's clock, or those of all the rules that follow her.
async fn travelled(
    access: &Access,
    travel: &Travel,
    rule: Option<&str>,
    sleeper: Option<&str>,
) -> anyhow::Result<Vec<ScheduleChanged>> {
    if let Some(rule) = rule {
        return Ok(vec![access.travel(rule, travel).await?]);
    }
    let rules = access.list_schedules(&SchedulesAsked { sleeper: sleeper.map(str::to_owned) }).await?;
    match rules.as_slice() {
        [] => bail!("there is no schedule that could travel"),
        [only] => Ok(vec![access.travel(&only.id, travel).await?]),
        [first, rest @ ..] => {
            if let Some(other) = rest.iter().find(|rule| rule.sleeper != first.sleeper) {
                let names = [first, other].map(|rule| rule.sleeper_name.as_deref().unwrap_or(&rule.sleeper));
                bail!(Usage(format!("who travels, {}? Say --for", names.join(" or "))));
            }
            access.travel_with(&first.sleeper, travel).await
        }
    }
}

fn in_a_word(rule: &ScheduleShown) -> String {
    let whose = rule.sleeper_name.as_deref().unwrap_or("somebody");
    format!("{} ({}, {whose})", rule.short_id, rule.when)
}

async fn remove(asking: &Asking, this: &This, yes: bool) -> anyhow::Result<()> {
    // The database is let go while a person thinks: a daemon may want to start.
    let access = Access::open(asking, Missing::Refuse).await?;
    let found = match the_rule(&access, this.rule.as_deref()).await {
        Ok(named) => access.schedule(&named).await,
        Err(error) => Err(error),
    };
    access.close().await;
    let rule = found?;
    if !ask::confirm(&format!("Remove the rule {}?", in_a_word(&rule)), yes)? {
        ask::remark("Nothing was changed.");
        return Ok(());
    }
    let access = Access::open(asking, Missing::Refuse).await?;
    let removed = access.remove_schedule(&rule.id).await;
    access.close().await;
    shown::changed(&removed?, asking.json)
}
