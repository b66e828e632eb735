//! `alert`: what somebody should look at, and the note that she has.

use clap::{Args, Subcommand};

use super::access::{Access, Asking, Missing};
use super::show::or_none;
use super::table::{Cell, Table};
use super::terminal::{FAINT, STRONG, say, say_json};
use crate::desk::dto::{AlertShown, AlertsAsked};

/// What somebody should look at: missed and doubled calls, calls that are not ours, a clock that jumps.
#[derive(Debug, Args)]
pub struct AlertArgs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List what is open.
    List {
        /// Also what is closed.
        #[arg(long)]
        all: bool,
    },
    /// Close one: you have looked at it.
    Ack {
        /// Which: its identifier or the end of it, or what it is about.
        alert: String,
    },
}

/// Does what was asked.
pub async fn run(arguments: &AlertArgs) -> anyhow::Result<()> {
    let AlertArgs { verb, asking } = arguments;
    let access = Access::open(asking, Missing::Refuse).await?;
    let done = match verb {
        Verb::List { all } => {
            let asked = AlertsAsked { all: *all };
            access.list_alerts(&asked).await.and_then(|alerts| list(&alerts, asking.json))
        }
        Verb::Ack { alert } => {
            access.acknowledge_alert(alert).await.and_then(|one| closed(&one, asking.json))
        }
    };
    access.close().await;
    done
}

fn closed(alert: &AlertShown, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(alert);
    }
    say(&format!("Closed: {}.", alert.title));
    Ok(())
}

fn list(alerts: &[AlertShown], json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(&alerts);
    }
    if alerts.is_empty() {
        or_none("There is nothing to look at.");
        return Ok(());
    }
    let mut table = Table::of(["alert", "id", "since", "about", "particulars", "closed"]);
    for alert in alerts {
        table.row([
            Cell::styled(alert.title.as_str(), STRONG),
            Cell::styled(alert.short_id.as_str(), FAINT),
            alert.raised_at.strftime("%Y-%m-%d %H:%MZ").to_string().into(),
            alert.subject.as_str().into(),
            alert.detail.as_str().into(),
            alert.closed.clone().into(),
        ]);
    }
    table.print();
    Ok(())
}
