//! `schedule`: when people are woken, and the days on which it is otherwise.

mod shown;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::access::{Access, Asking, Missing};
use super::usage::Usage;
use crate::desk::dto::{ScheduleShown, SchedulesAsked};

/// When people are woken.
#[derive(Debug, Args)]
pub struct ScheduleArgs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    asking: Asking,
}

/// Which rule a command is about, as its object.
#[derive(Debug, Args)]
struct This {
    /// Which rule: its identifier or the end of it, or the name of a sleeper who has just one. The only
    /// rule there is goes without.
    rule: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the rules.
    List {
        /// Whose.
        #[arg(long = "for", value_name = "NAME")]
        sleeper: Option<String>,
    },
    /// Show a rule with its next fourteen days.
    Show(This),
}

/// Does what was asked.
pub async fn run(arguments: &ScheduleArgs) -> anyhow::Result<()> {
    let ScheduleArgs { verb, asking } = arguments;
    let access = Access::open(asking, Missing::Refuse).await?;
    let done = look(&access, verb, asking.json).await;
    access.close().await;
    done
}

async fn look(access: &Access, verb: &Verb, json: bool) -> anyhow::Result<()> {
    match verb {
        Verb::List { sleeper } => {
            let asked = SchedulesAsked { sleeper: sleeper.clone() };
            shown::list(&access.list_schedules(&asked).await?, json)
        }
        Verb::Show(this) => {
            let named = the_rule(access, this.rule.as_deref()).await?;
            shown::one(&access.schedule(&named).await?, json)
        }
    }
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

fn in_a_word(rule: &ScheduleShown) -> String {
    let whose = rule.sleeper_name.as_deref().unwrap_or("somebody");
    format!("{} ({}, {whose})", rule.short_id, rule.when)
}
