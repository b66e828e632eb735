//! A daemon holds the database: asks it over its own port.

use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use secrecy::ExposeSecret as _;

use crate::cli::access::neighbour;
use crate::clock::{SharedClock, timeout};
use crate::config::{Whereabouts, admin_token};
use crate::doctor::{ANOTHER_DATABASE, DAEMON_SILENT, Finding, NOT_RUNNING, Report};
use crate::http;

/// Longer than any examination.
const PATIENCE: Duration = Duration::from_secs(28);

/// The report of the daemon that is found here.
pub(super) async fn ask(here: &Whereabouts, clock: &SharedClock) -> anyhow::Result<Report> {
    let url = format!("http://{}/diagnostics", here.admin);
    let token = match &here.admin_token {
        Some(token) => Some(token.clone()),
        None => admin_token::find(&here.database)?,
    };
    let token = token.context("its admin token is not known here (ADMIN_TOKEN)")?;
    let asking = async {
        let request = http::client().get(&url).bearer_auth(token.expose_secret());
        let answer = request.send().await.map_err(|_| anyhow!("nothing answers at {url}"))?;
        let status = answer.status();
        anyhow::Ok((status, answer.text().await?))
    };
    let answer = timeout(&**clock, PATIENCE, asking).await.with_context(|| format!("asking {url}"))?;
    let (status, text) = answer?;
    ensure!(status.is_success(), "{url} answered {status}");
    serde_json::from_str(&text).with_context(|| format!("{url} answered, but not with a report"))
}

/// What it means that somebody holds the database and does not answer.
pub(super) fn silent(error: &anyhow::Error) -> Finding {
    DAEMON_SILENT.saw(format!("A program holds the database, but {error:#}"))
}

/// What it means that no program holds this database: none runs, or one that has another.
pub(super) async fn absent(here: &Whereabouts) -> Finding {
    match neighbour::at(here.admin).await {
        Some(url) => {
            ANOTHER_DATABASE.saw(format!("A wakeup-coach answers at {url}, but not for {}", here.database))
        }
        None => NOT_RUNNING.saw(format!("Nothing answers at http://{}", here.admin)),
    }
}
