//! A daemon holds the database: asks it over its own port.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use secrecy::ExposeSecret as _;

use crate::clock::{SharedClock, timeout};
use crate::config::{Whereabouts, admin_token};
use crate::doctor::{DAEMON_SILENT, Finding, Report};
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
        let answer = request.send().await?;
        let status = answer.status();
        anyhow::Ok((status, answer.text().await?))
    };
    let answer = timeout(&**clock, PATIENCE, asking).await.with_context(|| format!("asking {url}"))?;
    let (status, text) = answer.with_context(|| format!("asking {url}"))?;
    ensure!(status.is_success(), "{url} answered {status}");
    serde_json::from_str(&text).with_context(|| format!("{url} answered, but not with a report"))
}

/// What it means that somebody holds the database and does not answer.
pub(super) fn silent(error: &anyhow::Error) -> Finding {
    DAEMON_SILENT.saw(format!("A program holds the database, but {error:#}"))
}
