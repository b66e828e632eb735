//! `history`: mornings from due to up, call by call, and what happens just now.

mod follow;
mod told;

use clap::Args;

use super::access::{Access, Asking, Missing};
use super::show::or_none;
use super::terminal::{say, say_json};
use crate::desk::dto::{History, WithTranscript};

/// Mornings told unless asked otherwise.
const LAST: u32 = 3;

/// Which mornings to tell of.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// One wake-up: its identifier or the end of it. The last ones without it.
    #[arg(conflicts_with_all = ["sleeper", "last"])]
    wake_up: Option<String>,
    /// Whose.
    #[arg(long = "for", value_name = "NAME")]
    sleeper: Option<String>,
    /// How many of the last ones.
    #[arg(long, value_name = "COUNT", default_value_t = LAST)]
    last: u32,
    /// With what was said.
    #[arg(long)]
    transcript: bool,
    /// Go on telling what happens, until Ctrl-C.
    #[arg(long, short, conflicts_with = "wake_up")]
    follow: bool,
    #[command(flatten)]
    asking: Asking,
}

/// Tells what was asked for.
pub async fn run(arguments: &HistoryArgs) -> anyhow::Result<()> {
    let access = Access::open(&arguments.asking, Missing::Refuse).await?;
    let told =
        if arguments.follow { follow::run(&access, arguments).await } else { tell(&access, arguments).await };
    access.close().await;
    told
}

async fn tell(access: &Access, arguments: &HistoryArgs) -> anyhow::Result<()> {
    let json = arguments.asking.json;
    if let Some(named) = &arguments.wake_up {
        let with = WithTranscript { transcript: arguments.transcript };
        let morning = access.morning(named, with).await?;
        if json {
            return say_json(&morning);
        }
        told::morning(&morning);
        return Ok(());
    }
    let mut mornings = access.history(&arguments.asked()).await?;
    if json {
        return say_json(&mornings);
    }
    if mornings.is_empty() {
        or_none("Nobody has been called yet.");
    }
    // The newest last, where the eye is when the text has run through.
    mornings.reverse();
    for (position, morning) in mornings.iter().enumerate() {
        if position > 0 {
            say("");
        }
        told::morning(morning);
    }
    Ok(())
}

impl HistoryArgs {
    fn asked(&self) -> History {
        History { sleeper: self.sleeper.clone(), limit: Some(self.last), transcript: self.transcript }
    }
}
