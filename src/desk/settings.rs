//! What the owner changes while it runs.

use super::dto::{SettingsEdit, SettingsShown};
use super::{Desk, DeskError};
use crate::coach::language::{Language, words};
use crate::domain::mode::{Breaker, Probability};

impl Desk {
    /// The settings as they stand.
    pub async fn settings(&self) -> Result<SettingsShown, DeskError> {
        let settings = self.store.load_mode_settings().await?;
        Ok(self.settings_shown(&settings, self.store.list_goodbye_words().await?))
    }

    /// Changes settings; the next call goes by them.
    pub async fn edit_settings(&self, edit: &SettingsEdit) -> Result<SettingsShown, DeskError> {
        let now = self.clock.now();
        let probability =
            edit.realtime_probability.map(|value| probability("realtime_probability", value)).transpose()?;
        let goodbyes =
            edit.goodbye_words.iter().flatten().map(goodbye_words).collect::<Result<Vec<_>, _>>()?;
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
        for (language, words) in &goodbyes {
            change.set_goodbye_words(language, words, now).await?;
            change.record_audit(None, "goodbye_words", language.primary(), now).await?;
        }
        change.commit().await?;
        self.settings().await
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

/// More would be guessing, and each is told to the models.
const GOODBYES_MAX: usize = 8;
const GOODBYE_CHARS_MAX: usize = 40;

fn goodbye_words((language, phrases): (&String, &Vec<String>)) -> Result<(Language, Vec<String>), DeskError> {
    let invalid = |said: String, hint: &str| DeskError::invalid("goodbye_words", said, hint);
    let language = Language::parse(language).map_err(|error| invalid(format!("{language} {error}."), ""))?;
    let is_phrase =
        |phrase: &String| !words(phrase).is_empty() && phrase.chars().count() <= GOODBYE_CHARS_MAX;
    if phrases.len() > GOODBYES_MAX || !phrases.iter().all(is_phrase) {
        return Err(invalid(
            "Those are not goodbye words.".to_owned(),
            "Give up to eight phrases of at most 40 characters, or none to have the language's own.",
        ));
    }
    Ok((language, phrases.clone()))
}
