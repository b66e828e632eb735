//! `snooze`: a few more minutes, asked for between two calls.

use anyhow::bail;
use clap::Args;

use super::access::{Access, Asking, Missing};
use super::show::moment;
use super::terminal::{say, say_json};
use super::whose::whose;
use crate::desk::dto::OccurrencesAsked;

/// A few more minutes before the next call of a wake-up that is under way.
#[derive(Debug, Args)]
pub struct SnoozeArgs {
    /// Whose; the only sleeper's goes without.
    #[arg(long = "for", value_name = "NAME")]
    sleeper: Option<String>,
    #[command(flatten)]
    asking: Asking,
}

/// Does what was asked.
pub async fn run(arguments: &SnoozeArgs) -> anyhow::Result<()> {
    let access = Access::open(&arguments.asking, Missing::Refuse).await?;
    let snoozed = async {
        let sleeper = whose(&access, arguments.sleeper.as_deref(), "who wants to sleep?").await?;
        let asked = OccurrencesAsked { sleeper: Some(sleeper), ..OccurrencesAsked::default() };
        let coming = access.list_occurrences(&asked).await?;
        let Some(under_way) = coming.iter().find(|wake_up| wake_up.phase != "planned") else {
            bail!(
                "nobody is being woken, so there is nothing to put off: wakeup-coach schedule skip, or move"
            );
        };
        access.snooze(&under_way.id).await
    };
    let snoozed = snoozed.await;
    access.close().await;
    let snoozed = snoozed?;
    if arguments.asking.json {
        return say_json(&snoozed);
    }
    match &snoozed.next_action {
        Some(next) => say(&format!("Snoozed: the next call comes {}.", moment(next))),
        None => say("Snoozed."),
    }
    Ok(())
}
