//! `call`: places a call now.

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::access::{Access, Asking, Missing};
use super::ask::Waiting;
use super::terminal::{say, say_json};
use crate::desk::dto::{CallPlaced, CallRequest};
use crate::domain::mode::CallMode;

/// How the call is held.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// A live conversation.
    Realtime,
    /// Say, listen, say again.
    Traditional,
}

/// Whom to call now.
#[derive(Debug, Args)]
pub struct CallArgs {
    /// Whom: a name, or an identifier or its end; the only sleeper goes without.
    #[arg(value_name = "NAME")]
    sleeper: Option<String>,
    /// In which mode; drawn without it.
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    #[command(flatten)]
    asking: Asking,
}

/// Has the running daemon place the call; without one nobody would speak when she answers.
pub async fn run(arguments: &CallArgs) -> anyhow::Result<()> {
    let mode = arguments.mode.map(|mode| match mode {
        Mode::Realtime => CallMode::Realtime,
        Mode::Traditional => CallMode::Traditional,
    });
    let request = CallRequest { sleeper: arguments.sleeper.clone(), mode };
    let access = Access::open(&arguments.asking, Missing::Refuse).await?;
    let waiting = Waiting::on("asking the carrier …");
    let placed = access.call_now(&request).await;
    drop(waiting);
    access.close().await;
    show(&placed?, arguments.asking.json)
}

fn show(placed: &CallPlaced, json: bool) -> anyhow::Result<()> {
    if json {
        say_json(placed)?;
    } else if let Some(sid) = &placed.call_sid {
        say(&format!("Calling in {} mode (call {sid}).", placed.mode.name()));
        say("To see how it goes: wakeup-coach history --follow");
    }
    if placed.call_sid.is_none() {
        bail!("the carrier did not take the call ({}); wakeup-coach history tells more", placed.state);
    }
    Ok(())
}
