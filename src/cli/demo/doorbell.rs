//! The doorbell of the demo: a device that tells the daemon over HTTP, as a real one does.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::app::Rehearsal;
use crate::clock::{SharedClock, timeout};
use crate::config::DoorbellSettings;
use crate::http;

/// From the bed to the door.
const WALK: Duration = Duration::from_secs(4);
/// A daemon on this machine that takes longer is not there.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the doorbell shows; the demo's daemon knows no other.
const TOKEN: &str = "the demo's doorbell, which nobody else has";

/// The daemon's side of it.
pub fn settings() -> DoorbellSettings {
    DoorbellSettings { token: Some(TOKEN.into()), ..DoorbellSettings::default() }
}

/// She walks to the door and touches it.
pub async fn is_touched(morning: &Rehearsal) -> anyhow::Result<()> {
    let clock: SharedClock = morning.clock.clone();
    clock.sleep(WALK).await;
    let url = format!("http://{}/doorbell-webhook", morning.running.address);
    let token = SecretString::from(TOKEN);
    let message = json!({ "event": "fingerprint_identified" });
    let request = http::client().post(&url).bearer_auth(token.expose_secret()).json(&message);
    let answer = timeout(&*clock, PATIENCE, request.send()).await?.context("ringing the doorbell")?;
    ensure!(answer.status().is_success(), "the doorbell was answered with {}", answer.status());
    Ok(())
}
