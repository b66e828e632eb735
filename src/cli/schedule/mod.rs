//! `schedule`: when people are woken, and the days on which it is otherwise.

mod days;
mod manner;
mod shown;
mod verbs;

use anyhow::bail;

use self::days::{moved, pause_range, spoken};
use self::manner::Manner;
pub use self::verbs::ScheduleArgs;
use self::verbs::{This, Verb, Which};
use super::access::{Access, Asking, Missing};
use super::ask;
use super::usage::Usage;
use crate::desk::dto::{
    Away, DatedTime, Day, Observe, ScheduleChanged, ScheduleNew, ScheduleShown, SchedulesAsked, Travel,
};
use crate::domain::schedule::Rule;

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
            let named = the_rule(access, this.into()).await?;
            shown::one(&access.schedule(&named).await?, json)
        }
        Verb::Travel { zone, which } => {
            let travel = Travel { zone: zone.clone() };
            let changed = travelled(access, &travel, which).await?;
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
            let rule = Manner::default().new_rule(spoken(when), zone.as_ref(), sleeper.as_ref());
            access.add_schedule(&ScheduleNew { once: true, ..rule }).await
        }
        Verb::Edit { this, when, on, off, manner } => {
            let edit = manner.edit(when.as_deref().map(spoken), switched(*on, *off));
            let rule = the_rule(access, this.into()).await?;
            access.edit_schedule(&rule, &edit).await
        }
        Verb::Skip { day, which } => {
            let rule = the_rule(access, which.into()).await?;
            access.skip(&rule, &Day { date: day.clone() }).await
        }
        Verb::Unskip { day, which } => {
            let rule = the_rule(access, which.into()).await?;
            access.unskip(&rule, &Day { date: day.clone() }).await
        }
        Verb::Pause { days, which } => {
            let range = pause_range(days)?;
            let rule = the_rule(access, which.into()).await?;
            access.pause(&rule, &range).await
        }
        Verb::Resume(this) => {
            let rule = the_rule(access, this.into()).await?;
            access.resume(&rule).await
        }
        Verb::Move { to, which } => {
            let moved: DatedTime = moved(to)?;
            let rule = the_rule(access, which.into()).await?;
            access.move_day(&rule, &moved).await
        }
        Verb::Unmove { day, which } => {
            let rule = the_rule(access, which.into()).await?;
            access.unmove(&rule, &Day { date: day.clone() }).await
        }
        Verb::Away { days, which, .. } => {
            // `--back` leaves no days.
            let until = if days.is_empty() { None } else { Some(pause_range(days)?.until) };
            let rule = the_rule(access, which.into()).await?;
            access.away(&rule, &Away { until }).await
        }
        Verb::Observe { calendar, which } => observed(access, calendar, which, true).await,
        Verb::Unobserve { calendar, which } => observed(access, calendar, which, false).await,
        Verb::List { .. } | Verb::Show(_) | Verb::Travel { .. } | Verb::Remove { .. } => {
            unreachable!("looked at, or done for several rules, before")
        }
    }
}

async fn observed(
    access: &Access,
    calendar: &str,
    which: &Which,
    observe: bool,
) -> anyhow::Result<ScheduleChanged> {
    let rule = the_rule(access, which.into()).await?;
    access.observe(&rule, &Observe { calendar: calendar.to_owned(), observe }).await
}

fn switched(on: bool, off: bool) -> Option<bool> {
    (on || off).then_some(on)
}

/// What was said about which rule is meant.
struct Said<'a> {
    rule: Option<&'a str>,
    sleeper: Option<&'a str>,
}

impl<'a> From<&'a Which> for Said<'a> {
    fn from(which: &'a Which) -> Self {
        Self { rule: which.rule.as_deref(), sleeper: which.sleeper.as_deref() }
    }
}

impl<'a> From<&'a This> for Said<'a> {
    fn from(this: &'a This) -> Self {
        Self { rule: this.rule.as_deref(), sleeper: this.sleeper.as_deref() }
    }
}

/// The rule that was named, or the only one there is, of hers or of all.
async fn the_rule(access: &Access, said: Said<'_>) -> anyhow::Result<String> {
    let asked = SchedulesAsked { sleeper: said.sleeper.map(str::to_owned) };
    let mut rules = access.list_schedules(&asked).await?;
    if let Some(named) = said.rule {
        // Several rules of one name are told apart here, as everywhere; all else the desk knows.
        rules.retain(|rule| goes_by(rule, named));
        if rules.len() < 2 {
            return Ok(named.to_owned());
        }
    }
    // What rings for one day is not what somebody means who says nothing, unless there is nothing else.
    if rules.iter().any(|rule| !is_for_one_day(rule)) {
        rules.retain(|rule| !is_for_one_day(rule));
    }
    match rules.as_slice() {
        [] if said.sleeper.is_some() => {
            bail!("she has no schedule yet: wakeup-coach schedule add weekdays 06:30 --for NAME")
        }
        [] => bail!("there is no schedule yet: wakeup-coach schedule add weekdays 06:30"),
        [only] => Ok(only.id.clone()),
        several => Err(several_rules(several).into()),
    }
}

fn goes_by(rule: &ScheduleShown, named: &str) -> bool {
    let named = named.trim().to_lowercase();
    [&rule.sleeper_name, &rule.label].into_iter().flatten().any(|name| name.to_lowercase() == named)
}

fn is_for_one_day(rule: &ScheduleShown) -> bool {
    matches!(rule.rule, Rule::Once { .. })
}

/// The one way in which it is said that more than one rule may be meant.
fn several_rules(rules: &[ScheduleShown]) -> Usage {
    let told: Vec<String> = rules.iter().map(in_a_word).collect();
    Usage(format!(
        "there are {} rules: say which with its identifier (--rule, or in place of a name), or whose with --for: {}",
        rules.len(),
        told.join(" · ")
    ))
}

/// Moves one rule's clock, or those of all the rules that follow her.
async fn travelled(access: &Access, travel: &Travel, which: &Which) -> anyhow::Result<Vec<ScheduleChanged>> {
    if which.rule.is_some() {
        let rule = the_rule(access, which.into()).await?;
        return Ok(vec![access.travel(&rule, travel).await?]);
    }
    let rules = access.list_schedules(&SchedulesAsked { sleeper: which.sleeper.clone() }).await?;
    match rules.as_slice() {
        [] => bail!("there is no schedule that could travel"),
        [only] => Ok(vec![access.travel(&only.id, travel).await?]),
        [first, rest @ ..] => {
            if rest.iter().any(|rule| rule.sleeper != first.sleeper) {
                return Err(several_rules(&rules).into());
            }
            let lasting: Vec<&ScheduleShown> = rules.iter().filter(|rule| !is_for_one_day(rule)).collect();
            match lasting.as_slice() {
                [only] if !rules.iter().any(|rule| rule.follows) => {
                    Ok(vec![access.travel(&only.id, travel).await?])
                }
                _ => access.travel_with(&first.sleeper, travel).await,
            }
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
    let found = match the_rule(&access, this.into()).await {
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
