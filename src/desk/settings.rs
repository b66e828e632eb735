//! What the owner changes while it runs.

use super::dto::{SettingsEdit, SettingsShown};
use super::{Desk, DeskError};
use crate::domain::mode::{Breaker, Probability};

impl Desk {
    /// The settings as they stand.
    pub async fn settings(&self) -> Result<SettingsShown, DeskError> {
        Ok(self.settings_shown(&self.store.load_mode_settings().await?))
    }

    /// Changes settings; the next call goes by them.
    pub async fn edit_settings(&self, edit: &SettingsEdit) -> Result<SettingsShown, DeskError> {
        let now = self.clock.now();
        let probability =
            edit.realtime_probability.map(|value| probability("realtime_probability", value)).transpose()?;
        let mut change = self.store.change().await?;
        if let Some(probability) = probability {
            change.set_probability(probability, now).await?;
            change.record_audit(None, "probability", &probability.percentage(), now).await?;
            tracing::info!("The probability of realtime mode is now {}", probability.percentage());
        }
        if edit.reset_breaker == Some(true) {
            change.set_breaker(Breaker::default(), now).await?;
            change.record_audit(None, "breaker", "closed by the owner", now).await?;
        }
        let settings = change.mode_settings().await?;
        change.commit().await?;
        Ok(self.settings_shown(&settings))
    }
}

pub(super) fn probability(field: &'static str, value: f64) -> Result<Probability, DeskError> {
    Probability::new(value).map_err(|_| {
        DeskError::invalid(
            field,
            format!("{value} is not a probability."),
            "Give a number from 0 (never realtime) to 1 (always realtime).",
        )
    })
}
